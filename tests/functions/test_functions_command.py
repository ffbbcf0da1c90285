"""``rpn-zoo functions`` through the real command line."""

from __future__ import annotations

import itertools
import json
import os

import pytest

from rpn_zoo import functions
from rpn_zoo.cli import main

Captured = pytest.CaptureFixture[str]


def output(capsys: Captured, *arguments: str) -> str:
    assert main(["functions", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_all_are_listed_by_family_one_line_each(capsys: Captured) -> None:
    lines = output(capsys).splitlines()
    names = [line.split()[0] for line in lines]
    assert sorted(names) == functions.list()
    families = [functions.get(name).family for name in names]
    changes = sum(a != b for a, b in itertools.pairwise(families))
    assert changes + 1 == len(set(families))
    for name, line in zip(names, lines, strict=True):
        assert line.endswith(functions.describe(name).summary)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["*lphm_rec*"], ["dual_lphm_reconciliation", "lphm_reconciliation"]),
        (["--family", "remainder"], functions.list("remainder")),
        (["remainder"], functions.list("remainder")),
        (["bessel"], ["bessel_expansion", "reverse_bessel_expansion"]),
        (["lphm", "--family=reconciliation"], ["dual_lphm_reconciliation", "lphm_reconciliation"]),
    ],
)
def test_patterns_and_families(arguments: list[str], expected: list[str], capsys: Captured) -> None:
    lines = output(capsys, *arguments).splitlines()
    assert [line.split()[0] for line in lines] == expected
    found = json.loads(output(capsys, *arguments, "--json"))
    assert [d["name"] for d in found] == expected
    assert {tuple(d) for d in found} == {("name", "family", "summary")}


@pytest.mark.parametrize("pattern", ["bspline_expansion", "bspline", "bsp*"])
def test_a_single_match_is_described(pattern: str, capsys: Captured) -> None:
    assert output(capsys, pattern) == f"{functions.describe('bspline_expansion')}\n"
    plain = json.loads(output(capsys, pattern, "--json"))
    assert (plain["name"], plain["size"]) == ("bspline_expansion", "D = m (t + d)")
    assert plain["capabilities"]["row_independent"] is True
    assert plain["depends"] == {"differentiable": "not for d = 0"}
    assert plain["arguments"][0] == {
        "name": "m", "default": None, "required": True, "meaning": "input width.",
    }  # fmt: skip


def test_a_full_name_wins_over_longer_ones(capsys: Captured) -> None:
    assert output(capsys, "lphm_reconciliation").startswith("lphm_reconciliation (reconciliation)")
    assert output(capsys, "mean_fusion").startswith("mean_fusion (fusion)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tailor_expansion"], "no function matches 'tailor_expansion'. Did you mean taylor_exp"),
        (["*splin_expansion"], "no function matches '*splin_expansion'. Did you mean bspline_exp"),
        (["tailor"], "no function matches 'tailor'. Did you mean taylor"),
        (["taylor", "--family", "fusion"], "no function of the family fusion matches 'taylor'"),
        (["--family", "fussion"], "--family must be one of expansion,"),
    ],
)
def test_no_match_names_the_nearest(arguments: list[str], message: str, capsys: Captured) -> None:
    assert main(["functions", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in " ".join(captured.err.split())
    assert "Traceback" not in captured.err


def test_lines_are_cut_to_a_terminal(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((50, 20)))
    lines = output(capsys, "--family", "fusion").splitlines()
    assert len(lines) == len(functions.list("fusion"))
    assert max(map(len, lines)) == 50


def test_the_help_names_the_command(capsys: Captured) -> None:
    assert main(["--help"]) == 0
    assert "functions  list them, or describe one" in capsys.readouterr().out
    assert main(["function"]) == 2
    assert "Did you mean functions?" in capsys.readouterr().err
