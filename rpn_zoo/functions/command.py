"""The command ``rpn-zoo functions``: which component functions there are, and what they are."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from rpn_zoo import functions
from rpn_zoo.functions.checks import check_choice, nearest
from rpn_zoo.functions.registry import FAMILIES


def main(argv: Sequence[str]) -> int:
    """Print the list of functions, or all about one.

    Args:
        argv: the arguments after ``functions``.

    Returns:
        The exit status.

    Raises:
        ValueError: if nothing matches, naming the nearest, or the family is unknown.
    """
    args = _parser().parse_args(list(argv))
    names = matching(args.pattern, args.family)
    if len(names) == 1:
        description = functions.describe(names[0])
        _write(dataclasses.asdict(description) if args.json else str(description))
        return 0
    found = [functions.describe(name) for name in names]
    if args.json:
        _write([{k: getattr(d, k) for k in ("name", "family", "summary")} for d in found])
        return 0
    width = max(len(name) for name in names)
    # Cut to a terminal's width, so that there is one line each; whole where it is not one.
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    _write("\n".join(f"{d.name:<{width}}  {d.summary}"[:columns] for d in found))
    return 0


def matching(pattern: str | None, family: str | None) -> list[str]:
    """The names that a pattern means, sorted by family.

    Args:
        pattern: a full name (or an alias), a wildcard pattern, a part of a name or a family; None:
            all.
        family: only those of this family; None: of all.

    Raises:
        ValueError: if nothing matches or the family is unknown.

    Example:
        >>> matching("shannon", None)
        ['shannon_wavelet_expansion']
    """
    families = FAMILIES if family is None else (check_choice("--family", family, FAMILIES),)
    every = [name for known in families for name in functions.list(known)]
    if pattern is None:
        return every
    try:
        chosen = {functions.get(pattern).key()}
    except ValueError:  # no full name
        wild = any(character in pattern for character in "*?[")
        chosen = set(functions.list(pattern if wild or pattern in FAMILIES else f"*{pattern}*"))
    names = [name for name in every if name in chosen]
    if not names:
        within = "" if family is None else f" of the family {family}"
        stems = [name.rpartition("_")[0] for name in every]  # a part of a name will do
        raise ValueError(
            f"no function{within} matches {pattern!r}.{nearest(pattern.strip('*'), every + stems)} "
            "All names: rpn-zoo functions."
        )
    return names


def _parser() -> argparse.ArgumentParser:
    text = "list the component functions, or describe one"
    parser = argparse.ArgumentParser("rpn-zoo functions", description=text)
    help_text = "a name, a part of one, or a wildcard pattern; one match is described in full"
    parser.add_argument("pattern", nargs="?", help=help_text)
    parser.add_argument("--family", help=f"only of one family: {', '.join(FAMILIES)}")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _write(content: Any) -> None:
    text = content if isinstance(content, str) else json.dumps(content, indent=2, default=str)
    sys.stdout.write(text + "\n")
