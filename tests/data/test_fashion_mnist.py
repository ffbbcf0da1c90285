"""FashionMNIST shares its code with MNIST: what is its own is tested here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from rpn_zoo.data import MNIST, FashionMNIST

from .conftest import Writer


@pytest.fixture
def root(tmp_path: Path, write: Writer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fake FashionMNIST of 60 + 20 images."""
    monkeypatch.setattr(FashionMNIST, "official_sizes", {"train": 60, "t10k": 20})
    folder = write(tmp_path / "data")
    (folder / "MNIST").rename(folder / "FashionMNIST")
    return str(folder)


def test_official_split(root: str) -> None:
    data = FashionMNIST(root=root, download=False, validation_size=20)
    data.prepare_data()
    data.setup()
    assert data.split_name == "FashionMNIST, official split, 40/20/20"
    assert data.comparable
    assert (data.num_features, data.num_classes, len(data.class_names)) == (784, 10, 10)
    x, y = next(iter(data.train_dataloader()))
    assert (x.shape, x.dtype, y.dtype) == ((40, 784), torch.float32, torch.int64)


def test_there_is_no_subset_to_fall_back_to(tmp_path: Path) -> None:
    data = FashionMNIST()
    data.prepare_data()
    with pytest.raises(FileNotFoundError, match="complete FashionMNIST was not found; searched"):
        data.setup()
    with pytest.raises(FileNotFoundError, match="does not hold FashionMNIST"):
        FashionMNIST(root=str(tmp_path), download=False).setup()


def test_digits_do_not_pass_for_clothes(tmp_path: Path, write: Writer) -> None:
    root = str(write(tmp_path / "data"))  # holds MNIST/raw only
    with pytest.raises(FileNotFoundError, match="FashionMNIST"):
        FashionMNIST(root=root, download=False).setup()
    assert FashionMNIST.class_names != MNIST.class_names


ROOT = os.environ.get("RPN_ZOO_DATA")
if ROOT is not None and (Path(ROOT) / "FashionMNIST" / "raw").is_dir():
    FOLDER = str(Path(ROOT).absolute())

    def test_the_real_one() -> None:
        data = FashionMNIST(root=FOLDER, download=False)
        data.setup()
        assert data.split("test")[1][:5].tolist() == [9, 2, 1, 1, 6]
        assert data.preprocess.mean == pytest.approx(0.2860, abs=1e-3)
