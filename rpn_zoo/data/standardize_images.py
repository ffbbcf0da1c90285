"""From bytes of colour images to the numbers that a network takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int

ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class StandardizeImages:
    """Standardise raw images channel by channel: ``(x / 255 - mean) / std``, flattened.

    Args:
        mean: mean of each channel over the training part, in units where a value is in [0, 1].
        std: standard deviation of each channel in the same units, > 0.
        image_shape: (channels, height, width); rows are flattened in this order.

    Raises:
        ValueError: a number is not finite, ``std`` is not positive, or lengths differ.

    Example:
        >>> preprocess = StandardizeImages((0.5,), (0.25,), (1, 2, 2))
        >>> preprocess(torch.full((3, 1, 2, 2), 255, dtype=torch.uint8))[0]
        tensor([2., 2., 2., 2.])
        >>> StandardizeImages.from_config(preprocess.to_config()) == preprocess
        True
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    image_shape: tuple[int, int, int]

    name: ClassVar[str] = "standardize_images"

    def __post_init__(self) -> None:
        """Check the numbers."""
        for field in ("mean", "std", "image_shape"):
            if not isinstance(getattr(self, field), (list, tuple)):
                raise ValueError(f"{field} must be a list, got {getattr(self, field)!r}.")
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if len(self.image_shape) != 3:
            raise ValueError(
                f"image_shape must be (channels, height, width), got {self.image_shape!r}."
            )
        for size in self.image_shape:
            check_positive_int("image_shape", size)
        if not len(self.mean) == len(self.std) == self.image_shape[0]:
            raise ValueError(
                f"mean and std must have one number for each of {self.image_shape[0]} channels, "
                f"got {self.mean!r} and {self.std!r}."
            )
        for value in self.mean:
            check_finite("mean", value)
        for value in self.std:
            if check_finite("std", value) <= 0:
                raise ValueError(f"std must be positive, got {value!r}.")

    def __call__(self, pixels: Tensor | NDArray[np.uint8]) -> Tensor:
        """Convert a batch of raw images; the input is not changed.

        Args:
            pixels: uint8, shape (b, channels, height, width) or flattened (b, c h w), a tensor on
                any device or a numpy array.

        Returns:
            float32, shape (b, c h w), on the device of the input.

        Raises:
            ValueError: another type, dtype or shape.
        """
        if isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8:
            pixels = torch.from_numpy(np.array(pixels, order="C"))
        if not isinstance(pixels, Tensor) or pixels.dtype != torch.uint8:
            raise ValueError(
                "pixels must be raw bytes, a torch tensor or numpy array of dtype uint8 with values"
                f" 0..255, got {type(pixels).__name__} of dtype {getattr(pixels, 'dtype', None)}."
            )
        c, h, w = self.image_shape
        if tuple(pixels.shape[1:]) not in ((c, h, w), (c * h * w,)):
            raise ValueError(
                f"pixels must have shape (b, {c}, {h}, {w}) or (b, {c * h * w}), got "
                f"{tuple(pixels.shape)}; a single image needs a leading dimension of 1."
            )
        # Two passes in place: (x - 255 mean) * 1 / (255 std).
        x = pixels.reshape(len(pixels), c, h * w).to(torch.float32)
        x.sub_(x.new_tensor(self.mean).mul_(255).unsqueeze(-1))
        return x.mul_(x.new_tensor(self.std).mul_(255).reciprocal_().unsqueeze(-1)).flatten(1)

    @property
    def black(self) -> Tensor:
        """What a black pixel becomes, shape (channels, 1, 1)."""
        return (-torch.tensor(self.mean) / torch.tensor(self.std)).view(-1, 1, 1)

    def to_config(self) -> dict[str, Any]:
        """The plain dictionary ``{name, mean, std, image_shape}``."""
        return {
            "name": self.name,
            "mean": list(self.mean),
            "std": list(self.std),
            "image_shape": list(self.image_shape),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> StandardizeImages:
        """Make the transform that :meth:`to_config` described.

        Raises:
            ValueError: missing or unknown keys, another name, or invalid numbers.
        """
        keys = {"name", "mean", "std", "image_shape"}
        if set(config) != keys or config["name"] != cls.name:
            raise ValueError(
                f"config must be {{name: {cls.name}, mean: [...], std: [...], image_shape: "
                f"[...]}}, got {dict(config)!r}."
            )
        return cls(config["mean"], config["std"], config["image_shape"])

    @classmethod
    def fit(cls, images: Tensor) -> StandardizeImages:
        """Take mean and standard deviation of every channel of ``images``.

        Args:
            images: uint8, shape (N, channels, height, width), the training part only.

        Raises:
            ValueError: another dtype or shape, no images, or a channel of one value only.
        """
        if images.dtype != torch.uint8 or images.numel() == 0 or images.dim() != 4:
            raise ValueError(
                "images must be uint8 (N, channels, height, width) and not empty, got "
                f"{images.dtype} {tuple(images.shape)}."
            )
        moments = [_moments(images[:, channel]) for channel in range(images.shape[1])]
        means, stds = zip(*moments, strict=True)
        return cls(means, stds, tuple(images.shape[1:]))  # type: ignore[arg-type]


def _moments(values: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of bytes / 255, exact in integers whatever the order."""
    histogram = torch.zeros(256, dtype=torch.int64)
    for rows in values.split(ROWS_AT_ONCE):  # of a mapped file only these are in memory
        histogram += torch.bincount(rows.reshape(-1), minlength=256)
    counts: Sequence[int] = histogram.tolist()
    total = sum(counts)
    first = sum(value * count for value, count in enumerate(counts))
    second = sum(value * value * count for value, count in enumerate(counts))
    return first / total / 255, ((total * second - first * first) / total**2) ** 0.5 / 255
