"""Measure an entry on its test data."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import torch

from rpn_zoo.data.batches import NodeBatch
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.entry import Entry
from rpn_zoo.zoo.pipeline import Pipeline, entry_pipeline
from rpn_zoo.zoo.regression import measure_regression


def evaluate(
    name: str | Path,
    root: str | None = None,
    source: str | None = None,
    batch_size: int = 1000,
    download: bool = True,
    zoo: Zoo | None = None,
) -> dict[str, Any]:
    """Measure the metric and the loss of an entry on the test part of its data.

    A classifier sees raw test data through the entry's own preprocessing, other networks see them
    as the data module of the recipe hands them out.

    Args:
        name: as for ``load_model``.
        root: folder to look for the data in first.
        source: which data, as the data module takes it (``"auto"``, ``"full"``, ``"subset"``);
            None: as the recipe says.
        batch_size: rows evaluated at a time.
        download: whether the data may be downloaded if they are not found.
        zoo: where entries are looked up; None: the zoo that ships.

    Returns:
        ``entry``, ``metric``, ``samples``, ``split``, ``comparable`` and ``seconds``; of a
        classifier ``accuracy`` and ``loss`` (cross-entropy in nats), of a regression ``rmse``,
        ``mse``, ``nrmse``, ``r2`` and ``loss`` (mean squared error).

    Raises:
        ValueError: as ``load_model``.
        FileNotFoundError: if the data are not found.
    """
    entry = (zoo or Zoo.default()).entry(name)
    return evaluate_entry(entry, root, source, batch_size, download)


def evaluate_entry(
    entry: Entry,
    root: str | None = None,
    source: str | None = None,
    batch_size: int = 1000,
    download: bool = True,
) -> dict[str, Any]:
    """Measure an :class:`Entry`; see :func:`evaluate`."""
    if entry.metric != "accuracy":
        return _evaluate_regression(entry, root, source, batch_size, download)
    pipeline = entry_pipeline(entry, batch_size)
    data = entry.recipe.build_data(root=root, source=source, download=download)
    data.prepare_data()
    data.setup("test")
    return {"entry": entry.name, "metric": entry.metric, **measure(pipeline, data)}


def _evaluate_regression(
    entry: Entry, root: str | None, source: str | None, batch_size: int, download: bool
) -> dict[str, Any]:
    """As the classifiers, except that the data module itself prepares the inputs."""
    network = entry.load()
    data = entry.recipe.build_data(root=root, source=source, download=download)
    data.prepare_data()
    data.setup("test")
    found = measure_regression(network, data, batch_size)
    return {"entry": entry.name, "metric": entry.metric, **found}


def measure(pipeline: Pipeline, data: Any) -> dict[str, Any]:
    """Accuracy and loss of a pipeline on the test part of a data module that is set up.

    Args:
        pipeline: raw data in, logits out.
        data: has ``split("test")`` (raw data, class indices; or a
            :class:`~rpn_zoo.data.NodeBatch`), ``split_name`` and ``class_names``; perhaps
            ``comparable``.

    Raises:
        ValueError: if the classes of pipeline and data differ.
    """
    ours = [str(name) for name in pipeline.classes_]
    if list(data.class_names) != ours:
        raise ValueError(
            f"the classes of the entry, {ours}, are not those of the data, "
            f"{list(data.class_names)}."
        )
    part = data.split("test")
    raw, labels = part[0], part[1]
    start = time.perf_counter()
    if isinstance(part, NodeBatch):
        logits = part.select(torch.from_numpy(pipeline.logits(raw, batch_size=len(raw))))
    else:
        logits = torch.from_numpy(pipeline.logits(raw))
    seconds = time.perf_counter() - start
    return {
        "accuracy": int((logits.argmax(1) == labels).sum()) / len(labels),
        "loss": float(torch.nn.functional.cross_entropy(logits.double(), labels)),
        "samples": len(labels),
        "split": str(data.split_name),
        "comparable": bool(getattr(data, "comparable", True)),
        "seconds": round(seconds, 3),
    }


def evaluate_subset(entry: Entry) -> dict[str, Any] | None:
    """Measure an entry on the data that ship with the project, or None if there are none for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the figure is not comparable: the result says so
        if not getattr(entry.recipe.build_data(download=False), "has_subset", False):
            return None
        data: Any = entry.recipe.build_data(source="subset", download=False)
        data.setup("test")
    return measure(entry_pipeline(entry), data)
