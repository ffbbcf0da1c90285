"""From bytes of an image to the numbers that a network takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import check_finite


@dataclass(frozen=True)
class StandardizePixels:
    """Standardise raw 28 x 28 grey images: ``(x / 255 - mean) / std``, flattened row by row.

    Args:
        mean: mean of all pixels of the training part, in units where a pixel is in [0, 1].
        std: their standard deviation in the same units, > 0.

    Raises:
        ValueError: ``mean`` or ``std`` is not a finite number, or ``std`` is not positive.

    Example:
        >>> preprocess = StandardizePixels(mean=0.5, std=0.25)
        >>> x = preprocess(torch.full((3, 28, 28), 255, dtype=torch.uint8))
        >>> tuple(x.shape), x.dtype, x[0, 0].item()
        ((3, 784), torch.float32, 2.0)
        >>> StandardizePixels.from_config(preprocess.to_config()) == preprocess
        True
    """

    mean: float
    std: float

    name: ClassVar[str] = "standardize_pixels"
    image_shape: ClassVar[tuple[int, int]] = (28, 28)

    def __post_init__(self) -> None:
        """Check the two numbers."""
        check_finite("mean", self.mean)
        if check_finite("std", self.std) <= 0:
            raise ValueError(f"std must be positive, got {self.std!r}.")

    def __call__(self, pixels: Tensor | NDArray[np.uint8]) -> Tensor:
        """Convert a batch of raw images; the input is not changed.

        Args:
            pixels: uint8, shape (b, 28, 28) or (b, 784), a tensor on any device or a numpy array.

        Returns:
            float32, shape (b, 784), on the device of the input.

        Raises:
            ValueError: another type, dtype or shape.
        """
        height, width = self.image_shape
        if isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8:
            # A copy, since torch takes neither read-only arrays nor negative strides.
            pixels = torch.from_numpy(np.array(pixels, order="C"))
        if not isinstance(pixels, Tensor) or pixels.dtype != torch.uint8:
            raise ValueError(
                "pixels must be raw bytes, a torch tensor or numpy array of dtype uint8 with values"
                f" 0..255, got {type(pixels).__name__} of dtype {getattr(pixels, 'dtype', None)}; "
                "images already divided by 255 have to be multiplied by 255 and rounded first."
            )
        if tuple(pixels.shape[1:]) not in ((height, width), (height * width,)):
            raise ValueError(
                f"pixels must have shape (b, {height}, {width}) or (b, {height * width}), got "
                f"{tuple(pixels.shape)}; a single image needs a leading dimension of 1."
            )
        # Two passes in place: (x - 255 mean) * 1 / (255 std).
        x = pixels.reshape(len(pixels), height * width).to(torch.float32)
        return x.sub_(255 * self.mean).mul_(1 / (255 * self.std))

    @property
    def black(self) -> float:
        """What a black pixel becomes."""
        return -self.mean / self.std

    def to_config(self) -> dict[str, Any]:
        """The plain dictionary ``{name, mean, std}``."""
        return {"name": self.name, "mean": self.mean, "std": self.std}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> StandardizePixels:
        """Make the transform that :meth:`to_config` described.

        Args:
            config: exactly the keys ``name``, ``mean`` and ``std``.

        Raises:
            ValueError: missing or unknown keys, another name, or invalid numbers.
        """
        if set(config) != {"name", "mean", "std"} or config["name"] != cls.name:
            raise ValueError(
                f"config must be {{name: {cls.name}, mean: ..., std: ...}}, got {dict(config)!r}."
            )
        return cls(mean=config["mean"], std=config["std"])

    @classmethod
    def fit(cls, images: Tensor) -> StandardizePixels:
        """Take mean and standard deviation over all pixels of ``images``.

        Args:
            images: uint8, shape (N, 28, 28) or (N, 784), the training part only.

        Raises:
            ValueError: another dtype, no images, or images that are all of one grey level.
        """
        if images.dtype != torch.uint8 or images.numel() == 0:
            raise ValueError(
                f"images must be uint8 and not empty, got {images.dtype} {tuple(images.shape)}."
            )
        # By histogram: exact in integers, so the figures do not depend on order or thread count.
        counts = torch.bincount(images.reshape(-1), minlength=256).tolist()
        total = sum(counts)
        first = sum(value * count for value, count in enumerate(counts))
        second = sum(value * value * count for value, count in enumerate(counts))
        variance = (total * second - first * first) / total**2
        return cls(mean=first / total / 255, std=math.sqrt(variance) / 255)
