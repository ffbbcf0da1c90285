"""Epoch time of the data modules that the zoo's configs use."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import torch
import yaml
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Samples, interleave
from rpn_zoo.assets import asset_path
from rpn_zoo.data.batches import NodeBatch

ROWS = 60_000
SECONDS = 1.0
NOT_SHARED = ("root", "download")


@dataclass(frozen=True)
class Case:
    """A data module with its arguments, and what a table calls it."""

    label: str
    class_path: str
    arguments: dict[str, Any]

    def make(self) -> LightningDataModule:
        """The data module, set up from local data only."""
        package, _, name = self.class_path.rpartition(".")
        if package != "rpn_zoo.data":
            raise ValueError(f"a data module of rpn_zoo.data is wanted, got {self.class_path!r}.")
        kind = getattr(importlib.import_module(package), name)
        offline = {"download": False} if "download" in signature(kind).parameters else {}
        module: LightningDataModule = kind(**self.arguments, **offline)
        with warnings.catch_warnings():  # which data is used stands in the table
            warnings.simplefilter("ignore")
            module.setup("fit")
        return module


def cases() -> Iterator[Case]:
    """The data of every config, once each, with and without its augmentation."""
    seen = set()
    for path in sorted(asset_path("configs").glob("*.yaml")):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        data = config.get("data") if isinstance(config, dict) else None
        if not data or "class_path" not in data:
            continue
        given = {k: v for k, v in data.get("init_args", {}).items() if k not in NOT_SHARED}
        plain = {k: v for k, v in given.items() if k != "augmentation"}
        for arguments in (plain, given):
            identity = json.dumps([data["class_path"], arguments], sort_keys=True)
            if identity not in seen:
                seen.add(identity)
                name = data["class_path"].rpartition(".")[2]
                for key in ("name", "suite", "id"):
                    if arguments.get(key):
                        name += f" {arguments[key]}"
                augmented = ", augmented" if "augmentation" in arguments else ""
                batch = arguments.get("batch_size")
                label = f"{name}{augmented}" + (f", b = {batch}" if batch else "")
                yield Case(label, data["class_path"], arguments)


def measure(settings: Settings, chosen: list[Case] | None = None) -> Section:
    """Time a pass over the training batches, scaled to 60,000 rows.

    Args:
        settings: how to measure.
        chosen: data modules; None takes those of the configs.
    """
    section = Section("data", f"A pass over the training rows, scaled to {ROWS:,}")
    for case in list(cases()) if chosen is None else chosen:
        try:
            module = case.make()
        except FileNotFoundError as error:
            section.notes.append(f"{case.label} was not timed: {error}")
            continue
        loader = module.train_dataloader()
        if isinstance(next(iter(loader)), NodeBatch):
            section.notes.append(f"{case.label} was not timed: its only batch is the whole graph.")
            continue
        rows = _pass(loader)
        samples = interleave(
            {
                "ours": partial(_pass, loader),
                "usual": partial(_pass, _usual(loader)),
            },
            settings,
        )
        epoch = _scaled(samples, "ours", ROWS / rows)
        row: Row = {
            "data module": case.label,
            "data": f"{getattr(module, 'split_name', '')}; {rows:,} rows a pass",
            "a pass": epoch,
            "usual / ours": samples.ratio("usual", "ours"),
        }
        section.rows.append(row)
        section.goals.append(Goal(f"{case.label}: seconds a pass of {ROWS:,} rows", epoch, SECONDS))
    section.notes.append(
        '"usual": torch\'s DataLoader over a TensorDataset of the finished rows, which gets and '
        "collates sample by sample, without any augmentation."
    )
    return section


def _usual(loader: DataLoader[Any]) -> DataLoader[Any]:
    """The same rows, transformed beforehand, in the ordinary loader."""
    inputs, targets = zip(*loader, strict=True)
    batch = len(targets[0])
    dataset = TensorDataset(torch.cat(inputs), torch.cat(targets))
    return DataLoader(dataset, batch_size=batch, shuffle=True, generator=torch.Generator())


def _pass(loader: DataLoader[Any]) -> int:
    """All batches, as a training loop sees them; returns the number of rows."""
    return sum(len(targets) for _, targets in loader)


def _scaled(samples: Samples, name: str, factor: float) -> Quantity:
    return Quantity.of([factor * s for s in samples.seconds[name]], "s")
