"""MNIST or a relative of it, read from its four IDX files, checked, and split officially."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.idx import read_idx
from rpn_zoo.data.locate import existing_file
from rpn_zoo.data.splits import ImageSplits, image_splits, stratified_split


def read_image_part(
    raw: Path, part: str, count: int, num_classes: int = 10, image_shape: tuple[int, int] = (28, 28)
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read ``<part>-images-idx3-ubyte`` and ``<part>-labels-idx1-ubyte``, plain or ``.gz``.

    Args:
        raw: the folder that holds the files.
        part: ``"train"`` or ``"t10k"``.
        count: the number of images that the complete part has.
        num_classes: labels must be in 0..num_classes-1.
        image_shape: height and width of every image.

    Returns:
        images, uint8, shape (count, height, width), and labels, uint8, shape (count,).

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or its contents are not as above; the message names it.

    Example:
        >>> read_image_part(Path("/no/such/folder"), "train", count=60_000)
        Traceback (most recent call last):
            ...
        FileNotFoundError: /no/such/folder/train-images-idx3-ubyte[.gz]: there is no such file.
    """
    images_path = _path(raw, f"{part}-images-idx3-ubyte")
    labels_path = _path(raw, f"{part}-labels-idx1-ubyte")
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim != 3 or images.shape[1:] != image_shape:
        height, width = image_shape
        raise ValueError(
            f"{images_path}: images must have shape (N, {height}, {width}), got {images.shape}."
        )
    if labels.ndim != 1:
        raise ValueError(f"{labels_path}: labels must have shape (N,), got {labels.shape}.")
    if len(images) != len(labels):
        raise ValueError(
            f"{labels_path}: there must be one label for each image, got {len(labels):,} labels and"
            f" {len(images):,} images in {images_path.name}."
        )
    if len(images) != count:
        raise ValueError(
            f"{images_path}: the complete part '{part}' has {count:,} images, got {len(images):,}; "
            "reduced copies are refused, as figures on them are not comparable."
        )
    if labels.size and labels.max() >= num_classes:
        row = int(np.argmax(labels >= num_classes))
        raise ValueError(
            f"{labels_path}: labels must be in 0..{num_classes - 1}, got {labels[row]} in row "
            f"{row:,}."
        )
    return images, labels


def load_official_splits(
    raw: Path, title: str, sizes: Mapping[str, int], validation_size: int, split_seed: int
) -> ImageSplits:
    """Read both parts and hold out a validation part of the training images.

    Args:
        raw: the folder that holds the four files.
        title: the data set's name.
        sizes: the number of images that the complete parts ``train`` and ``t10k`` have.
        validation_size: number of training images held out, stratified by class.
        split_seed: determines which.

    Returns:
        ``train`` and ``val`` in the order of the file, and the official test part.

    Raises:
        FileNotFoundError, ValueError: as :func:`read_image_part`.
    """
    images, labels = read_image_part(raw, "train", sizes["train"])
    test = read_image_part(raw, "t10k", sizes["t10k"])
    train, val = stratified_split(
        labels, (len(labels) - validation_size, validation_size), split_seed
    )
    arrays = {
        "train": (images[train], labels[train]),
        "val": (images[val], labels[val]),
        "test": test,
    }
    return image_splits(arrays, f"{title}, official split", comparable=True)


def _path(raw: Path, name: str) -> Path:
    path = existing_file(raw, name)
    if path is None:
        raise FileNotFoundError(f"{raw / name}[.gz]: there is no such file.")
    return path
