"""Random affine augmentation of a whole batch of images at once, each image by its own map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.data.shards import Shard
from rpn_zoo.functions.checks import check_finite


@dataclass
class RandomAffine:
    """Rotate, scale, shear and shift every image of a batch by random amounts of its own.

    All amounts are drawn uniformly from [-amount, amount]. (The transforms of torchvision draw one
    map for a whole batch.)

    Args:
        rotation: largest rotation, in degrees.
        translation: largest shift along each axis, in pixels.
        scale: largest relative change of size along each axis, in [0, 1).
        shear: largest shear of the horizontal axis (shift per unit of height).

    Raises:
        ValueError: if an amount is negative or not finite, or scale >= 1.

    Example:
        >>> augment = RandomAffine(rotation=10.0, translation=2.0)
        >>> augment(torch.rand(4, 1, 28, 28), torch.Generator().manual_seed(0)).shape
        torch.Size([4, 1, 28, 28])
    """

    rotation: float = 0.0
    translation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0

    def __post_init__(self) -> None:
        """Check the amounts."""
        for name in ("rotation", "translation", "scale", "shear"):
            if check_finite(name, getattr(self, name)) < 0:
                raise ValueError(f"{name} must be >= 0, got {getattr(self, name)!r}.")
        if self.scale >= 1:
            raise ValueError(f"scale must be below 1, got {self.scale!r}.")

    def __call__(
        self,
        images: Tensor,
        generator: torch.Generator,
        fill: float | Tensor = 0.0,
        shard: Shard | None = None,
    ) -> Tensor:
        """Augment a batch.

        Args:
            images: floating point, shape (b, c, h, w).
            generator: source of the random amounts, on the CPU.
            fill: value of what lies outside an image, a number or one for each channel (c, 1, 1).
            shard: where these are a part of a batch: which; the draws are those of the whole.

        Returns:
            The moved images, same shape, by bilinear interpolation.
        """
        b, _, h, w = images.shape
        if isinstance(fill, Tensor):
            fill = fill.to(images)
        shard = Shard(b) if shard is None else shard
        unit = torch.rand(6, shard.rows, generator=generator).mul_(2).sub_(1)
        unit = shard.take(unit.mT).mT.to(images)
        angle = unit[0] * math.radians(self.rotation)
        cos, sin = angle.cos(), angle.sin()
        width, height = 1 + self.scale * unit[1], 1 + self.scale * unit[2]
        # affine_grid works in units of half the image: a shift of one pixel is 2 / size.
        row1 = [
            cos * width,
            self.shear * unit[3] - sin * height,
            self.translation * unit[4] * 2 / w,
        ]
        row2 = [sin * width, cos * height, self.translation * unit[5] * 2 / h]
        maps = torch.stack([*row1, *row2], dim=-1).view(b, 2, 3)
        grid = functional.affine_grid(maps, list(images.shape), align_corners=False)
        moved = functional.grid_sample(images - fill, grid, align_corners=False)
        return moved + fill
