"""The command line: ``python -m tests.reference_cases DIR [--all]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.reference_cases.runner import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the cases of a directory; return the exit status, 0 only if all of them agree."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference_cases", description=__doc__)
    parser.add_argument("directory", type=Path, help="holds <family>.json and <family>.npz")
    parser.add_argument(
        "--all",
        action="store_true",
        help="count the cases of functions that are not implemented, as disagreements",
    )
    given = parser.parse_args(arguments)
    if not any(given.directory.glob("*.json")):
        parser.error(f"{given.directory} holds no <family>.json")
    report = run(given.directory)
    print(report.text(count_all=given.all))
    return 0 if report.agreed == report.total(count_all=given.all) else 1


if __name__ == "__main__":
    sys.exit(main())
