"""Checkpoints are whole or they are not there, and what is damaged is refused."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpn_zoo.differences import differences
from rpn_zoo.training import checkpoint_io
from rpn_zoo.training.checkpoint import check_checkpoint, read_checkpoint
from rpn_zoo.training.checkpoint_io import VerifiedCheckpointIO, remove_parts

CONTENT: dict[str, Any] = {
    "epoch": 3,
    "state_dict": {"w": torch.arange(300.0), "b": torch.zeros(0), "n": torch.tensor(2)},
    "optimizer_states": [
        {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]}
    ],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "checkpoints" / "last.ckpt"
    VerifiedCheckpointIO().save_checkpoint(CONTENT, file)
    return file


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_what_is_written_is_read(path: Path) -> None:
    assert not list(differences(CONTENT, VerifiedCheckpointIO().load_checkpoint(path)))
    assert names(path) == ["last.ckpt"]


def failing(error: Exception) -> Any:
    def save(_: Any, file: Any) -> None:
        file.write(b"some bytes")
        raise error

    return save


def swallowing(_: Any, file: Any) -> None:
    """A writer that does not notice that the disk is full."""
    file.write(b"PK\x03\x04 half of it")


def altering(content: Any, file: Any) -> None:
    """A writer that writes something else."""
    other = {**content, "state_dict": {**content["state_dict"], "w": torch.ones(300)}}
    torch.serialization.save(other, file)


@pytest.mark.parametrize(
    ("save", "message"),
    [
        (failing(OSError(errno.ENOSPC, "No space left on device")), "No space left on device"),
        (failing(RuntimeError("PytorchStreamWriter failed writing file")), "failed writing"),
        (swallowing, "cannot be read again"),
        (altering, r"what was written differs at state_dict\.w"),
    ],
)
def test_a_failed_write_is_an_error_and_costs_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, save: Any, message: str
) -> None:
    before = path.read_bytes()
    if save is altering:
        monkeypatch.setattr(
            checkpoint_io, "torch", _Torch(altering, torch.Tensor, torch.equal, torch.uint8)
        )
    else:
        monkeypatch.setattr(checkpoint_io.torch, "save", save)
    with pytest.raises(OSError, match=f"could not be written.*{message}.*previous one is unt"):
        VerifiedCheckpointIO().save_checkpoint({**CONTENT, "epoch": 4}, path)
    assert path.read_bytes() == before
    assert names(path) == ["last.ckpt"]


class _Torch:
    """The names of torch that checkpoint_io uses, with another ``save``."""

    def __init__(self, save: Any, *others: Any) -> None:
        self.save = save
        self.Tensor, self.equal, self.uint8 = others
        self.strided = torch.strided


def test_left_parts_are_removed_and_never_read(path: Path) -> None:
    part = path.with_name(f".last.ckpt.123{checkpoint_io.PART}")
    part.write_bytes(b"half")
    remove_parts(path.parent)
    assert names(path) == ["last.ckpt"]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_changes_nothing(path: Path, place: float, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    damaged = path.with_name("damaged.ckpt")
    damaged.write_bytes(content)
    try:
        found = read_checkpoint(damaged)
    except ValueError:
        return
    # It hit what has no meaning, such as the padding between records.
    assert not list(differences(CONTENT, found))


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_truncated_file_is_refused(path: Path, share: float) -> None:
    damaged = path.with_name("damaged.ckpt")
    content = path.read_bytes()
    damaged.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"damaged\.ckpt is not a checkpoint"):
        VerifiedCheckpointIO().load_checkpoint(damaged)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        VerifiedCheckpointIO().load_checkpoint(tmp_path / "none.ckpt")
    torch.save([1, 2], tmp_path / "list.ckpt")
    with pytest.raises(ValueError, match="it has no state_dict"):
        check_checkpoint(tmp_path / "list.ckpt")
    torch.save({"state_dict": {"w": torch.tensor([1.0, float("nan")])}}, tmp_path / "nan.ckpt")
    with pytest.raises(ValueError, match="'w' holds NaN"):
        check_checkpoint(tmp_path / "nan.ckpt")
