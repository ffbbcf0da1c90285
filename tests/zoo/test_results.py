from __future__ import annotations

import csv
from pathlib import Path

import pytest

from rpn_zoo.zoo import Zoo
from rpn_zoo.zoo.results import BEGIN, END, main, render_table, write_results
from tests.zoo.builders import NAME

PAGE = f"# Title\n\n{BEGIN}\nold\n{END}\n\nmore\n"


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    path = tmp_path / "zoo" / "README.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PAGE)
    return path


def test_table_and_csv(zoo: Zoo, readme: Path) -> None:
    assert write_results(zoo, readme) == [readme, zoo.checkpoints / "results.csv"]
    page = readme.read_text()
    assert page.startswith("# Title\n\n")
    assert page.endswith(f"{END}\n\nmore\n")
    assert "old" not in page
    card = zoo.card(NAME)
    row = next(line for line in page.splitlines() if line.startswith(f"| {NAME}.v1"))
    assert f"{card.mean:.4f} ± {card.std:.4f} (not comparable" in row
    assert "logistic regression 0.9000 ± 0.0010" in row
    assert "0.5 another split" in row
    with (zoo.checkpoints / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [r["entry"] for r in rows] == [f"{NAME}.v1"]
    assert float(rows[0]["mean"]) == card.mean
    assert write_results(zoo, readme) == []


def test_check(zoo: Zoo, readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"], zoo) == 1
    assert "out of date" in capsys.readouterr().out
    assert readme.read_text() == PAGE
    assert main([], zoo) == 0
    assert main(["--check"], zoo) == 0
    readme.write_text(readme.read_text().replace("0.9000", "0.9999"))
    assert main(["--check", "--readme", str(readme)], zoo) == 1


def test_markers_are_needed(zoo: Zoo, readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for page in ("nothing", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"):
        readme.write_text(page)
        assert main([], zoo) == 1
        assert "must occur once each" in capsys.readouterr().err
        assert readme.read_text() == page
    readme.unlink()
    assert main([], zoo) == 1


def test_an_empty_zoo() -> None:
    assert render_table([]) == "No entries yet."
