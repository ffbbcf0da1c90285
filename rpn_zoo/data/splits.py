"""Stratified splits, and the three parts of an image data set with what goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.data.standardize_images import StandardizeImages
from rpn_zoo.data.transforms import StandardizePixels
from rpn_zoo.functions.checks import check_positive_int


def stratified_split(
    labels: NDArray[np.integer], sizes: Sequence[int], seed: int
) -> list[NDArray[np.int64]]:
    """Split rows into disjoint parts of exact sizes with the class shares of the whole.

    In every part each class has its proportional number of rows, rounded down or up (largest
    remainder, ties to the lower class), drawn by a NumPy generator of its own.

    Args:
        labels: classes 0..C-1, shape (N,).
        sizes: sizes of the parts, each >= 0, N together.
        seed: any integer >= 0.

    Returns:
        For each part its row indices, int64, ascending.

    Raises:
        ValueError: the sizes do not add up to N.

    Example:
        >>> labels = np.array([0, 1, 0, 1, 0, 1])
        >>> small, large = stratified_split(labels, (2, 4), seed=0)
        >>> sorted(labels[small].tolist()), sorted(labels[large].tolist())
        ([0, 1], [0, 0, 1, 1])
    """
    sizes = [check_positive_int("sizes", int(size), minimum=0) for size in sizes]
    if sum(sizes) != len(labels):
        raise ValueError(f"sizes must add up to {len(labels)} rows, got {sizes}.")
    generator = np.random.default_rng(seed)
    classes = range(int(labels.max()) + 1) if len(labels) else range(0)
    queues = [generator.permutation(np.flatnonzero(labels == c)) for c in classes]
    parts: list[NDArray[np.int64]] = []
    for size in sizes:
        left = np.array([len(queue) for queue in queues], dtype=np.int64)
        counts = _apportion(left, size)
        taken = [queue[:count] for queue, count in zip(queues, counts, strict=True)]
        queues = [queue[count:] for queue, count in zip(queues, counts, strict=True)]
        rows = np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)
        parts.append(np.sort(rows).astype(np.int64))
    return parts


def _apportion(left: NDArray[np.int64], size: int) -> list[int]:
    """Share ``size`` among classes with ``left`` rows each by the method of largest remainder."""
    total = int(left.sum())
    if total == 0:
        return [0] * len(left)
    counts, remainders = np.divmod(left * size, total)
    order = np.argsort(-remainders, kind="stable")
    counts[order[: size - int(counts.sum())]] += 1
    return [int(count) for count in counts]


Preprocess: TypeAlias = StandardizePixels | StandardizeImages
"""From raw bytes of images to rows of float32."""


@dataclass(frozen=True)
class ImageSplits:
    """The parts of an image data set, in memory.

    Attributes:
        parts: ``train``, ``val`` and ``test``: images uint8 (N, h, w) or (N, c, h, w), labels
            int64 (N,).
        preprocess: standardisation with the figures of the training part.
        name: the split in words.
        comparable: whether figures on it may stand beside published ones.
    """

    parts: dict[str, tuple[Tensor, Tensor]]
    preprocess: Preprocess
    name: str
    comparable: bool


def image_splits(
    arrays: dict[str, tuple[NDArray[np.uint8], NDArray[Any]]], title: str, comparable: bool
) -> ImageSplits:
    """Turn the arrays of the parts into tensors and fit the standardisation on ``train``.

    Args:
        arrays: for ``train``, ``val`` and ``test`` images (N, 28, 28) or (N, c, h, w) and labels
            (N,).
        title: the data set in words; the sizes are added to it.
        comparable: see :class:`ImageSplits`.

    Example:
        >>> one = np.arange(784, dtype=np.uint8).reshape(1, 28, 28), np.array([4], dtype=np.uint8)
        >>> image_splits({"train": one, "val": one, "test": one}, "toy", comparable=False).name
        'toy, 1/1/1'
    """
    parts = {
        part: (torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)))
        for part, (images, labels) in arrays.items()
    }
    sizes = "/".join(f"{len(parts[part][1]):,}" for part in ("train", "val", "test"))
    images = parts["train"][0]
    preprocess: Preprocess = (
        StandardizePixels.fit(images) if images.dim() == 3 else StandardizeImages.fit(images)
    )
    return ImageSplits(parts, preprocess, f"{title}, {sizes}", comparable)
