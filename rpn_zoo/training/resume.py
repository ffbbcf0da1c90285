"""Whether a checkpoint belongs to what is to be trained, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningDataModule

from rpn_zoo.differences import differences
from rpn_zoo.training.task import Task, class_names
from rpn_zoo.zoo.weights import canonical_network

FREE = {"root", "cache", "download", "eval_batch_size", "memory_budget", "compile"}
"""Settings that may change from one part of a run to the next."""


def check_fits(
    path: Path,
    checkpoint: Mapping[str, Any],
    task: Task,
    data: LightningDataModule | None,
    training: bool,
) -> None:
    """Refuse a checkpoint of another network or, to go on training from it, of another run.

    Args:
        path: the file, for messages.
        checkpoint: its content.
        task: what the config asks for.
        data: its data.
        training: whether training is to go on; else only the network counts.

    Raises:
        ValueError: naming what differs.
    """
    saved = dict(checkpoint.get("hyper_parameters") or {})
    here = dict(task.hparams)
    for part in (saved, here):
        if isinstance(part.get("network"), dict):
            part["network"] = canonical_network(part["network"])
    if not training:
        saved, here = ({"network": part.get("network")} for part in (saved, here))
    else:
        of_data = dict(checkpoint.get("datamodule_hyper_parameters") or {})
        if of_data and data is not None:
            saved["data"] = of_data
            # What older versions did not save cannot be compared.
            here["data"] = {k: v for k, v in data.hparams.items() if k in of_data}
        kinds = checkpoint.get("classes")
        if kinds is not None:
            saved["classes"], here["classes"] = dict(kinds), class_names(task, data)
    found = [str(found) for found in differences(saved, here, ignore=FREE)]
    if found:
        shown = "; ".join(found[:5]) + ("; ..." if len(found) > 5 else "")
        advice = (
            "to go on, use the config of its run (config.yaml in the run folder); else train anew"
            if training
            else "use the config that it was trained with"
        )
        raise ValueError(f"{path} is a checkpoint of another run: {shown}; {advice}.")
