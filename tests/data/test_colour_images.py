"""Colour images: decoding, CIFAR-10 in both forms, folders of one's own, crops."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from rpn_zoo.data import (
    CIFAR10,
    MNIST,
    FashionMNIST,
    ImageFolder,
    RandomCrop,
    StandardizeImages,
    cifar10,
)
from rpn_zoo.data.class_folders import read_class_folders
from rpn_zoo.data.images import make_augmentation
from rpn_zoo.data.shards import Shard


def picture(seed: int, h: int = 6, w: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (3, h, w), generator=generator, dtype=torch.uint8)


def encode(pixels: torch.Tensor, form: str) -> bytes:
    """The content of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(buffer, form)
    return buffer.getvalue()


def write_folder(root: Path, classes: dict[str, int], start: int = 0, **size: int) -> Path:
    """PNG files ``<class>/<number>.png``; counts by class."""
    seed = start
    for name, count in classes.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            content = encode(picture(seed, **size), "PNG")
            (root / name / f"{i:03}.png").write_bytes(content)
            seed += 1
    return root


# --- decoding -------------------------------------------------------------------------------------


@pytest.mark.parametrize("archive", [False, True])
def test_images_and_labels_come_in_the_order_of_the_names(tmp_path: Path, archive: bool) -> None:
    path = write_folder(tmp_path / "things", {"b": 2, "a": 1})
    if archive:
        with tarfile.open(tmp_path / "things.tar", "w") as tar:
            tar.add(path / "b" / "001.png", "things/b/001.png")
            tar.add(path / "a" / "000.png", "things/a/000.png")
            tar.add(path / "b" / "000.png", "things/b/000.png")
        path = tmp_path / "things.tar"
    images, labels, names = read_class_folders(path)
    assert names == ("a", "b")
    assert labels.tolist() == [0, 1, 1]
    expected = torch.stack([picture(2), picture(0), picture(1)])
    np.testing.assert_array_equal(images, expected.numpy())


