"""The command line of ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from rich.console import Console

from benchmarks import (
    agreement,
    architectures,
    crossover,
    data,
    ddp,
    functions,
    memory,
    rule_memory,
    splines,
    steps,
    structure,
)
from benchmarks.hardware import environment, slug
from benchmarks.report import show, store
from benchmarks.results import Section
from benchmarks.settings import Settings

SECTIONS: dict[str, Callable[[Settings], Section]] = {
    "steps": steps.measure,
    "memory": memory.measure,
    "rule_memory": rule_memory.measure,
    "agreement": agreement.measure,
    "functions": functions.measure,
    "splines": splines.measure,
    "structure": structure.measure,
    "architectures": architectures.measure,
    "data": data.measure,
    "ddp": ddp.measure,
    "crossover": crossover.measure,
}
WIDTH = 160
"""Columns of the tables where the output is no terminal."""
RESULTS = Path(__file__).parent / "results"


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument(
        "--only",
        action="append",
        choices=SECTIONS,
        metavar="NAME",
        help=f"measure this section only (can be repeated): {', '.join(SECTIONS)}",
    )
    made.add_argument("--quick", action="store_true", help="few rounds, fewer sizes: a coarse look")
    made.add_argument("--threads", type=int, help="torch's threads (default: as torch chooses)")
    made.add_argument("--device", default="cpu", help="cpu (default) or cuda")
    made.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    made.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and store.

    Returns:
        The exit status: 0, or with ``--strict`` 1 if a goal is missed.
    """
    options = parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    before = torch.get_num_threads()
    if options.threads is not None:
        if options.threads < 1:
            parser().error(f"--threads must be at least 1, got {options.threads}")
        torch.set_num_threads(options.threads)
    try:
        return _run(options, console)
    finally:
        torch.set_num_threads(before)


def _run(options: argparse.Namespace, console: Console) -> int:
    device, threads = torch.device(options.device), torch.get_num_threads()
    settings = (
        Settings.coarse(device, threads)
        if options.quick
        else Settings(device=device, threads=threads)
    )
    info = environment(settings)
    console.print(", ".join(f"{k}: {v}" for k, v in info.items()), highlight=False)
    console.print("Medians of interleaved rounds, with quartiles in brackets.\n")
    sections = []
    chosen = [name for name in SECTIONS if not options.only or name in options.only]
    for name in chosen:
        with console.status(f"measuring {name} ..."):
            section = SECTIONS[name](settings)
        show(section, console)
        sections.append(section)
    stem = f"{datetime.date.today().isoformat()}-{slug(settings)}"
    stem += "-quick" if options.quick else ""
    stem += "".join(f"-{name}" for name in chosen) if options.only else ""
    for path in store(options.output, stem, info, sections):
        console.print(f"written: {path}", highlight=False, soft_wrap=True)
    missed = [goal for section in sections for goal in section.goals if not goal.met]
    console.print(
        f"[bold red]{len(missed)} goals MISSED[/]" if missed else "[green]all goals reached[/]"
    )
    return 1 if missed and options.strict else 0
