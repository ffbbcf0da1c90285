"""The MNIST data module on fake folders of 60 + 20 images, and the shipped digits."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo.data import MNIST, idx_data
from rpn_zoo.data.download import DownloadError
from rpn_zoo.data.subset import load_mnist_subset

from .conftest import Writer, fake_arrays

PARTS = ("train", "val", "test")


def make(root: Path | None = None, **kwargs: Any) -> MNIST:
    kwargs = {"download": False, "validation_size": 20, **kwargs}
    mnist = MNIST(root=None if root is None else str(root), **kwargs)
    mnist.prepare_data()
    mnist.setup()
    return mnist


def keys(mnist: MNIST, part: str) -> set[bytes]:
    return {image.numpy().tobytes() for image in mnist.split(part)[0]}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("compress", [False, True])
def test_official_split(tmp_path: Path, write: Writer, compress: bool) -> None:
    mnist = make(write(tmp_path / "data", compress=compress))
    assert (mnist.train_size, mnist.val_size, mnist.test_size) == (40, 20, 20)
    assert mnist.split_name == "MNIST, official split, 40/20/20" and mnist.comparable
    assert (mnist.num_features, mnist.num_classes) == (784, 10)
    assert mnist.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    for part, each in (("train", 4), ("val", 2), ("test", 2)):
        images, labels = mnist.split(part)
        assert images.dtype == torch.uint8 and images.shape[1:] == (28, 28)
        assert labels.dtype == torch.int64 and torch.bincount(labels).tolist() == [each] * 10
    arrays = fake_arrays()
    assert keys(mnist, "train").isdisjoint(keys(mnist, "val"))
    assert keys(mnist, "train") | keys(mnist, "val") == {
        image.tobytes() for image in arrays["train-images-idx3-ubyte"]
    }
    np.testing.assert_array_equal(mnist.split("test")[0], arrays["t10k-images-idx3-ubyte"])
    pixels = mnist.split("train")[0].double() / 255
    assert mnist.preprocess.mean == pytest.approx(pixels.mean().item())
    assert mnist.preprocess.std == pytest.approx(pixels.std(correction=0).item())


@pytest.mark.usefixtures("small")
def test_split_seed_decides_the_validation_part_only(tmp_path: Path, write: Writer) -> None:
    root = write(tmp_path / "data")
    first, again, other = make(root), make(root, seed=5), make(root, split_seed=1)
    assert keys(first, "val") == keys(again, "val") != keys(other, "val")
    assert keys(first, "test") == keys(other, "test")


@pytest.mark.usefixtures("small")
def test_loaders_give_every_image_once_in_an_order_of_their_own(
    tmp_path: Path, write: Writer
) -> None:
    root = write(tmp_path / "data")
    mnist = make(root, batch_size=16, eval_batch_size=15)
    sizes = {"train": [16, 16, 8], "val": [15, 5], "test": [15, 5], "predict": [15, 5]}
    for name, expected in sizes.items():
        loader = getattr(mnist, f"{name}_dataloader")()
        batches = list(loader)
        assert [len(y) for _, y in batches] == expected and len(loader) == len(expected)
        assert all(x.dtype == torch.float32 and x.shape == (len(y), 784) for x, y in batches)
        images, labels = mnist.split("test" if name == "predict" else name)
        x, y = torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches])
        order = torch.arange(len(y))
        if name == "train":
            order = torch.cat(list(loader.sampler))
            assert order.tolist() != sorted(order.tolist())
        assert torch.equal(x, mnist.preprocess(images[order])) and torch.equal(y, labels[order])
    first, again, other = (
        torch.cat([y for _, y in module.train_dataloader()])
        for module in (mnist, make(root, seed=0), make(root, seed=1))
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.usefixtures("small")
def test_no_global_random_state_is_touched(tmp_path: Path, write: Writer) -> None:
    root = write(tmp_path / "data")
    before = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    mnist = make(root)
    for loader in (mnist.train_dataloader(), mnist.val_dataloader(), mnist.test_dataloader()):
        list(loader)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), str(np.random.get_state())) == before[1:]


@pytest.mark.usefixtures("small")
def test_search_order(tmp_path: Path, write: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path("datasets"), seed=1)
    here = keys(make(), "test")
    monkeypatch.setenv("RPN_ZOO_DATA", str(write(tmp_path / "variable", seed=2)))
    variable = keys(make(), "test")
    root = keys(make(write(tmp_path / "root", seed=3)), "test")
    for found, seed in ((here, 1), (variable, 2), (root, 3)):
        assert found == {image.tobytes() for image in fake_arrays(seed)["t10k-images-idx3-ubyte"]}


@pytest.mark.usefixtures("small")
def test_explicit_root_is_never_silently_replaced(
    tmp_path: Path, write: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    write(Path("datasets"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "half" / "MNIST" / "raw").mkdir(parents=True)
    for name, words in (
        ("none", "no such folder"),
        ("empty", "has no MNIST/raw"),
        ("half", "MNIST/raw lacks train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images"),
    ):
        for source in ("auto", "full"):
            with pytest.raises(FileNotFoundError, match=f"(?s)root=.*{name}.*{words}"):
                make(tmp_path / name, source=source)
    assert make(tmp_path / "none", download=True).comparable
    assert "does not hold MNIST; looking further" in caplog.text


def test_full_lists_the_places_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"RPN_ZOO_DATA \(not set\); .*work/datasets"):
        make(source="full")
    monkeypatch.setenv("RPN_ZOO_DATA", str(tmp_path / "gone"))
    with pytest.raises(FileNotFoundError, match=r"gone \(no such folder\).*not successful"):
        make(source="full", download=True)


@pytest.mark.parametrize("kwargs", [{"source": "subset"}, {}, {"download": True}])
def test_subset_always_warns(kwargs: dict[str, Any]) -> None:
    with pytest.warns(UserWarning, match="not comparable with results on complete MNIST") as record:
        mnist = make(**kwargs)
        mnist.setup("test")
    assert len(record) == 1 and record[0].filename == __file__
    assert mnist.split_name == "MNIST subset shipped with rpn_zoo, 8,000/1,000/1,000"
    assert not mnist.comparable
    assert len(set().union(*(keys(mnist, part) for part in PARTS))) == 10_000
    whole = torch.cat([mnist.split(part)[1] for part in PARTS]).bincount()
    assert whole.tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    for part, share in (("train", 0.8), ("val", 0.1), ("test", 0.1)):
        assert (mnist.split(part)[1].bincount() - share * whole).abs().max() < 1


def test_subset_is_the_same_for_every_seed() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = make(source="subset")
        other = make(source="subset", seed=3, split_seed=4, validation_size=7)
    assert all(torch.equal(first.split(part)[0], other.split(part)[0]) for part in PARTS)


def test_damaged_subset_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mnist10k.npz").write_bytes(b"PK")
    with pytest.raises(ValueError, match="mnist10k.npz: SHA-256 must be"):
        load_mnist_subset(tmp_path / "mnist10k.npz")
    with pytest.raises(FileNotFoundError, match="none.npz"):
        load_mnist_subset(tmp_path / "none.npz")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("train-images-idx3-ubyte", np.zeros((60, 28, 27), np.uint8), r"\(N, 28, 28\), got"),
        ("t10k-images-idx3-ubyte", np.zeros((20, 784), np.uint8), r"\(N, 28, 28\), got"),
        ("train-images-idx3-ubyte", np.zeros((50, 28, 28), np.uint8), "one label for each image"),
        ("train-labels-idx1-ubyte", np.zeros(59, np.uint8), "59 labels and 60 images"),
        ("t10k-labels-idx1-ubyte", np.zeros((20, 1), np.uint8), r"shape \(N,\)"),
        ("t10k-labels-idx1-ubyte", np.arange(20, dtype=np.uint8), "in 0..9, got 10 in row 10"),
        ("train-labels-idx1-ubyte", b"", "not an IDX file"),
        ("t10k-images-idx3-ubyte", b"\0\0\x08\3" + b"\0\0\0\x14" * 3 + b"\0" * 99, "truncated"),
    ],
)
def test_damaged_files_are_named(
    tmp_path: Path, write: Writer, name: str, content: Any, words: str
) -> None:
    root = write(tmp_path / "data", **{name: content})
    part = name.split("-")[0]
    for source in ("auto", "full"):  # never replaced by the shipped digits
        with pytest.raises(ValueError, match=f"{part}-(images|labels).*{words}"):
            make(root, source=source)


def test_reduced_copies_are_refused(tmp_path: Path, write: Writer) -> None:
    with pytest.raises(ValueError, match="complete part 'train' has 60,000 images, got 60;"):
        make(write(tmp_path / "data"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root", ""),
        ("root", 3),
        ("batch_size", 0),
        ("eval_batch_size", -1),
        ("source", "ful"),
        ("seed", -1),
        ("split_seed", 0.5),
        ("validation_size", 0),
        ("validation_size", 60_000),
    ],
)
def test_arguments_are_checked_at_once(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must"):
        MNIST(**{name: value})


def test_use_before_setup_and_unknown_parts() -> None:
    mnist = MNIST(source="subset")
    for use in (mnist.train_dataloader, lambda: mnist.preprocess, lambda: mnist.test_size):
        with pytest.raises(RuntimeError, match="setup"):
            use()
    with pytest.warns(UserWarning):
        mnist.setup()
    with pytest.raises(ValueError, match="part must be one of train, val, test, got 'vla'"):
        mnist.split("vla")


def test_hyperparameters_are_primitives() -> None:
    assert dict(MNIST(root="there", seed=4).hparams) == {
        "root": "there",
        "batch_size": 64,
        "eval_batch_size": 1000,
        "source": "auto",
        "download": True,
        "seed": 4,
        "split_seed": 0,
        "validation_size": 5000,
    }


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("root", [None, "chosen"])
def test_download_fills_the_place_that_is_searched(
    tmp_path: Path, write: Writer, monkeypatch: pytest.MonkeyPatch, root: str | None
) -> None:
    mirror = write(tmp_path / "mirror", compress=True) / "MNIST" / "raw"

    def serve(target: Path, resources: Any, mirrors: Any) -> None:
        assert [name for name, _ in resources] == [f"{name}.gz" for name in fake_arrays()]
        assert all(len(md5) == 32 for _, md5 in resources) and mirrors
        target.parent.mkdir(parents=True)
        mirror.rename(target)

    monkeypatch.setattr("rpn_zoo.data.idx_data.download_files", serve)
    assert make(None if root is None else Path(root), download=True).comparable
    assert Path(root or "datasets", "MNIST", "raw", "t10k-labels-idx1-ubyte.gz").is_file()


@pytest.mark.filterwarnings("ignore:MNIST")
def test_a_failed_download_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def fail(folder: Path, *_: Any) -> None:
        tried.append(folder)
        raise DownloadError("no network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RPN_ZOO_DATA", raising=False)
    monkeypatch.setattr(idx_data, "download_files", fail)
    mnist = make(download=True)
    assert len(tried) == 1 and not mnist.comparable
    mnist.prepare_data()  # as the next stage of a Trainer does
    assert len(tried) == 1
    make(download=True)
    assert len(tried) == 2