def test_sizes_must_agree_unless_images_are_resized(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "x", {"a": 1})
    write_folder(tmp_path / "x", {"b": 1}, start=1, h=9, w=9)
    with pytest.raises(ValueError, match=r"others have .*give size=\(height, width\)"):
        read_class_folders(root)
    assert read_class_folders(root, size=(4, 3))[0].shape == (2, 3, 4, 3)
    assert read_class_folders(root, size=(4, 3), channels=1)[0].shape == (2, 1, 4, 3)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "x", {"a": 2})
    whole = (root / "a" / "001.png").read_bytes()
    (root / "a" / "001.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"a/001\.png is damaged or no image"):
        read_class_folders(root)
    (tmp_path / "broken.tar").write_bytes(b"no archive at all" * 100)
    with pytest.raises(ValueError, match="broken.tar: the archive is damaged"):
        read_class_folders(tmp_path / "broken.tar")
    with pytest.raises(FileNotFoundError, match="no such folder or archive"):
        read_class_folders(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="there are no images"):
        read_class_folders(tmp_path / "empty")


# --- CIFAR-10 -------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 30 training and 20 test images count as complete."""
    monkeypatch.setattr(cifar10, "SIZES", {"train": 30, "test": 20})


@pytest.mark.usefixtures("small")
def test_cifar10_jpeg_copy_is_read_and_says_so(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("test", 2)):
        for number, name in enumerate(cifar10.NAMES):
            folder = tmp_path / "cifar10-jpeg" / part / name
            folder.mkdir(parents=True)
            for i in range(count):
                content = encode(picture(10 * i + number, 32, 32), "JPEG")
                (folder / f"{i}.jpg").write_bytes(content)
    data = CIFAR10(root=str(tmp_path), validation_size=10, batch_size=8)
    data.setup()
    assert data.split_name == "CIFAR-10, JPEG copy, official split, 20/10/20"
    assert not data.comparable
    x, y = next(iter(data.train_dataloader()))
    assert (x.shape, y.shape) == ((8, 3072), (8,))
    (tmp_path / "cifar10-jpeg" / "train" / "cat" / "0.jpg").unlink()
    with pytest.raises(ValueError, match="the complete part has 30 images"):
        CIFAR10(root=str(tmp_path), validation_size=10).setup()


def test_cifar10_binary_files(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    generator = np.random.default_rng(0)
    rows = generator.integers(0, 256, (10_000, cifar10.ROW), dtype=np.uint8)
    rows[:, 0] = np.arange(10_000) % 10
    for names in cifar10.BINARY.values():
        for name in names:
            rows.tofile(folder / name)
    data = CIFAR10(root=str(tmp_path))
    data.setup()
    assert data.split_name == "CIFAR-10, official split, 45,000/5,000/10,000"
    assert data.comparable
    images, labels = data.split("test")
    np.testing.assert_array_equal(images.numpy().reshape(10_000, -1), rows[:, 1:])
    assert labels[:3].tolist() == [0, 1, 2]
    (folder / "test_batch.bin").write_bytes(b"\0" * 100)
    with pytest.raises(ValueError, match=r"test_batch\.bin: the file must have 30,730,000 bytes"):
        CIFAR10(root=str(tmp_path)).setup()


def test_cifar10_is_not_invented(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="was not found; searched: root="):
        CIFAR10(root=str(tmp_path)).setup()
    with pytest.raises(ValueError, match="source must be one of"):
        CIFAR10(source="pickle")


# --- folders of one's own -------------------------------------------------------------------------


def test_image_folder_splits_by_class(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "pets", {"cat": 20, "dog": 20})
    data = ImageFolder(str(root), batch_size=8, test_share=0.2, validation_share=0.25)
    data.setup()
    assert (data.train_size, data.val_size, data.test_size) == (24, 8, 8)
    assert (data.class_names, data.num_classes, data.num_features) == (("cat", "dog"), 2, 90)
    assert data.split("test")[1].bincount().tolist() == [4, 4]
    seen = [image.numpy().tobytes() for p in ("train", "val", "test") for image in data.split(p)[0]]
    assert len(set(seen)) == 40
    x, _ = next(iter(data.val_dataloader()))
    assert x.shape == (8, 90)


def test_image_folder_keeps_given_parts(tmp_path: Path) -> None:
    for start, (part, count) in enumerate((("train", 3), ("val", 2), ("test", 1))):
        write_folder(tmp_path / part, {"a": count, "b": count}, start=100 * start)
    data = ImageFolder(str(tmp_path))
    data.setup()
    assert (data.train_size, data.val_size, data.test_size) == (6, 4, 2)
    assert "own parts" in data.split_name
    write_folder(tmp_path / "test", {"c": 1})
    with pytest.raises(ValueError, match="the classes must be those of train, a, b; got a, b, c"):
        ImageFolder(str(tmp_path)).setup()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": (3,)}, "size must be"),
        ({"channels": 2}, "channels must be 1 or 3"),
        ({"test_share": 1.0}, "test_share must be between 0 and 1"),
        ({"augmentation": {"spin": 1}}, "augmentation must have the arguments of"),
    ],
)
def test_image_folder_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ImageFolder("anywhere", **options)


