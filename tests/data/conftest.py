"""Fake MNIST folders in the official format; no test of this folder sees real data or a network."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rpn_zoo.data import MNIST, download
from rpn_zoo.data.idx import format_idx

Writer = Callable[..., Path]


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory, no environment variable, no network."""

    def refuse(url: str, timeout: float) -> Any:
        raise OSError(f"no network in tests: {url}")

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.delenv("RPN_ZOO_DATA", raising=False)
    monkeypatch.setattr(download, "urlopen", refuse)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 60 training and 20 test images count as complete MNIST."""
    monkeypatch.setattr(MNIST, "official_sizes", {"train": 60, "t10k": 20})


def fake_arrays(seed: int = 0) -> dict[str, NDArray[np.uint8]]:
    """60 training and 20 test images of noise, classes as equal as can be."""
    generator = np.random.default_rng(seed)
    arrays = {}
    for part, count in (("train", 60), ("t10k", 20)):
        arrays[f"{part}-images-idx3-ubyte"] = generator.integers(
            0, 256, (count, 28, 28), dtype=np.uint8
        )
        arrays[f"{part}-labels-idx1-ubyte"] = (np.arange(count) % 10).astype(np.uint8)
    return arrays


@pytest.fixture
def write() -> Writer:
    """A function that writes a fake MNIST under a root, with replaced arrays or raw bytes."""

    def write(root: Path, compress: bool = False, seed: int = 0, **replaced: Any) -> Path:
        raw = root / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name, array in {**fake_arrays(seed), **replaced}.items():
            content = array if isinstance(array, bytes) else format_idx(array)
            if compress:
                (raw / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (raw / name).write_bytes(content)
        return root

    return write
