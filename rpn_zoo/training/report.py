"""What a finished run leaves behind: weights, metrics.json, plots and one line of text."""

from __future__ import annotations

import csv
import io
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor

from rpn_zoo.training.classification import ClassificationTask
from rpn_zoo.training.plots import plot_confusion, plot_curves
from rpn_zoo.training.run_folder import set_aside, write_text
from rpn_zoo.training.task import Task
from rpn_zoo.version import __version__
from rpn_zoo.zoo.weights import save_weights

PACKAGES = ("torch", "torchvision", "lightning", "torchmetrics", "numpy", "safetensors")


@dataclass
class RunResult:
    """What training measured.

    Args:
        name: the run's name.
        seed: the seed of weights and batch order.
        epochs: number of epochs trained.
        best_epoch: the epoch whose weights were kept, counted from 1.
        seconds: wall time of the training, validation included.
        validation: metrics of the kept weights on the validation part.
        test: metrics of the kept weights on the test part, read once.
        command: the command that was run.
    """

    name: str
    seed: int
    epochs: int
    best_epoch: int
    seconds: float
    validation: dict[str, float]
    test: dict[str, float]
    command: str


def write_report(
    folder: Path, task: Task, data: LightningDataModule, result: RunResult
) -> dict[str, Any]:
    """Write ``model.safetensors``, ``metrics.json`` and the plots into the run folder.

    Files of an earlier report in the folder (of a run that was resumed) are set aside first.

    Args:
        folder: the run folder.
        task: the task with the kept weights; a classifier also holds its test confusion matrix.
        data: the data module that it was trained on.
        result: the figures.

    Returns:
        The content of ``metrics.json``.
    """
    classification = isinstance(task, ClassificationTask)
    weights = folder / "model.safetensors"
    for name in (weights.name, "metrics.json", "curves.png", "confusion.png"):
        set_aside(folder / name)
    sha256 = save_weights(weights, task.network, {"run": result.name, "seed": str(result.seed)})
    description = describe_data(data)
    content: dict[str, Any] = {
        "task": "classification" if classification else "regression",
        "metric": "accuracy" if classification else "rmse",
        "validation": result.validation,
        "test": result.test,
        "best_epoch": result.best_epoch,
        "epochs": result.epochs,
        "seed": result.seed,
        "parameters": task.network.num_parameters,
        "data": description,
        **measure_baselines(data),
        "seconds": round(result.seconds, 1),
        "hardware": hardware(),
        "versions": versions(),
        "command": result.command,
        "sha256": sha256,
        "date": date.today().isoformat(),
    }
    write_text(folder / "metrics.json", json.dumps(content, indent=2) + "\n")
    plot_curves(folder, ["loss", "accuracy" if classification else "rmse"], result.name)
    if isinstance(task, ClassificationTask) and task.confusion_counts is not None:
        counts = task.confusion_counts.cpu().numpy()
        names = description["class_names"] or [str(i) for i in range(task.num_classes)]
        title = f"{result.name}: test accuracy {result.test['accuracy']:.4f}"
        plot_confusion(folder, counts, names, title)
    return content


def write_predictions(path: Path, outputs: Tensor, class_names: Sequence[str]) -> int:
    """Write predictions as CSV, atomically; return the number of rows.

    Args:
        path: the file.
        outputs: (N, classes) class probabilities, or (N, targets) values.
        class_names: names of the classes; empty for regression. A classifier's rows hold the most
            probable class and all probabilities.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    width = outputs.shape[-1]
    if class_names:
        writer.writerow(["sample", "class", *(f"p({name})" for name in class_names)])
    else:
        writer.writerow(["sample", *(f"y{i}" for i in range(width))])
    for i, row in enumerate(outputs.tolist()):
        label = [class_names[max(range(width), key=row.__getitem__)]] if class_names else []
        writer.writerow([i, *label, *(f"{value:.7g}" for value in row)])
    write_text(path, text.getvalue())
    return len(outputs)


def describe_data(data: LightningDataModule) -> dict[str, Any]:
    """Name, split, classes and preprocessing of a data module, as plain values."""
    preprocess = getattr(data, "preprocess", None)
    return {
        "name": type(data).__name__,
        "split": getattr(data, "split_name", ""),
        "comparable": bool(getattr(data, "comparable", True)),
        "class_names": list(getattr(data, "class_names", [])),
        "preprocess": None if preprocess is None else preprocess.to_config(),
    }


def measure_baselines(data: LightningDataModule) -> dict[str, dict[str, dict[str, float]]]:
    """The test figures of the simple models that a data module itself can fit.

    Args:
        data: with or without a method ``baselines()`` that gives metrics by name of the baseline.

    Returns:
        ``{"baselines": ...}``, or nothing if the data module has none.
    """
    measure = getattr(data, "baselines", None)
    return {} if measure is None else {"baselines": measure()}


def hardware() -> str:
    """The machine in a few words: accelerators, or processor and number of usable cores."""
    if torch.cuda.is_available():
        return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {cores} cores"


def versions() -> dict[str, str]:
    """The versions of Python, this package and what it rests on."""
    found = {"python": platform.python_version(), "rpn_zoo": __version__}
    return {**found, **{name: metadata.version(name) for name in PACKAGES}}
