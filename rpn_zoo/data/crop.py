"""Random crops and flips of a whole batch of images at once, each image by its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.data.shards import Shard
from rpn_zoo.functions.checks import check_positive_int


@dataclass
class RandomCrop:
    """Shift every image of a batch by whole pixels and mirror it, each by its own draw.

    Args:
        padding: largest shift along each axis, in pixels.
        flip: whether every second image (on average) is mirrored left to right.

    Raises:
        ValueError: if padding is no integer >= 0.

    Example:
        >>> RandomCrop(padding=4)(torch.rand(5, 3, 32, 32), torch.Generator().manual_seed(0)).shape
        torch.Size([5, 3, 32, 32])
    """

    padding: int = 4
    flip: bool = True

    def __post_init__(self) -> None:
        """Check the amounts."""
        check_positive_int("padding", self.padding, minimum=0)

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
            generator: source of the draws, on the CPU.
            fill: value of what lies outside an image, a number or one for each channel (c, 1, 1).
            shard: where these are a part of a batch: which; the draws are those of the whole.

        Returns:
            The moved images, same shape.
        """
        b, _, h, w = images.shape
        p = self.padding
        if isinstance(fill, Tensor):
            fill = fill.to(images)
        padded = functional.pad(images - fill, (p, p, p, p))
        shard = Shard(b) if shard is None else shard
        shifts = torch.randint(2 * p + 1, (2, shard.rows, 1), generator=generator)
        top, left = (shard.take(shift).to(images.device) for shift in shifts)
        rows = top + torch.arange(h, device=images.device)
        columns = left + torch.arange(w, device=images.device)
        if self.flip:
            mirrored = torch.rand(shard.rows, 1, generator=generator) < 0.5
            mirrored = shard.take(mirrored).to(images.device)
            columns = torch.where(mirrored, columns.flip(1), columns)
        image = torch.arange(b, device=images.device).view(b, 1, 1)
        # Indices beside a slice put the channel last.
        moved = padded[image, :, rows.unsqueeze(2), columns.unsqueeze(1)]
        return moved.permute(0, 3, 1, 2) + fill
