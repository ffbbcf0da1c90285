"""The patches of a grid: read off a batch, pooled, or multiplied as a convolution."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.geometry.grid import Grid
from rpn_zoo.functions.geometry.patch import Cuboid, Patch


class Patches:
    """The patches around the centres (i, j, k) = multiples of the steps, k fastest.

    Cells outside the grid are 0. Nothing but integers is kept; all work is done on the batch given.

    Args:
        grid: the grid.
        patch: the patch.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step in height; the three steps are given all or none, and win over the strategy.
        cd_w: step in width.
        cd_d: step in depth.

    Attributes:
        steps: (cd_h, cd_w, cd_d).
        shape: number of centres on each axis.
        count: P, the number of patches.
        volume: S, the number of cells of a patch.

    Raises:
        ValueError: if the strategy is unknown, or just some of the steps are given.

    Example:
        >>> patches = Patches(Grid(4, 4), Cuboid(0, 0, 0, 1, 1), cd_h=2, cd_w=2, cd_d=1)
        >>> patches.shape, patches.index()[0].tolist()
        ((2, 2, 1), [0, 1, 4, 5])
    """

    def __init__(
        self,
        grid: Grid,
        patch: Patch,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
    ) -> None:
        patch.check_fits(grid)
        self.grid, self.patch = grid, patch
        given = {"cd_h": cd_h, "cd_w": cd_w, "cd_d": cd_d}
        absent = [name for name, value in given.items() if value is None]
        if absent and len(absent) < len(given):
            raise ValueError(f"cd_h, cd_w and cd_d must be given all or none; missing: {absent}.")
        if absent:
            self.steps = patch.steps(packing_strategy)
        else:
            patch.steps(packing_strategy)  # an unknown name is an error in any case
            h, w, d = (check_positive_int(name, value) for name, value in given.items())
            self.steps = (h, w, d)
        h, w, d = (-(-size // step) for size, step in zip(grid.shape, self.steps, strict=True))
        self.shape = (h, w, d)
        self.count = h * w * d
        self.volume = len(patch.places())
        # Images with flat boxes go by torch's own kernels, all others by gathering.
        self.flat = grid.d == 1 and patch.box[2] == 1
        self.is_box = isinstance(patch, Cuboid)

    def index(self) -> Tensor:
        """The cell of every entry of every patch, int64 (P, S); ``grid.cells`` if it is outside."""
        axes = [
            torch.arange(0, size, step)
            for size, step in zip(self.grid.shape, self.steps, strict=True)
        ]
        places = torch.cartesian_prod(*axes).unsqueeze(1) + self.patch.offsets()
        size = torch.tensor(self.grid.shape)
        inside = ((places >= 0) & (places < size)).all(-1)
        i, j, k = places.unbind(-1)
        cell = (i * self.grid.w + j) * self.grid.d + k
        return torch.where(inside, cell, self.grid.cells)

    def read(self, x: Tensor, index: Tensor, centre_last: bool = False) -> Tensor:
        """Every patch of every channel.

        Args:
            x: rows of the grid, (b, size).
            index: :meth:`index`, on x's device.
            centre_last: the order of the result.

        Returns:
            (b, channels, P, S), or with ``centre_last`` (b, channels, S, P).
        """
        if self.is_box and self.flat:
            images = self._padded(x)
            box, steps = self.patch.box[:2], self.steps[:2]
            rows = functional.unfold(images, box, stride=steps)
            patches = rows.unflatten(1, (self.grid.channel_num, self.volume))
            return patches if centre_last else patches.mT
        cells = functional.pad(x.unflatten(-1, (self.grid.channel_num, self.grid.cells)), (0, 1))
        places = index.T if centre_last else index
        return cells.index_select(-1, places.reshape(-1)).unflatten(-1, places.shape)

    def convolve(self, x: Tensor, W: Tensor) -> Tensor:
        """The product of all patches with shared weights, as one convolution.

        Args:
            x: rows of the grid, (b, size).
            W: (n, channels S), channel slowest.

        Returns:
            (b, n, P). The weights of a disc or ball are put into its bounding box.
        """
        kernel = W.unflatten(1, (self.grid.channel_num, self.volume))
        if not self.is_box:
            places = self.patch.places().to(W.device)
            box = self.patch.box[0] * self.patch.box[1] * self.patch.box[2]
            kernel = W.new_zeros(*kernel.shape[:2], box).index_copy(-1, places, kernel)
        kernel = kernel.unflatten(-1, self.patch.box)
        before = [b for b, _ in self.patch.reach]
        even = all(b == a for b, a in self.patch.reach)
        if self.flat:
            images, pads = (self._images(x), before[:2]) if even else (self._padded(x), [0, 0])
            y = functional.conv2d(images, kernel.squeeze(-1), stride=self.steps[:2], padding=pads)
            return y.flatten(2)
        images, pads = (self._images(x), before) if even else (self._padded(x), [0, 0, 0])
        return functional.conv3d(images, kernel, stride=self.steps, padding=pads).flatten(2)

    def pool(self, x: Tensor, kind: str) -> Tensor:
        """Pool boxes by torch's own kernels, zero padding included.

        Args:
            x: rows of the grid, (b, size).
            kind: ``"max"``, ``"min"``, ``"mean"`` or ``"sum"``.

        Returns:
            (b, channels, P).
        """
        images = self._padded(x)
        sizes = self.patch.box[:2] if self.flat else self.patch.box
        steps = self.steps[:2] if self.flat else self.steps
        maximum: Callable[..., Tensor] = functional.max_pool3d
        average: Callable[..., Tensor] = functional.avg_pool3d
        if self.flat:
            maximum, average = functional.max_pool2d, functional.avg_pool2d
        if kind == "max":
            y = maximum(images, sizes, steps)
        elif kind == "min":
            y = -maximum(-images, sizes, steps)
        else:
            y = average(images, sizes, steps, divisor_override=1 if kind == "sum" else None)
        return y.flatten(2)

    def _images(self, x: Tensor) -> Tensor:
        """Rows as (b, channels, h, w) or (b, channels, h, w, d)."""
        shape = self.grid.shape[:2] if self.flat else self.grid.shape
        return x.unflatten(-1, (self.grid.channel_num, *shape))

    def _padded(self, x: Tensor) -> Tensor:
        """The images with zeros as far as the patches reach."""
        images = self._images(x)
        reach = self.patch.reach[:2] if self.flat else self.patch.reach
        pads = [cells for axis in reversed(reach) for cells in axis]
        return functional.pad(images, pads) if any(pads) else images
