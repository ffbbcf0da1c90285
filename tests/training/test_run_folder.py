from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import torch

from rpn_zoo.training.checkpoint import check_checkpoint
from rpn_zoo.training.run_folder import RunConfig, make_folder, set_aside, wandb_id, write_text


def make_run(folder: Path, *names: str, time: int = 0) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    for name in names:
        file = folder / "checkpoints" / f"{name}.ckpt"
        file.touch()
        os.utime(file, (time, time))
    return folder


def test_new_run(tmp_path: Path) -> None:
    run = RunConfig("mnist", str(tmp_path))
    first = run.locate(None)
    assert first.parent == tmp_path / "mnist"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", first.name)
    assert not first.exists()
    first.mkdir(parents=True)
    assert run.locate(None) != first  # two runs that start in one second


def test_own_folder(tmp_path: Path) -> None:
    run = RunConfig(folder=str(tmp_path / "mine"))
    assert run.locate(None) == tmp_path / "mine"
    (tmp_path / "mine").mkdir()
    assert run.locate(None) == tmp_path / "mine"  # an empty folder is free
    (tmp_path / "mine" / "notes.txt").touch()
    with pytest.raises(FileExistsError, match=r"mine exists and is not empty.*--ckpt_path last"):
        run.locate(None)
    make_run(tmp_path / "mine", "last")
    assert run.locate("last") == tmp_path / "mine"


def test_checkpoint_of_the_newest_run(tmp_path: Path) -> None:
    run = RunConfig("mnist", str(tmp_path))
    old = make_run(tmp_path / "mnist" / "a", "last", "best", time=1000)
    new = make_run(tmp_path / "mnist" / "b", "last", time=2000)
    make_run(tmp_path / "mnist" / "c")
    make_run(tmp_path / "other" / "d", "last", "best", time=3000)
    assert run.checkpoint("last") == new / "checkpoints" / "last.ckpt"
    assert run.locate("last") == new
    assert run.locate("best") == old


def test_checkpoint_file(tmp_path: Path) -> None:
    file = make_run(tmp_path / "a", "best") / "checkpoints" / "best.ckpt"
    elsewhere = tmp_path / "weights.ckpt"
    elsewhere.touch()
    run = RunConfig("mnist", str(tmp_path / "runs"))
    assert run.checkpoint(str(file)) == file
    assert run.locate(str(file)) == tmp_path / "a"
    assert run.locate(str(elsewhere)).parent == tmp_path / "runs" / "mnist"
    with_folder = RunConfig(folder=str(tmp_path / "b"))
    assert with_folder.locate(str(file)) == tmp_path / "b"


@pytest.mark.parametrize("path", ["last", "best", "no/such.ckpt"])
def test_no_checkpoint(path: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"--ckpt_path {path}: "):
        RunConfig("mnist", str(tmp_path)).checkpoint(path)


@pytest.mark.parametrize("name", ["", "a/b", "..", "-a", "a b"])
def test_bad_name(name: str) -> None:
    with pytest.raises(ValueError, match=r"run\.name must consist of letters"):
        RunConfig(name)


def test_make_folder(tmp_path: Path) -> None:
    assert list(make_folder(tmp_path / "a" / "b").iterdir()) == []  # no trace of the attempt
    (tmp_path / "file").touch()
    with pytest.raises(PermissionError, match=r"cannot be written to .*--run\.root"):
        make_folder(tmp_path / "file" / "run")


def test_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    set_aside(path)  # nothing there, nothing to do
    for content in "abc":
        path.write_text(content)
        set_aside(path)
    found = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert found == {"metrics.1.csv": "a", "metrics.2.csv": "b", "metrics.3.csv": "c"}


def test_write_text_is_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            write_text(path, "new")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "half of it \ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    write_text(path, "new: ü")
    assert path.read_text(encoding="utf-8") == "new: ü"


def test_wandb_id_is_kept(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first = wandb_id(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{8}", first)
    assert wandb_id(tmp_path) == first
    assert wandb_id(tmp_path / "other") != first


def test_check_checkpoint(tmp_path: Path) -> None:
    state = {"weight": torch.ones(2, 3), "count": torch.tensor(3)}
    good, bad, empty, damaged = (
        tmp_path / f"{n}.ckpt" for n in ("good", "bad", "empty", "damaged")
    )
    torch.save({"state_dict": state}, good)
    check_checkpoint(good)
    for value in (torch.nan, torch.inf):
        torch.save({"state_dict": {**state, "weight": torch.tensor([1.0, value])}}, bad)
        with pytest.raises(ValueError, match=r"bad\.ckpt: 'weight' holds NaN or infinite"):
            check_checkpoint(bad)
    torch.save({}, empty)
    damaged.write_bytes(good.read_bytes()[:-100])
    for file in (empty, damaged):
        with pytest.raises(ValueError, match=rf"{file.name} is not a checkpoint written by"):
            check_checkpoint(file)
