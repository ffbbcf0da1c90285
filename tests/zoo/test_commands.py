from __future__ import annotations

import json
from pathlib import Path

import pytest

from rpn_zoo.zoo import Zoo
from rpn_zoo.zoo.commands import COMMANDS, main
from tests.zoo.builders import NAME, make_full_zoo, measured

pytestmark = pytest.mark.filterwarnings("ignore:MNIST")


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as error:
            main([command, "--help"])
        assert error.value.code == 0
        assert "--json" in capsys.readouterr().out


def test_list(zoo: Zoo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"], zoo) == 0
    assert f"{NAME}.v1" in capsys.readouterr().out
    assert main(["list", "tiny*", "--task", "image", "--max-params", "2000", "--json"], zoo) == 0
    assert [card["name"] for card in json.loads(capsys.readouterr().out)] == [f"{NAME}.v1"]
    assert main(["list", "other*"], zoo) == 0
    assert "No entry matches" in capsys.readouterr().out


def test_info(zoo: Zoo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", NAME], zoo) == 0
    out = capsys.readouterr().out
    assert "a machine" in out
    assert zoo.card(NAME).weights.sha256 in out  # type: ignore[union-attr]
    assert main(["info", NAME, "--json"], zoo) == 0
    assert json.loads(capsys.readouterr().out)["config"] == NAME
    with pytest.raises(ValueError, match="Did you mean tiny-digits"):
        main(["info", "tiny"], zoo)


def test_evaluate(zoo: Zoo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", NAME], zoo) == 0
    out = capsys.readouterr().out
    assert f"accuracy {measured()['accuracy']:.4f}" in out
    assert "not comparable" in out
    assert main(["evaluate", NAME, "--json"], zoo) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 1000


def test_evaluate_with_a_bad_root(tmp_path: Path) -> None:
    zoo = make_full_zoo(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not hold MNIST"):
        main(["evaluate", NAME, "--data.root", str(tmp_path), "--no-download"], zoo)


def test_verify(zoo: Zoo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", NAME], zoo) == 0
    assert "verified" in capsys.readouterr().out
    assert main(["verify", "--all", "--json"], zoo) == 0
    assert json.loads(capsys.readouterr().out)[0]["ok"] is True
    weights = zoo.checkpoints / NAME / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    assert main(["verify", "--all"], zoo) == 1
    assert "FAILED" in capsys.readouterr().out
    for bad in (["verify"], ["verify", NAME, "--all"]):
        with pytest.raises(ValueError, match="either the name of an entry or --all"):
            main(bad, zoo)


def test_no_markup_in_names(zoo: Zoo) -> None:
    with pytest.raises(ValueError, match=r"\[red\]"):
        main(["info", "[red]x[/red]"], zoo)
