"""The command line, the stored files and the examples in the docstrings."""

from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import benchmarks
from benchmarks import cli
from benchmarks.results import Goal, Quantity, Section
from benchmarks.settings import Settings

MODULES = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name != "__main__"]


def section(settings: Settings) -> Section:
    made = Section("fake", "A title", notes=["a note"])
    made.rows.append({"what": "a|b", "time": Quantity.of([1.0, 2.0, 3.0], "s"), "none": None})
    made.goals.append(Goal("half", Quantity(0.5, "x"), 1.0))
    made.goals.append(Goal("not a number", Quantity(float("nan"), "x"), 1.0, at_least=True))
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(cli, "SECTIONS", {"fake": section, "other": section})
    return monkeypatch


def test_results_are_printed_and_stored(
    run: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--quick", "--only", "fake", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "reached" in printed
    assert "MISSED" in printed
    (data,), (page,) = tmp_path.glob("*.json"), tmp_path.glob("*.md")
    content = json.loads(data.read_text())
    assert {"date", "processor", "torch", "threads"} <= content["environment"].keys()
    (stored,) = content["sections"]
    assert stored["rows"][0]["time"] == {"value": 2.0, "unit": "s", "low": 1.5, "high": 2.5}
    assert [goal["met"] for goal in stored["goals"]] == [True, False]
    text = page.read_text()
    assert "**MISSED**" in text
    assert "a\\|b" in text


def test_strict_fails_when_a_goal_is_missed(run: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cli.main(["--strict", "--output", str(tmp_path)]) == 1


@pytest.mark.parametrize("arguments", [["--only", "unknown"], ["--threads", "0"]])
def test_bad_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as error:
        cli.main(arguments)
    assert error.value.code == 2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "s", "12.3 ms"),
        (2e-6, "s", "2 us"),
        (3 * 2**20, "B", "3 MiB"),
        (0.05, "%", "5 %"),
        (63.14, "x", "63.1 x"),
        (1.23e-11, "rel", "1.2e-11"),
        (1234, "", "1,234"),
    ],
)
def test_quantities_are_readable(value: float, unit: str, text: str) -> None:
    assert str(Quantity(value, unit)) == text


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    assert doctest.testmod(module).failed == 0
