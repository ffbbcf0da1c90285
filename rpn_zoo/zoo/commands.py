"""The zoo's commands: list, info, evaluate, verify."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.figures import format_short, format_value
from rpn_zoo.zoo.readme import format_card
from rpn_zoo.zoo.schema import to_plain

COMMANDS = ("list", "info", "evaluate", "verify")


def main(argv: Sequence[str], zoo: Zoo | None = None) -> int:
    """Run one of :data:`COMMANDS`.

    Args:
        argv: the command and its arguments.
        zoo: the entries; None: the zoo that ships.

    Returns:
        The exit status, 1 if a verification failed.

    Raises:
        ValueError: for a bad name or file.
        OSError: if a file is missing.
    """
    args = _parser().parse_args(list(argv))
    zoo = zoo or Zoo.default()
    commands = {"list": _list, "info": _info, "evaluate": _evaluate, "verify": _verify}
    return commands[args.command](args, zoo)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("rpn-zoo")
    commands = parser.add_subparsers(dest="command", required=True)
    command = {
        name: commands.add_parser(name, help=text, description=text)
        for name, text in (
            ("list", "list the entries of the zoo"),
            ("info", "show the card of an entry"),
            ("evaluate", "measure an entry (or a finished run) on its test data"),
            ("verify", "re-hash, re-count and re-measure an entry against its card"),
        )
    }
    command["list"].add_argument("pattern", nargs="?", default="*", help="wildcard pattern")
    command["list"].add_argument("--task", help="a task, or a word of one")
    command["list"].add_argument("--max-params", type=int, help="largest number of parameters")
    name = "a config, an entry, a folder, or hf-hub:owner/name@commit"
    command["info"].add_argument("name", help=name)
    command["evaluate"].add_argument("name", help=name)
    command["verify"].add_argument("name", nargs="?", help=name)
    command["verify"].add_argument("--all", action="store_true", help="every entry")
    for key in ("evaluate", "verify"):
        command[key].add_argument("--data.root", dest="root", help="folder of the data")
        command[key].add_argument("--no-download", action="store_true", help="stay offline")
    for sub in command.values():
        sub.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _list(args: argparse.Namespace, zoo: Zoo) -> int:
    names = zoo.list_models(args.pattern, args.task, args.max_params)
    cards = [zoo.card(name) for name in names]
    if args.json:
        return _write_json([to_plain(card) for card in cards])
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("entry", "data", "parameters", "test", "weights"):
        table.add_column(title, no_wrap=True, justify="right" if title == "parameters" else "left")
    for card in cards:
        figure = f"{card.metric} {format_card(card)}"
        shipped = f"{card.weights.size / 1000:,.0f} kB" if card.weights else "not shipped"
        table.add_row(card.name, card.dataset, f"{card.parameters:,}", figure, shipped)
    _console().print(table if cards else "No entry matches.")
    return 0


def _info(args: argparse.Namespace, zoo: Zoo) -> int:
    entry = zoo.entry(args.name)
    if entry.card is None:
        raise ValueError(f"{args.name}: a run has no card; its figures are in its metrics.json.")
    card = to_plain(entry.card)
    if args.json:
        return _write_json(card)
    table = Table("key", "value", show_header=False)
    for key, value in card.items():
        table.add_row(key, _readable(value))
    _console().print(table)
    return 0


def _evaluate(args: argparse.Namespace, zoo: Zoo) -> int:
    from rpn_zoo.zoo.evaluation import evaluate

    result = evaluate(args.name, args.root, download=not args.no_download, zoo=zoo)
    if args.json:
        return _write_json(result)
    note = "" if result["comparable"] else " (not comparable with published figures)"
    metric = result["metric"]
    _console().print(
        f"{result['entry']}: {metric} {format_value(result[metric], metric)}, loss "
        f"{format_short(result['loss'])} on {result['samples']:,} samples of "
        f"{result['split']}{note}"
    )
    return 0


def _verify(args: argparse.Namespace, zoo: Zoo) -> int:
    from rpn_zoo.zoo.verification import verify

    if (args.name is None) == (not args.all):
        raise ValueError("verify needs either the name of an entry or --all.")
    names = zoo.names() if args.all else [args.name]
    reports = [verify(n, args.root, download=not args.no_download, zoo=zoo) for n in names]
    if args.json:
        _write_json([{"ok": report.ok, **dataclasses.asdict(report)} for report in reports])
    else:
        marks = {True: "ok", False: "FAILED", None: "skipped"}
        for report in reports:
            table = Table("check", "", "found", title=report.entry, title_justify="left")
            for check in report.checks:
                table.add_row(check.name, marks[check.ok], check.detail)
            _console().print(table)
            _console().print(f"{report.entry}: {'verified' if report.ok else 'FAILED'}")
        if not reports:
            _console().print("The zoo has no entries.")
    return 0 if all(report.ok for report in reports) else 1


def _console() -> Console:
    """A console for plain text: names and paths are not markup."""
    return Console(highlight=False, markup=False, soft_wrap=False)


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_readable(v)}" for k, v in value.items())
    if isinstance(value, list) and value:
        lines = isinstance(value[0], dict)
        return ("\n" if lines else ", ").join(_readable(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "none" if value in (None, "", []) else str(value)


def _write_json(content: Any) -> int:
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return 0
