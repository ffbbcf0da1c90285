"""What a cross-validation leaves behind: folds, table, and report.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path

from rpn_zoo.cross_validation.results import (
    FoldResult,
    folds_csv,
    summarize,
    summary_csv,
    summary_markdown,
)
from rpn_zoo.training.report import hardware, versions
from rpn_zoo.zoo.files import load_json, write_atomic
from rpn_zoo.zoo.schema import from_plain, to_plain

REPORT_FILE = "report.json"


@dataclass(frozen=True)
class CrossValidation:
    """A finished cross-validation.

    Args:
        name: name of the recipe's runs, which is the first model.
        metric: ``accuracy`` or ``rmse``.
        data: the table in words.
        folds: number of folds.
        seeds: the seeds, each of which determines folds and models.
        parameters: number of parameters of the network.
        results: every model on every fold.
        hardware: on what.
        versions: versions of packages.
        command: what was run.
        date: when, as ``YYYY-MM-DD``.
    """

    name: str
    metric: str
    data: str
    folds: int
    seeds: tuple[int, ...]
    parameters: int
    results: tuple[FoldResult, ...]
    hardware: str
    versions: dict[str, str]
    command: str
    date: str

    @property
    def title(self) -> str:
        """Data and protocol in words."""
        seeds = f"{len(self.seeds)} seed{'s' if len(self.seeds) > 1 else ''}"
        return f"# {self.name}: {self.data}, {self.folds} folds x {seeds}"


def make_report(
    name: str,
    metric: str,
    data: str,
    folds: int,
    parameters: int,
    results: Sequence[FoldResult],
    command: str,
) -> CrossValidation:
    """A report of now, on this machine."""
    seeds = tuple(dict.fromkeys(result.seed for result in results))
    return CrossValidation(
        name, metric, data, folds, seeds, parameters, tuple(results), hardware(),
        {**versions(), "scikit-learn": metadata.version("scikit-learn")},
        command, date.today().isoformat(),
    )  # fmt: skip


def write_files(folder: Path, report: CrossValidation) -> str:
    """Write ``folds.csv``, ``table.csv``, ``table.md`` and, last, ``report.json``.

    Returns:
        The table as Markdown.

    Raises:
        FileExistsError: a file exists.
    """
    summaries = summarize(report.results)
    page = summary_markdown(summaries, report.metric, report.title)
    texts = {
        "folds.csv": folds_csv(report.results),
        "table.csv": summary_csv(summaries, report.metric),
        "table.md": page,
        REPORT_FILE: json.dumps(to_plain(report), indent=1) + "\n",
    }
    for name, text in texts.items():
        write_atomic(folder / name, text.encode("utf-8"))
    return page


def load_report(folder: Path) -> CrossValidation:
    """Read ``report.json`` of a folder.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and key, if it is not what :func:`write_files` writes.
    """
    path = folder / REPORT_FILE
    return from_plain(CrossValidation, load_json(path, limit=1 << 24), str(path))