def test_image_folder_needs_enough_images(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such folder"):
        ImageFolder(str(tmp_path / "nowhere")).setup()
    root = write_folder(tmp_path / "few", {"a": 1, "b": 1})
    with pytest.raises(ValueError, match="2 images are too few"):
        ImageFolder(str(root)).setup()


# --- transforms -----------------------------------------------------------------------------------


def test_standardisation_by_channel() -> None:
    images = torch.stack([picture(seed) for seed in range(4)])
    preprocess = StandardizeImages.fit(images)
    x = preprocess(images).view(4, 3, -1).double()
    torch.testing.assert_close(x.mean((0, 2)), torch.zeros(3).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        x.std((0, 2), correction=0), torch.ones(3).double(), atol=1e-6, rtol=0
    )
    black = preprocess(torch.zeros(1, 3, 6, 5, dtype=torch.uint8)).view(3, 6, 5)
    torch.testing.assert_close(black, preprocess.black.expand(3, 6, 5))
    with pytest.raises(ValueError, match="pixels must be raw bytes"):
        preprocess(images.float())
    with pytest.raises(ValueError, match="pixels must have shape"):
        preprocess(images[:, :2])
    with pytest.raises(ValueError, match="std must be positive"):
        StandardizeImages.fit(torch.zeros(2, 3, 4, 4, dtype=torch.uint8))


def test_crops_shift_each_image_by_whole_pixels() -> None:
    images = torch.stack([picture(seed).float() + 1 for seed in range(50)])
    fill = torch.tensor([-1.0, -2.0, -3.0]).view(3, 1, 1)
    crop = RandomCrop(padding=2)
    moved = crop(images, torch.Generator().manual_seed(3), fill)
    found = set()
    for image, result in zip(images, moved, strict=True):
        places = []
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                for flip in (False, True):
                    source = image.flip(-1) if flip else image
                    expected = fill.expand(3, 6, 5).clone()
                    ys, xs = slice(max(dy, 0), 6 + min(dy, 0)), slice(max(dx, 0), 5 + min(dx, 0))
                    yt, xt = slice(max(-dy, 0), 6 - max(dy, 0)), slice(max(-dx, 0), 5 - max(dx, 0))
                    expected[:, yt, xt] = source[:, ys, xs]
                    if torch.equal(expected, result):
                        places.append((dy, dx, flip))
        assert len(places) == 1
        found.update(places)
    assert len(found) > 20  # each image has a draw of its own
    again = crop(images, torch.Generator().manual_seed(3), fill)
    assert torch.equal(moved, again)


def test_cutout_hides_a_square_of_each_image() -> None:
    h, w, side = 12, 9, 4
    images = torch.rand(200, 3, h, w) + 1
    fill = torch.tensor([-1.0, -2.0, -3.0]).view(3, 1, 1)
    crop = RandomCrop(padding=0, flip=False, cutout=side)
    holes = crop(images, torch.Generator().manual_seed(3), fill)
    hidden = holes < 0
    torch.testing.assert_close(holes, torch.where(hidden, fill, images))
    assert torch.equal(hidden.any(1), hidden.all(1))
    centres = set()
    for mask in hidden[:, 0]:
        # The square is whole but for what lies outside of the image.
        rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        assert mask.sum() == len(rows) * len(columns)
        for found, size in ((rows, h), (columns, w)):
            assert len(found) == found[-1] - found[0] + 1 <= side
            assert len(found) == side or found[0] == 0 or found[-1] == size - 1
            assert len(found) >= side // 2
        centres.add((int(rows[0]), int(columns[0])))
    assert len(centres) > 40
    parts = [
        crop(shard.take(images), torch.Generator().manual_seed(3), fill, shard)
        for shard in (Shard(200, rank, 3) for rank in range(3))
    ]
    assert torch.equal(torch.cat(parts), holes)


def test_cutout_leaves_the_other_draws_as_they_are() -> None:
    images = torch.rand(20, 1, 8, 8) + 1
    plain, holes = (
        RandomCrop(2, True, side)(images, torch.Generator().manual_seed(1)) for side in (0, 3)
    )
    assert torch.equal(torch.where(holes == 0, holes, plain), holes)


def test_augmentations_from_their_arguments() -> None:
    assert make_augmentation({"padding": 1, "flip": False}) == RandomCrop(1, False)
    with pytest.raises(ValueError, match="padding"):
        RandomCrop(padding=-1)
    with pytest.raises(ValueError, match="cutout"):
        RandomCrop(cutout=-1)


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST, CIFAR10, ImageFolder])
def test_hyperparameters_hold_the_augmentation(kind: Any) -> None:
    data = kind(root="anywhere", augmentation=RandomCrop(padding=2))
    assert data.hparams["augmentation"] == {"padding": 2, "flip": True, "cutout": 0}
    assert kind(**data.hparams).augmentation == data.augmentation
