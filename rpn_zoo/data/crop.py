"""Random crops, flips and holes of a whole batch of images at once, each image by its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.data.shards import Shard
from rpn_zoo.functions.checks import check_positive_int


@dataclass
class RandomCrop:
    """Shift every image of a batch by whole pixels, mirror it and hide a square, each by its draw.

    Hiding squares is *cutout* (DeVries and Taylor, arXiv:1708.04552): the square's centre is drawn
    uniformly over the image's pixels, so that a part of the square may lie outside.

    Args:
        padding: largest shift along each axis, in pixels.
        flip: whether every second image (on average) is mirrored left to right.
        cutout: side of the hidden square in pixels; 0: nothing is hidden.

    Raises:
        ValueError: if padding or cutout is no integer >= 0.

    Example:
        >>> RandomCrop(padding=4)(torch.rand(5, 3, 32, 32), torch.Generator().manual_seed(0)).shape
        torch.Size([5, 3, 32, 32])
    """

    padding: int = 4
    flip: bool = True
    cutout: int = 0

    def __post_init__(self) -> None:
        """Check the amounts."""
        check_positive_int("padding", self.padding, minimum=0)
        check_positive_int("cutout", self.cutout, minimum=0)

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
            fill: value of what lies outside an image or is hidden, a number or one for each
                channel (c, 1, 1).
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
        moved = moved.permute(0, 3, 1, 2)
        if self.cutout:
            moved = moved.masked_fill(self._hidden(h, w, generator, shard).to(images.device), 0.0)
        return moved + fill

    def _hidden(self, h: int, w: int, generator: torch.Generator, shard: Shard) -> Tensor:
        """Which pixels of each image the square covers, (b, 1, h, w)."""
        places = shard.take(torch.rand(shard.rows, 2, generator=generator))
        first = (places * torch.tensor([h, w])).long() - self.cutout // 2
        rows, columns = (
            (torch.arange(size) >= start) & (torch.arange(size) < start + self.cutout)
            for size, start in zip((h, w), first.unsqueeze(2).unbind(1), strict=True)
        )
        return (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1)
