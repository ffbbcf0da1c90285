"""Files with weights: tensors alone are read, code in a pickle is never run."""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import safetensors.torch
import torch

from rpn_zoo.interop.tinybig import read_state_dict

STATE = {"w": torch.arange(6.0).view(1, 6), "b": torch.zeros(3)}


class Malicious:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, (f"open({str(self.path)!r}, 'w').close()",))


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt", "w.pth", "w.bin", "w.ckpt"])
def test_round_trip(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(STATE, path)
    else:
        torch.save(OrderedDict(STATE), path)
    found = read_state_dict(path)
    assert [*found] == ["b", "w"] or [*found] == ["w", "b"]
    assert all(torch.equal(found[name], STATE[name]) for name in STATE)


@pytest.mark.parametrize("legacy", [False, True])
def test_code_is_refused_and_not_run(legacy: bool, tmp_path: Path) -> None:
    trace, path = tmp_path / "executed", tmp_path / "w.pt"
    if legacy:
        path.write_bytes(pickle.dumps({"w": Malicious(trace)}))
    else:
        torch.save({**STATE, "x": Malicious(trace)}, path)
    with pytest.raises(ValueError, match=r"w\.pt: (refused|not a valid)"):
        read_state_dict(path)
    assert not trace.exists()
    # The file is what it is said to be: unpickled by itself it runs its code.
    if legacy:
        pickle.loads(path.read_bytes())
        assert trace.exists()


def test_code_in_a_handmade_archive(tmp_path: Path) -> None:
    trace, path = tmp_path / "executed", tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Malicious(trace)))
        archive.writestr("archive/version", "3")
    with pytest.raises(ValueError, match=r"w\.pth"):
        read_state_dict(path)
    assert not trace.exists()


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.pt"):
        read_state_dict(tmp_path / "nothing.pt")
    (tmp_path / "w.npz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"must end in one of \.safetensors, \.pt"):
        read_state_dict(tmp_path / "w.npz")
    for suffix in (".pt", ".safetensors"):
        for content in (b"", b"not weights", b"\x80\x04."):
            path = tmp_path / f"w{suffix}"
            path.write_bytes(content)
            with pytest.raises(ValueError, match=r"w\."):
                read_state_dict(path)


@pytest.mark.parametrize("content", [[torch.zeros(1)], {"w": 1.0}, {1: torch.zeros(1)}])
def test_tensors_by_name_alone(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(ValueError, match="must hold tensors by name"):
        read_state_dict(tmp_path / "w.pt")
