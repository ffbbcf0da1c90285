"""The patches of a grid: read off a batch, pooled, or multiplied as a convolution."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.geometry.grid import Grid
from rpn_zoo.functions.geometry.patch import Patch
from rpn_zoo.functions.metrics.statistics import maximum, minimum

POOLED = ("max", "min", "mean", "sum")
"""What :meth:`Patches.pool` computes."""


class Patches(nn.Module):
    """The patches around the centres (i, j, k) = multiples of the steps, k fastest.

    Cells outside the grid are 0: they are read from a zero beside the grid, so nothing in the grid
    can spoil them. Offsets that fall outside from every centre (those of a ball out of the plane of
    a flat grid) cost nothing but their zeros.

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
        box: the size of the smallest box around the offsets that meet the grid.
        fills_box: whether these offsets are all of the patch and all of the box.

    Raises:
        ValueError: if the strategy is unknown, or just some of the steps are given.

    Example:
        >>> from rpn_zoo.functions.geometry import Cuboid
        >>> patches = Patches(Grid(4, 4), Cuboid(0, 0, 0, 1, 1), cd_h=2, cd_w=2, cd_d=1)
        >>> patches.shape, patches.cells()[:, 0].tolist()
        ((2, 2, 1), [0, 1, 4, 5])
    """

    index: Tensor
    met: Tensor | None
    places: Tensor | None

    def __init__(
        self,
        grid: Grid,
        patch: Patch,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
    ) -> None:
        super().__init__()
        patch.check_fits(grid)
        self.grid, self.patch = grid, patch
        self.steps = steps_of(patch, packing_strategy, cd_h, cd_w, cd_d)
        h, w, d = (-(-size // step) for size, step in zip(grid.shape, self.steps, strict=True))
        self.shape = (h, w, d)
        self.count = h * w * d
        cells, offsets = self.cells(), patch.offsets()
        self.volume = len(offsets)
        met = (cells < grid.cells).any(1)
        # No offset that meets the grid reaches farther than the grid's last cell.
        self.reach = tuple(
            (min(before, size - 1), min(after, size - 1))
            for (before, after), size in zip(patch.reach, grid.shape, strict=True)
        )
        self.box = tuple(before + after + 1 for before, after in self.reach)
        # Beyond the last centre's box nothing is read: what the steps leave over needs no zeros.
        self.overhang = tuple(
            (before, max(0, (size - 1) // step * step + after - (size - 1)))
            for (before, after), size, step in zip(self.reach, grid.shape, self.steps, strict=True)
        )
        self.fills_box = bool(met.all()) and self.volume == math.prod(self.box)
        # All of this follows from the options: not saved.
        self.register_buffer("index", cells[met], persistent=False)
        self.register_buffer(
            "met", None if met.all() else met.nonzero().squeeze(1), persistent=False
        )
        places = None if self.fills_box else self._places_in_box(offsets[met])
        self.register_buffer("places", places, persistent=False)

    def cells(self) -> Tensor:
        """The cell of every entry of every patch, int64 (S, P); ``grid.cells`` where outside."""
        axes = [
            torch.arange(0, size, step)
            for size, step in zip(self.grid.shape, self.steps, strict=True)
        ]
        cells = self.patch.offsets().unsqueeze(1) + torch.cartesian_prod(*axes)
        inside = ((cells >= 0) & (cells < torch.tensor(self.grid.shape))).all(-1)
        i, j, k = cells.unbind(-1)
        return torch.where(inside, (i * self.grid.w + j) * self.grid.d + k, self.grid.cells)

    def _places_in_box(self, offsets: Tensor) -> Tensor:
        """The places of offsets in the flattened box."""
        i, j, k = (offsets + torch.tensor([before for before, _ in self.reach])).unbind(-1)
        return (i * self.box[1] + j) * self.box[2] + k

    # --- reading ----------------------------------------------------------------------------------

    def read(self, x: Tensor) -> Tensor:
        """Every patch of every channel, (b, channels, S, P), from rows x of the grid (b, size)."""
        return self._with_zeros(self._read_met(x), 2)

    def read_by_patch(self, x: Tensor) -> Tensor:
        """The same in the order (b, P, channels, S), gathered in it: no copy is transposed."""
        V, channels = self.grid.cells, self.grid.channel_num
        first = torch.arange(channels, device=x.device).view(-1, 1, 1) * V
        index = torch.where(self.index < V, self.index + first, channels * V).permute(2, 0, 1)
        entries = functional.pad(x, (0, 1)).index_select(1, index.reshape(-1))
        return self._with_zeros(entries.unflatten(1, index.shape), 3)

    def read_instances(self, z: Tensor) -> Tensor:
        """Every patch of rows: (..., cells, D) -> (..., P, S, D)."""
        index = self.index.T
        rows = functional.pad(z, (0, 0, 0, 1)).index_select(-2, index.reshape(-1))
        return self._with_zeros(rows.unflatten(-2, index.shape), -2)

    def _read_met(self, x: Tensor) -> Tensor:
        """The entries at offsets that meet the grid, (b, channels, S', P)."""
        # Two axes: for these torch has a kernel of its own.
        cells = functional.pad(x.reshape(-1, self.grid.cells), (0, 1))
        entries = cells.index_select(1, self.index.reshape(-1))
        return entries.view(-1, self.grid.channel_num, *self.index.shape)

    def _with_zeros(self, entries: Tensor, axis: int) -> Tensor:
        """All S entries along the axis, where those that meet the grid are given."""
        if self.met is None:
            return entries
        shape = list(entries.shape)
        shape[axis] = self.volume
        return entries.new_zeros(shape).index_copy(axis, self.met, entries)

    # --- pooling ----------------------------------------------------------------------------------

    def pool(self, x: Tensor, kind: str) -> Tensor:
        """The maximum, minimum, mean or sum of every patch, the zeros outside included.

        Boxes are pooled by torch's own kernels. Other patches are read first.

        Args:
            x: rows of the grid, (b, size).
            kind: one of :data:`POOLED`.

        Returns:
            (b, channels, P).
        """
        extreme = kind in ("max", "min")
        # torch does not average boxes with depth in half precision.
        if self.fills_box and (extreme or self.flat or x.element_size() > 2):
            return self._pool_boxes(x, kind)
        entries = self._read_met(x)
        if not extreme:
            total = entries.sum(2)
            return total if kind == "sum" else total / self.volume
        if entries.requires_grad:
            y = maximum(entries, 2) if kind == "max" else minimum(entries, 2)
        else:  # without the places of the extremes, which only gradients need: many times faster
            y = entries.amax(2) if kind == "max" else entries.amin(2)
        if self.met is None:
            return y
        return y.clamp(min=0) if kind == "max" else y.clamp(max=0)

    def _pool_boxes(self, x: Tensor, kind: str) -> Tensor:
        extreme = kind in ("max", "min")
        images = self._padded(x)
        box: tuple[int, ...] = self.box
        steps: tuple[int, ...] = self.steps
        maximize: Callable[..., Tensor] = functional.max_pool3d
        average: Callable[..., Tensor] = functional.avg_pool3d
        if self.flat:
            box, steps = box[:2], steps[:2]
            maximize, average = functional.max_pool2d, functional.avg_pool2d
            if extreme and images.device.type == "cpu" and self.grid.channel_num > 1:
                # torch's kernel for maxima on the CPU is two to five times faster this way.
                images = images.contiguous(memory_format=torch.channels_last)
        if kind == "max":
            y = maximize(images, box, steps)
        elif kind == "min":
            y = -maximize(-images, box, steps)
        else:
            y = average(images, box, steps, divisor_override=1 if kind == "sum" else None)
        return y.flatten(2)

    # --- products ---------------------------------------------------------------------------------

    def convolve(self, x: Tensor, W: Tensor) -> Tensor:
        """The product of all patches with weights that they share, as one convolution.

        Args:
            x: rows of the grid, (b, size).
            W: (n, channels S), channel slowest.

        Returns:
            (b, n, P). The weights of a disc or ball are put into the box around it.
        """
        kernel = W.unflatten(1, (self.grid.channel_num, self.volume))
        if self.met is not None:
            kernel = kernel.index_select(2, self.met)
        if self.places is not None:
            empty = W.new_zeros(*kernel.shape[:2], math.prod(self.box))
            kernel = empty.index_copy(2, self.places, kernel)
        kernel = kernel.unflatten(2, self.box)
        even = all(before == after for before, after in self.reach)
        images = self._images(x) if even else self._padded(x)
        pads = [before if even else 0 for before, _ in self.reach]
        if self.flat:
            kernel = kernel.squeeze(-1)
            y = functional.conv2d(images, kernel, stride=self.steps[:2], padding=pads[:2])
        else:
            y = functional.conv3d(images, kernel, stride=self.steps, padding=pads)
        return y.flatten(2)

    @property
    def flat(self) -> bool:
        """Whether the grid is an image."""
        return self.grid.d == 1

    def _images(self, x: Tensor) -> Tensor:
        """Rows as (b, channels, h, w) or (b, channels, h, w, d)."""
        shape = self.grid.shape[:2] if self.flat else self.grid.shape
        return x.unflatten(-1, (self.grid.channel_num, *shape))

    def _padded(self, x: Tensor) -> Tensor:
        """The images with zeros as far as the patches of the centres reach."""
        overhang = self.overhang[:2] if self.flat else self.overhang
        pads = [cells for axis in reversed(overhang) for cells in axis]
        images = self._images(x)
        return functional.pad(images, pads) if any(pads) else images

    def extra_repr(self) -> str:
        """The grid, the patch and the steps."""
        return f"{self.grid}, {self.patch}, steps={self.steps}"


def steps_of(
    patch: Patch, packing_strategy: str | None, *given: int | None
) -> tuple[int, int, int]:
    """The distances of the centres: those given, or by the strategy.

    Raises:
        ValueError: if just some are given, one is not positive, or the strategy is unknown.

    Example:
        >>> from rpn_zoo.functions.geometry import Cuboid
        >>> steps_of(Cuboid(1, 2), "complete_square", None, None, None)
        (2, 4, 1)
    """
    steps = patch.steps(packing_strategy)  # an unknown name is an error in any case
    names = ("cd_h", "cd_w", "cd_d")
    absent = [name for name, value in zip(names, given, strict=True) if value is None]
    if len(absent) == len(names):
        return steps
    if absent:
        raise ValueError(
            f"cd_h, cd_w and cd_d must be given all or none; missing: {', '.join(absent)}."
        )
    h, w, d = (check_positive_int(name, value) for name, value in zip(names, given, strict=True))
    return h, w, d
