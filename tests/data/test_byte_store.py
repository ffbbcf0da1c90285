"""Images that exceed the memory budget are kept in a mapped file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo.data import ImageFolder, byte_store, image_folder
from tests.data.test_colour_images import write_folder


def data(root: Path, cache: Path, budget: float) -> ImageFolder:
    module = ImageFolder(
        str(root), batch_size=8, test_share=0.2, cache=str(cache), memory_budget=budget
    )
    module.setup()
    return module


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pets", {"cat": 20, "dog": 20})


def mapped_files(cache: Path) -> list[Path]:
    return sorted(cache.iterdir()) if cache.is_dir() else []


def test_mapped_images_are_the_same(root: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    inside = data(root, cache, budget=1.0)
    assert not mapped_files(cache)
    outside = data(root, cache, budget=0.0)
    (file,) = mapped_files(cache)
    assert file.suffix == ".npy"
    assert outside.preprocess == inside.preprocess
    for part in ("train", "val", "test"):
        for a, b in zip(inside.split(part), outside.split(part), strict=True):
            assert torch.equal(a, b)
    for a, b in zip(inside.train_dataloader(), outside.train_dataloader(), strict=True):
        assert torch.equal(a[0], b[0])


def test_a_mapped_file_is_found_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    first = data(root, cache, budget=0.0)

    def decode(*_: Any) -> Any:
        raise AssertionError("the images were decoded again")

    monkeypatch.setattr(image_folder, "decode_images", decode)
    assert torch.equal(data(root, cache, budget=0.0).split("val")[0], first.split("val")[0])
    (root / "cat" / "000.png").touch()  # another time: another collection
    with pytest.raises(AssertionError, match="decoded again"):
        data(root, cache, budget=0.0)


def test_a_damaged_file_is_made_again(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    first = data(root, cache, budget=0.0).split("train")[0].clone()
    (file,) = mapped_files(cache)
    file.write_bytes(file.read_bytes()[:500])
    with caplog.at_level(logging.WARNING):
        assert torch.equal(data(root, cache, budget=0.0).split("train")[0], first)
    assert "is damaged and is made again" in caplog.text


def test_nothing_is_left_of_a_file_that_was_not_finished(root: Path, tmp_path: Path) -> None:
    image = root / "dog" / "003.png"
    image.write_bytes(image.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"dog/003\.png is damaged"):
        data(root, tmp_path / "cache", budget=0.0)
    assert not mapped_files(tmp_path / "cache")


def test_a_full_disk_is_told_beforehand(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = type("Usage", (), {"free": 100})
    monkeypatch.setattr(byte_store.shutil, "disk_usage", lambda _: full)  # type: ignore[attr-defined]
    with pytest.raises(OSError, match=r"0\.0 GiB free, the decoded images need"):
        data(root, tmp_path / "cache", budget=0.0)
    assert not mapped_files(tmp_path / "cache")


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ImageFolder("anywhere").cache == tmp_path / "rpn_zoo" / "images"
    with pytest.raises(ValueError, match="memory_budget must be >= 0 GiB"):
        ImageFolder("anywhere", memory_budget=-1.0)


def test_what_is_written_stays_in_memory(tmp_path: Path) -> None:
    def fill(allocate: byte_store.Allocate) -> Any:
        array = allocate((2, 1, 1, 1), np.uint8)
        array[:] = 7
        return array

    file = tmp_path / "x.npy"
    byte_store.mapped(file, fill)[:] = 9
    assert byte_store.mapped(file, fill).ravel().tolist() == [7, 7]
