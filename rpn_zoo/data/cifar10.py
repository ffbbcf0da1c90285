"""CIFAR-10 as a LightningDataModule, from its binary files or from a copy as JPEG images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.class_folders import read_class_folders
from rpn_zoo.data.images import Augmentation, ImageData
from rpn_zoo.data.locate import search_places
from rpn_zoo.data.splits import ImageSplits, image_splits, stratified_split
from rpn_zoo.functions.checks import check_choice, check_positive_int

Arrays: TypeAlias = tuple[NDArray[np.uint8], NDArray[Any]]

NAMES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
SIZES = {"train": 50_000, "test": 10_000}
BINARY = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
ROW = 1 + 3 * 32 * 32


class CIFAR10(ImageData):
    """Colour photographs of ten kinds of things, 3 x 32 x 32 bytes kept in memory.

    Batches are pairs of float32 (b, 3072) and int64 (b,). The validation part is drawn from the
    official training images, stratified by class; the test part is the official one. Two forms are
    read: the official binary files ``cifar-10-batches-bin/*.bin``, and a copy as JPEG images by
    class, ``cifar10-jpeg/{train,test}`` or ``.tar``. JPEG is lossy: ``split_name`` says so, and
    figures on the copy are marked as not comparable.

    Args:
        root: folder that holds one of the two; searched first. None searches ``$RPN_ZOO_DATA``,
            then ``datasets/`` of the working directory.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        source: ``"binary"``, ``"jpeg"``, or ``"auto"`` for the first of them that is found.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are the validation part.
        validation_size: number of official training images held out.
        augmentation: random affine maps, random crops and flips, or transforms of torchvision, of
            training batches; None: none.

    Attributes:
        num_features: 3072.
        num_classes: 10.
        class_names: ``("airplane", ..., "truck")``, the official order.

    Raises:
        ValueError: an argument is invalid (here), or a data file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, if the data are not where they have to be.

    Example:
        >>> CIFAR10(augmentation={"padding": 4}).class_names[3]
        'cat'

    Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
    """

    num_features = 3072
    num_classes = 10
    class_names = NAMES

    def __init__(
        self,
        root: str | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        source: str = "auto",
        seed: int | None = None,
        split_seed: int = 0,
        validation_size: int = 5000,
        augmentation: Augmentation | dict[str, Any] | None = None,
    ) -> None:
        super().__init__(root, batch_size, eval_batch_size, seed, split_seed, augmentation)
        self.source = check_choice("source", source, ("auto", "binary", "jpeg"))
        self.validation_size = check_positive_int("validation_size", validation_size)
        if validation_size >= SIZES["train"]:
            raise ValueError(
                f"validation_size must leave training images, i.e. be below {SIZES['train']}, "
                f"got {validation_size}."
            )
        self.save_hyperparameters(ignore="augmentation", logger=False)
        self._save_augmentation()

    def _load(self) -> ImageSplits:
        title, arrays = self._read()
        images, labels = arrays["train"]
        sizes = (len(labels) - self.validation_size, self.validation_size)
        train, val = stratified_split(labels, sizes, self.split_seed)
        parts = {
            "train": (images[train], labels[train]),
            "val": (images[val], labels[val]),
            "test": arrays["test"],
        }
        return image_splits(parts, title, comparable="JPEG" not in title)

    def _read(self) -> tuple[str, dict[str, Arrays]]:
        """Both official parts, from the first place that has them, and their title."""
        searched = []
        for label, place in search_places(self.root):
            if place is not None:
                binary = place / "cifar-10-batches-bin"
                if self.source != "jpeg" and binary.is_dir():
                    return "CIFAR-10, official split", read_binary(binary)
                jpeg = place / "cifar10-jpeg"
                if self.source != "binary" and jpeg.is_dir():
                    return "CIFAR-10, JPEG copy, official split", _read_jpeg(jpeg)
            searched.append(label)
        raise FileNotFoundError(
            f"CIFAR-10 (source={self.source!r}) was not found; searched: {'; '.join(searched)}. "
            "Put cifar-10-batches-bin/ (the binary version of the official page) or "
            "cifar10-jpeg/{train,test}[.tar] there, give another root or set RPN_ZOO_DATA."
        )


def read_binary(folder: Path) -> dict[str, Arrays]:
    """Read the official binary files: rows of one label byte and 3 x 32 x 32 image bytes.

    Returns:
        for ``train`` and ``test`` images, uint8, (N, 3, 32, 32), and labels, uint8, (N,).

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file has another size, or a label above 9.
    """
    parts: dict[str, Arrays] = {}
    for part, names in BINARY.items():
        rows = []
        for name in names:
            path = folder / name
            content = np.fromfile(path, dtype=np.uint8)
            if content.size != 10_000 * ROW:
                raise ValueError(
                    f"{path}: the file must have {10_000 * ROW:,} bytes, got {content.size:,}."
                )
            rows.append(content.reshape(-1, ROW))
        table = np.concatenate(rows)
        if table[:, 0].max() > 9:
            raise ValueError(f"{folder}: labels must be in 0..9, got {table[:, 0].max()}.")
        parts[part] = table[:, 1:].reshape(-1, 3, 32, 32), table[:, 0]
    return parts


def _read_jpeg(folder: Path) -> dict[str, Arrays]:
    """Decode the copy; it must be complete."""
    parts: dict[str, Arrays] = {}
    for part, count in SIZES.items():
        path = folder / part
        path = path if path.is_dir() else folder / f"{part}.tar"
        images, labels, names = read_class_folders(path)
        if names != NAMES or images.shape != (count, 3, 32, 32):
            raise ValueError(
                f"{path}: the complete part has {count:,} images of shape (3, 32, 32) in the "
                f"classes {', '.join(NAMES)}; got {images.shape} in {', '.join(names)}."
            )
        parts[part] = images, labels
    return parts
