from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PIL import Image

from rpn_zoo.data import equation
from rpn_zoo.fitting import FitResult, FitRows
from rpn_zoo.fitting.report import reproduce_equations
from rpn_zoo.fitting.summary import render_passage, winners
from rpn_zoo.fitting.survey import NAMES, fit_model, read_table, survey, write_table
from rpn_zoo.zoo import reproduce
from rpn_zoo.zoo.entries import Zoo

CHOSEN = [equation("elementary", "E.2"), equation("composite", "C.8"), equation("feynman", "I.6.2")]


class Fitter:
    """Stands for the fits; counts them and may break off."""

    def __init__(self, breaks_at: int = 10**9) -> None:
        self.calls = 0
        self.breaks_at = breaks_at

    def __call__(self, name: str, rows: FitRows, steps: int, seed: int) -> FitResult:
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        self.calls += 1
        error = 0.1 * (1 + NAMES.index(name))
        return FitResult(10, 1, error, error, error, 0.5)


def test_three_equations_for_real(tmp_path: Path) -> None:
    rows = reproduce_equations(tmp_path, chosen=CHOSEN, steps=8)
    assert len(rows) == 3 * len(NAMES)
    assert rows == read_table(tmp_path / "equations.csv")
    for row in rows:
        assert row.nrmse < (1e-6 if (row.id, row.model) == ("E.2", "polynomial") else 0.5), row
        assert row.steps <= 8
    page = (tmp_path / "README.md").read_text()
    assert render_passage(rows) in page
    picture = Image.open(tmp_path / "equations.png")
    assert picture.size[0] > 1000
    assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 10


def test_resumes_after_it_was_stopped(tmp_path: Path) -> None:
    table, first = tmp_path / "equations.csv", Fitter(breaks_at=6)
    with pytest.raises(KeyboardInterrupt):
        survey(CHOSEN, table, fit=first)
    assert [row.id for row in read_table(table)] == ["E.2"] * 4  # the second was not complete
    before = table.read_bytes()
    second = Fitter()
    rows = survey(CHOSEN, table, fit=second)
    assert second.calls == 8
    assert table.read_bytes().startswith(before)
    third = Fitter()
    assert survey(CHOSEN, table, fit=third) == rows
    assert third.calls == 0
    assert survey(CHOSEN[1:2], table, fit=third) == rows[4:8]


def test_another_budget_or_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "equations.csv"
    survey(CHOSEN[:1], table, steps=5, fit=Fitter())
    with pytest.raises(ValueError, match="budget of 5 steps, here it is 6"):
        survey(CHOSEN[:1], table, steps=6, fit=Fitter())
    table.write_text(table.read_text().replace("rmse", "error", 1))
    with pytest.raises(ValueError, match="the columns must be suite, id"):
        read_table(table)
    survey(CHOSEN[:1], tmp_path / "b.csv", steps=5, fit=Fitter())
    text = (tmp_path / "b.csv").read_text()
    (tmp_path / "b.csv").write_text(text.replace("E.2,2,", "E.2,two,"))
    with pytest.raises(ValueError, match=r"b\.csv: invalid literal"):
        read_table(tmp_path / "b.csv")


def test_an_old_table_is_kept(tmp_path: Path) -> None:
    table = tmp_path / "equations.csv"
    survey(CHOSEN[:1], table, steps=5, fit=Fitter())
    old = table.read_bytes()
    reproduce_equations(tmp_path, overwrite=True, chosen=CHOSEN[:1], steps=2)
    assert (tmp_path / "equations.1.csv").read_bytes() == old
    assert read_table(table)[0].budget == 2


def test_passage_and_winners(tmp_path: Path) -> None:
    rows = survey(CHOSEN, tmp_path / "equations.csv", fit=Fitter())
    assert winners(rows) == {"rpn": 3}
    assert winners(rows, ["polynomial", "kan"]) == {"kan": 3}
    text = render_passage(rows)
    assert "Of 3 equations the RPN has the least test error on **3**" in text
    assert "| RPN | 1.0e-01 | 0 | 0 | 0 | 3 |" in text
    with pytest.raises(ValueError, match="elementary E.2: needs the models"):
        render_passage(rows[1:])
    assert render_passage([]) == "No equation has been fitted yet."


def test_polynomial() -> None:
    from rpn_zoo.fitting import prepare

    found = fit_model("polynomial", prepare(CHOSEN[0]), 1, 0)
    assert found.nrmse < 1e-10
    assert found.parameters >= 6


def test_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    zoo = Zoo(tmp_path / "checkpoints", tmp_path / "configs")
    monkeypatch.setattr(Zoo, "default", classmethod(lambda cls: zoo))
    monkeypatch.setattr("rpn_zoo.fitting.report.equations", lambda: CHOSEN[:1])
    monkeypatch.setattr("rpn_zoo.fitting.survey.fit_model", Fitter())
    assert reproduce.main(["equations"]) == 0
    folder = zoo.checkpoints / "equations"
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "equations.csv", "equations.png",
    ]  # fmt: skip
    assert "1/1 elementary E.2: test NRMSE rpn 1.0e-01" in caplog.text
    write_table(folder / "equations.csv", [])
    assert reproduce.main(["equations"]) == 0
    assert len(read_table(folder / "equations.csv")) == 4
