"""What a finished training says of itself: the metrics.json of its run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpn_zoo.zoo.files import load_json
from rpn_zoo.zoo.schema import from_plain

METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class RunData:
    """The data of a run: name, split in words, comparability, classes and preprocessing."""

    name: str
    split: str
    comparable: bool
    class_names: tuple[str, ...] = ()
    preprocess: dict[str, Any] | None = None


@dataclass(frozen=True)
class RunMetrics:
    """A run: its figures, what it was run on and with, and the hash of its weights."""

    task: str
    metric: str
    validation: dict[str, float]
    test: dict[str, float]
    best_epoch: int
    seed: int
    parameters: int
    data: RunData
    seconds: float
    hardware: str
    versions: dict[str, str]
    sha256: str
    date: str

    def __post_init__(self) -> None:
        """Check that the metric is among the figures; there may be none on validation data."""
        for part, figures in (("validation", self.validation), ("test", self.test)):
            if self.metric not in figures and (figures or part == "test"):
                raise ValueError(f"{part} must hold the metric {self.metric}, got {figures}.")


def load_metrics(folder: str | Path) -> RunMetrics:
    """Read ``metrics.json`` of a run folder; keys that are not needed are skipped.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming file and key, if it is not what a run writes.
    """
    path = Path(folder) / METRICS_FILE
    return from_plain(RunMetrics, load_json(path), str(path), ignore_unknown=True)
