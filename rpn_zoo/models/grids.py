"""Heads on grids (images): convolution of patches and pooling, as config dicts."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.models.parts import Config

POOLING = ("max", "mean", "min")


@dataclass(frozen=True)
class Grid:
    """The shape of an image: (channels, h, w), flattened in this order into a row.

    Args:
        channels: number of channels.
        h: height in cells.
        w: width in cells.
    """

    channels: int
    h: int
    w: int

    def __post_init__(self) -> None:
        """Check the sizes."""
        for name in ("channels", "h", "w"):
            check_positive_int(name, getattr(self, name))

    @property
    def size(self) -> int:
        """The width of a row.

        Example:
            >>> Grid(3, 32, 32).size
            3072
        """
        return self.channels * self.h * self.w

    def strided(self, channels: int, stride: int) -> Grid:
        """The grid of every ``stride``-th cell, with ``channels`` channels.

        Example:
            >>> Grid(3, 7, 7).strided(16, 2)
            Grid(channels=16, h=4, w=4)
        """
        return Grid(channels, -(-self.h // stride), -(-self.w // stride))


def convolution(
    grid: Grid,
    radius: int = 1,
    stride: int = 1,
    bias: bool = True,
    reconciliation: Spec = "identity_reconciliation",
    expansion: Spec = "identity_expansion",
    output_functions: list[Spec] | None = None,
) -> Config:
    """A head that sees (2 radius + 1)^2 patches of a grid, all with the same weights.

    Args:
        grid: the grid that comes in.
        radius: cells on each side of a patch's centre; 0: single cells (a 1 x 1 convolution).
        stride: distance of the patches' centres.
        bias: whether each channel has a bias.
        reconciliation: psi, with n = channels out and D = that of the expanded patch.
        expansion: kappa of a patch; with the identity the head is a convolution.
        output_functions: applied to the channels of each place.
    """
    patch = {
        "name": "cuboid_patch_padding_based_geometric_interdependence",
        "h": grid.h,
        "w": grid.w,
        "d": 1,
        "channel_num": grid.channels,
        "p_h": radius,
        "p_w": radius,
        "p_d": 0,
        "cd_h": check_positive_int("stride", stride),
        "cd_w": stride,
        "cd_d": 1,
    }
    head: Config = {
        "attribute_interdependence": patch,
        "reconciliation": reconciliation,
        "positions": {"layout": "channels_first"},
        "bias": bias,
        "output_functions": output_functions or [],
    }
    return head if expansion == "identity_expansion" else {**head, "expansion": expansion}


def pooling(
    grid: Grid, size: int = 2, metric: str = "max", output_functions: list[Spec] | None = None
) -> Config:
    """A head that takes a metric over disjoint size x size patches of every channel.

    Args:
        grid: the grid that comes in.
        size: side of a patch and distance of patches.
        metric: ``"max"``, ``"mean"`` or ``"min"``.
        output_functions: applied to the row.
    """
    check_choice("pooling", metric, POOLING)
    return {
        "expansion": _patches(grid, metric, size, size),
        "reconciliation": None,
        "output_functions": output_functions or [],
    }


def global_pooling(grid: Grid, metric: str = "mean") -> Config:
    """A head that takes a metric over the whole grid, one value for each channel."""
    check_choice("pooling", metric, POOLING)
    return {"expansion": _patches(grid, metric, grid.h, grid.w), "reconciliation": None}


def _patches(grid: Grid, metric: str, h: int, w: int) -> Config:
    """The compression by disjoint h x w patches."""
    return {
        "name": f"cuboid_{metric}_based_geometric_compression",
        "h": grid.h,
        "w": grid.w,
        "d": 1,
        "channel_num": grid.channels,
        "p_h": 0,
        "p_w": 0,
        "p_d": 0,
        "p_h_prime": h - 1,
        "p_w_prime": w - 1,
        "cd_h": h,
        "cd_w": w,
        "cd_d": 1,
    }
