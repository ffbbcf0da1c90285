"""The arguments of tinybig's grids and patches, as options of rpn_zoo's geometric functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.geometry import Grid, Patches, make_patch, oversized_patches
from rpn_zoo.functions.geometry.packing import DENSEST, STRATEGIES
from rpn_zoo.interop.tinybig.context import Context

SHAPES = ("cuboid", "cylinder", "sphere")


@dataclass(frozen=True)
class PatchArguments:
    """Shape, sizes and packing of patches under tinybig's names; None as tinybig means it."""

    patch_shape: str = "cuboid"
    p_h: int | None = None
    p_h_prime: int | None = None
    p_w: int | None = None
    p_w_prime: int | None = None
    p_d: int | None = 0
    p_d_prime: int | None = None
    p_r: int | None = None
    cd_h: int | None = None
    cd_w: int | None = None
    cd_d: int | None = 1
    packing_strategy: str = DENSEST


@dataclass(frozen=True)
class PatchGrid:
    """Patches on a grid.

    Args:
        options: the options of a geometric function but its metric.
        shape: patch shape, which begins the function's name.
        volume: S, the number of cells of a patch.
        after: number of centres on each axis, the shape of the grid that comes out.
    """

    options: dict[str, Any]
    shape: str
    volume: int
    after: tuple[int, int, int]

    @property
    def count(self) -> int:
        """P, the number of patches."""
        h, w, d = self.after
        return h * w * d


def patch_grid(
    context: Context, h: int, w: int, d: int, channels: int, patch: PatchArguments
) -> PatchGrid:
    """Understand the arguments of a grid head.

    Args:
        context: its place.
        h: height.
        w: width.
        d: depth.
        channels: number of channels.
        patch: the arguments of its patches.

    Raises:
        ValueError: for an unknown shape, or a size that is missing or wrong.
    """
    grid = Grid(h, w, d, channels)
    shape = check_choice("patch_shape", patch.patch_shape, SHAPES)
    sizes = _sizes(shape, patch)
    packing = _packing(context, shape, patch)
    with oversized_patches():  # tinybig knows no limit
        made = Patches(grid, make_patch({"shape": shape, **sizes}), **packing)
    options = {"h": h, "w": w, "d": d, "channel_num": channels, **sizes, **packing}
    return PatchGrid(options, shape, made.volume, made.shape)


def _sizes(shape: str, patch: PatchArguments) -> dict[str, int]:
    """The sizes that a shape needs, with tinybig's defaults filled in."""
    needed = "p_h" if shape == "cuboid" else "p_r"
    if getattr(patch, needed) is None:
        raise ValueError(f"{needed} must be given for a patch of the shape {shape}.")
    if shape == "sphere":
        sizes = {"p_r": patch.p_r}
    elif shape == "cylinder":
        sizes = {"p_r": patch.p_r, "p_d": patch.p_d or 0, "p_d_prime": patch.p_d_prime}
    else:
        sizes = {
            "p_h": patch.p_h,
            "p_h_prime": patch.p_h_prime,
            "p_w": patch.p_h if patch.p_w is None else patch.p_w,
            "p_w_prime": patch.p_w_prime,
            "p_d": patch.p_d or 0,
            "p_d_prime": patch.p_d_prime,
        }
    return {name: size for name, size in sizes.items() if size is not None}


def _packing(context: Context, shape: str, patch: PatchArguments) -> dict[str, Any]:
    """The steps of the centres if all three are given, else the strategy."""
    steps = {"cd_h": patch.cd_h, "cd_w": patch.cd_w, "cd_d": patch.cd_d}
    if all(step is not None for step in steps.values()):
        return dict(steps)
    for name in ("cd_h", "cd_w"):
        if steps[name] is not None:
            context.at(name).warn("has no effect: tinybig needs all of cd_h, cd_w and cd_d.")
    strategy = patch.packing_strategy
    if strategy not in STRATEGIES[shape]:
        context.at("packing_strategy").warn(
            f"{strategy!r} is unknown for a {shape}: tinybig then packs most densely."
        )
        strategy = DENSEST
    return {"packing_strategy": strategy}
