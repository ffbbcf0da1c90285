"""Pictures of a run: learning curves and the confusion matrix."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

TRAIN, VALIDATION = "#1f77b4", "#d95f02"


def read_metrics(folder: Path) -> dict[str, dict[int, float]]:
    """Read the metrics of a run, by name and epoch; the parts of a resumed run are joined.

    Args:
        folder: the run folder with ``metrics.csv`` and, after a resume, ``metrics.<k>.csv``.
    """
    values: dict[str, dict[int, float]] = defaultdict(dict)
    parts = sorted(folder.glob("metrics.*.csv"), key=lambda p: int(p.stem.split(".")[-1]))
    for part in [*parts, folder / "metrics.csv"]:
        if not part.is_file():
            continue
        with part.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, text in row.items():
                    if name not in ("epoch", "step") and text and row.get("epoch"):
                        values[name][int(row["epoch"])] = float(text)
    return dict(values)


def plot_curves(folder: Path, metrics: Sequence[str], title: str) -> Path:
    """Draw training and validation curves of each metric, one panel each, to ``curves.png``.

    Args:
        folder: the run folder.
        metrics: names without stage, such as ``["loss", "accuracy"]``.
        title: the figure's title.
    """
    values = read_metrics(folder)
    figure = Figure(figsize=(5.2 * len(metrics), 3.9), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, metric in zip(np.ravel(figure.subplots(1, len(metrics))), metrics, strict=True):
        for stage, label, color in (
            ("train", "training", TRAIN),
            ("val", "validation", VALIDATION),
        ):
            points = sorted(values.get(f"{stage}/{metric}", {}).items())
            if points:
                epochs, heights = zip(*points, strict=True)
                marker = "o" if len(points) < 40 else ""
                axes.plot(
                    [e + 1 for e in epochs], heights, marker=marker, markersize=3, color=color,
                    label=label,
                )  # fmt: skip
        if metric in ("loss", "rmse"):
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        axes.set_ylabel(metric)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3, which="both", linewidth=0.5)
        if axes.lines:  # a fit in one step has no curves
            axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title)
    path = folder / "curves.png"
    figure.savefig(path, dpi=150)
    return path


def plot_confusion(
    folder: Path, counts: NDArray[np.int64], class_names: Sequence[str], title: str
) -> Path:
    """Draw a confusion matrix to ``confusion.png``: counts in cells, shade by share of the row.

    Args:
        folder: the run folder.
        counts: (classes, classes), rows true classes, columns predicted classes.
        class_names: names of the classes in order.
        title: the figure's title.
    """
    n = len(class_names)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(max(4.0, 0.55 * n + 1.6), 14.0)
    figure = Figure(figsize=(size + 0.8, size), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    image = axes.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    axes.set_xticks(range(n), class_names, rotation=0 if max(map(len, class_names)) < 4 else 45)
    axes.set_yticks(range(n), class_names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    if n <= 30:
        for i, j in np.ndindex(n, n):
            if counts[i, j]:
                color = "white" if share[i, j] > 0.5 else "black"
                axes.text(j, i, str(counts[i, j]), ha="center", va="center", color=color, size=8)
    figure.colorbar(image, ax=axes, label="share of the true class", shrink=0.8)
    axes.set_title(title)
    path = folder / "confusion.png"
    figure.savefig(path, dpi=150)
    return path
