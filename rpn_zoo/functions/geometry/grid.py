"""A grid of cells with channels, flattened into rows."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_zoo.functions.checks import check_positive_int


@dataclass(frozen=True)
class Grid:
    """A grid of h x w x d cells with several channels.

    Cell (i, j, k) of channel u stands at place ``((u h + i) w + j) d + k`` of a row: the channel is
    slowest, the depth fastest.

    Args:
        h: height.
        w: width.
        d: depth; 1 for images.
        channel_num: number of channels.

    Raises:
        ValueError: if a size is no positive integer.

    Example:
        >>> Grid(28, 28).cells, Grid(32, 32, channel_num=3).size
        (784, 3072)
    """

    h: int
    w: int
    d: int = 1
    channel_num: int = 1

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name in ("h", "w", "d", "channel_num"):
            check_positive_int(name, getattr(self, name))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(h, w, d)."""
        return self.h, self.w, self.d

    @property
    def cells(self) -> int:
        """Cells of one channel, h w d."""
        return self.h * self.w * self.d

    @property
    def size(self) -> int:
        """The width of a row, channel_num h w d."""
        return self.channel_num * self.cells

    def check_width(self, name: str, width: int) -> None:
        """Raise a ValueError unless rows of this width hold the grid."""
        if width != self.size:
            raise ValueError(
                f"{name} must be channel_num h w d = {self.channel_num} x {self.h} x {self.w} x "
                f"{self.d} = {self.size}, got {width}."
            )
