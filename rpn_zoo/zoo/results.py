"""The table of results, from the cards alone: ``python -m rpn_zoo.zoo.results [--check]``."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from rpn_zoo.zoo.card import Card
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.figures import format_figure
from rpn_zoo.zoo.files import write_atomic
from rpn_zoo.zoo.readme import escape_cell, format_card

BEGIN = "<!-- results:begin -->"
END = "<!-- results:end -->"
CSV_FILE = "results.csv"
EQUATIONS = "equations"
"""Folder of the table of all fitted equations, name of its markers in the page."""
COLUMNS = (
    "entry", "task", "dataset", "split", "comparable", "metric", "parameters", "flops", "mean",
    "std", "seeds", "shipped_seed", "shipped", "published", "source", "baselines",
    "statistic", "figure",
)  # fmt: skip


def render_table(cards: Sequence[Card]) -> str:
    """The cards as a Markdown table.

    Example:
        >>> render_table([])
        'No entries yet.'
    """
    if not cards:
        return "No entries yet."
    lines = [
        "| entry | parameters | metric | ours (mean ± std) | seeds | published | baselines |",
        "|---|---|---|---|---|---|---|",
    ]
    for card in cards:
        published = "" if card.source.figure is None else f"{card.source.figure:g}"
        ours = format_card(card)
        cells = (
            card.name,
            f"{card.parameters:,}",
            card.metric,
            ours if card.comparable else f"{ours} (not comparable: {card.split})",
            card.protocol,
            f"{published} {card.source.note}" if card.source.note else published,
            _baselines(card),
        )
        lines.append("| " + " | ".join(escape_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def render_csv(cards: Sequence[Card]) -> str:
    """The cards as CSV with the columns :data:`COLUMNS`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for card in cards:
        writer.writerow(
            [
                card.name, card.task, card.dataset, card.split, card.comparable, card.metric,
                card.parameters, card.flops, card.mean, card.std, len(card.seeds),
                card.shipped_seed, card.shipped_test, card.source.figure, card.source.paper,
                _baselines(card), card.statistic, card.figure,
            ]
        )  # fmt: skip
    return text.getvalue()


def _baselines(card: Card) -> str:
    return "; ".join(
        f"{b.name} {format_figure(b.value, b.std, card.metric)}" for b in card.baselines
    )


def insert_table(text: str, table: str, source: str, name: str = "results") -> str:
    """Replace what stands between the two markers of a page, e.g. those of the results.

    Raises:
        ValueError: unless each marker occurs exactly once, in order.

    Example:
        >>> insert_table(f"a {BEGIN} old {END} b", "new", "page").split()[0::4]
        ['a', 'new', 'b']
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{source}: the lines {begin} and {end} must occur once each, in order.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"


def write_results(zoo: Zoo, readme: Path, check: bool = False) -> list[Path]:
    """Bring the table in the README and ``checkpoints/results.csv`` up to date.

    Args:
        zoo: the entries.
        readme: a page with the two markers.
        check: only look, write nothing.

    Returns:
        The files that were out of date (and now are not, unless ``check``).

    Raises:
        FileNotFoundError: if the page is missing.
        ValueError: if it lacks a marker, or a card is not what it must be.
    """
    cards = [zoo.card(name) for name in zoo.names()]
    page = readme.read_text(encoding="utf-8")
    page = insert_table(page, render_table(cards), str(readme))
    if (table := zoo.checkpoints / EQUATIONS / f"{EQUATIONS}.csv").is_file():
        from rpn_zoo.fitting.summary import render_passage  # here, as it imports slowly
        from rpn_zoo.fitting.survey import read_table

        page = insert_table(page, render_passage(read_table(table)), str(readme), EQUATIONS)
    wanted = {
        readme: page,
        zoo.checkpoints / CSV_FILE: render_csv(cards),
    }
    stale = []
    for path, text in wanted.items():
        if path.is_file() and path.read_bytes() == text.encode("utf-8"):
            continue
        stale.append(path)
        if not check:
            write_atomic(path, text.encode("utf-8"), overwrite=True)
    return stale


def main(argv: Sequence[str] | None = None, zoo: Zoo | None = None) -> int:
    """The command line; returns the exit status: with ``--check`` 1 if a file is out of date."""
    parser = argparse.ArgumentParser("python -m rpn_zoo.zoo.results", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if out of date")
    parser.add_argument("--readme", type=Path, help="page with the table (README.md)")
    args = parser.parse_args(argv)
    try:
        zoo = zoo or Zoo.default()
        readme = args.readme or zoo.checkpoints.parent / "README.md"
        stale = write_results(zoo, readme, args.check)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"results: error: {' '.join(str(error).split())}\n")
        return 1
    for path in stale:
        sys.stdout.write(f"{path}: {'out of date' if args.check else 'written'}\n")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
