"""Running all cases of a directory and reporting honestly what was and what was not compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.reference_cases.adapters import Adapter
from tests.reference_cases.cases import Array, CaseError, arrays, entries, read
from tests.reference_cases.compare import disagreements
from tests.reference_cases.families import ADAPTERS, known


@dataclass
class Report:
    """The outcome for a directory.

    Attributes:
        agreed: how many cases agree.
        wrong: pairs of a case (or of a file that cannot be read) and of what is wrong with it.
        missing: how many cases there are of each function that is not implemented.
        uncovered: how many entries there are in each file that has no adapter.
    """

    agreed: int = 0
    wrong: list[tuple[str, list[str]]] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    uncovered: Counter[str] = field(default_factory=Counter)

    @property
    def left_out(self) -> int:
        """How many cases were not compared."""
        return self.missing.total() + self.uncovered.total()

    def total(self, count_all: bool = False) -> int:
        """The number M of cases that count."""
        return self.agreed + len(self.wrong) + (self.left_out if count_all else 0)

    def text(self, count_all: bool = False) -> str:
        """The report; its last line is ``agree N of M``."""
        lines = [f"{case}: {line}" for case, found in self.wrong for line in found]
        lines += [f"not implemented: {f} ({count} cases)" for f, count in self.missing.items()]
        lines += [f"not covered: {f} ({count} cases)" for f, count in self.uncovered.items()]
        if self.left_out:
            how = "counted as disagreeing" if count_all else "left out; --all counts them"
            lines.append(f"{self.left_out} cases were not compared ({how})")
        return "\n".join([*lines, f"agree {self.agreed} of {self.total(count_all)}"])


def run(directory: Path) -> Report:
    """Evaluate and compare every case of every ``<family>.json`` in a directory."""
    report = Report()
    for path in sorted(directory.glob("*.json")):
        adapter = ADAPTERS.get(path.stem)
        try:
            if adapter is None:
                report.uncovered[path.name] = len(entries(path))
            else:
                _run_family(path, adapter, report)
        except CaseError as error:
            report.wrong.append((path.name, [str(error)]))
    return report


def _run_family(path: Path, adapter: Adapter, report: Report) -> None:
    implemented = known(path.stem)
    stored = arrays(path)
    for number, entry in enumerate(entries(path)):
        if "function" in entry and entry["function"] not in implemented:
            report.missing[entry["function"]] += 1
            continue
        found = check(entry, stored, adapter)
        if found:
            report.wrong.append((f"{path.stem} {entry.get('id', f'entry {number}')}", found))
        else:
            report.agreed += 1


def check(entry: Mapping[str, Any], stored: Mapping[str, Array], adapter: Adapter) -> list[str]:
    """What is wrong with one case; a case that raises is wrong, and the others still run."""
    try:
        case = read(entry, stored)
        return disagreements(case, adapter(case))
    except CaseError as error:
        return [str(error)]
    except Exception as error:
        return [f"raised {type(error).__name__}: {error}"]
