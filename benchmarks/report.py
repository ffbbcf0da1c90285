"""Results as rich tables, and as ``.json`` and ``.md`` files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.results import Goal, Quantity, Section

FORMAT = 1


def show(section: Section, console: Console) -> None:
    """Print a section's table, goals and notes."""
    table = Table(title=section.title, title_justify="left", title_style="bold")
    for heading in section.rows[0] if section.rows else ["nothing measured"]:
        table.add_column(heading, overflow="fold")
    for row in section.rows:
        table.add_row(*(_text(cell) for cell in row.values()))
    console.print(table)
    for goal in section.goals:
        style = "green" if goal.met else "bold red"
        console.print(
            f"  [{style}]{goal.verdict}[/]  {goal.what}: {goal.reached} (goal {goal.demand})"
        )
    for note in section.notes:
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()


def store(
    folder: Path, stem: str, environment: Mapping[str, str], sections: Sequence[Section]
) -> list[Path]:
    """Write ``<stem>.json`` and ``<stem>.md``; existing files of that name are replaced.

    Returns:
        The two paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "format": FORMAT,
        "environment": dict(environment),
        "sections": [as_plain(section) for section in sections],
    }
    data, text = folder / f"{stem}.json", folder / f"{stem}.md"
    data.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    text.write_text(as_markdown(environment, sections), encoding="utf-8")
    return [data, text]


def as_plain(section: Section) -> dict[str, Any]:
    """The section as JSON-ready dicts, all numbers raw."""
    plain = dataclasses.asdict(section)
    for goal, given in zip(plain["goals"], section.goals, strict=True):
        goal["met"] = given.met
    return plain


def as_markdown(environment: Mapping[str, str], sections: Sequence[Section]) -> str:
    """Everything as one Markdown page."""
    lines = ["# Benchmark results", ""]
    lines += [f"- {key}: {value}" for key, value in environment.items()]
    lines += ["", "Medians, with quartiles in brackets.", "", "## Goals", ""]
    goals = [(section.name, goal) for section in sections for goal in section.goals]
    lines += _table(["section", "what", "goal", "measured", ""], [_goal(n, g) for n, g in goals])
    for section in sections:
        lines += ["", f"## {section.name}: {section.title}", ""]
        headings = list(section.rows[0]) if section.rows else ["nothing measured"]
        lines += _table(headings, [[_text(c) for c in row.values()] for row in section.rows])
        lines += ["", *(f"- {note}" for note in section.notes)]
    return "\n".join(lines).rstrip() + "\n"


def _goal(name: str, goal: Goal) -> list[str]:
    verdict = goal.verdict if goal.met else f"**{goal.verdict}**"
    return [name, goal.what, goal.demand, str(goal.reached), verdict]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return [line(headings), line(["---"] * len(headings)), *map(line, rows)]


def _text(cell: str | Quantity | None) -> str:
    return "-" if cell is None else str(cell)
