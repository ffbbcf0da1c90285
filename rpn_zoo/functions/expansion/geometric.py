"""Geometric expansions: the patches of a grid side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.geometry import Cuboid, Cylinder, Grid, Patch, Patches, Sphere, make_patch
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class GeometricExpansion(Expansion):
    r"""Every patch of a grid: entry ``(c S + o) P + p`` is cell o of patch p in channel c.

    The centres p = (i, j, k) are the multiples of the steps, k fastest; cells outside the grid are
    0. For images and boxes this is the unfolding of a convolution (im2col). D = channel_num S P.
    The patches are gathered by one index: a pass over b D numbers, no product.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        d: depth of the grid; 1 for images.
        patch: ``{shape: cuboid, p_h, p_w, p_d, p_h_prime, ...}``, ``{shape: cylinder, p_r, p_d,
            p_d_prime}`` or ``{shape: sphere, p_r}``.
        channel_num: number of channels; m = channel_num h w d.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        preprocess_functions: applied to x before; must keep the width.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if m is not that of the grid, or a name is unknown.

    Example:
        >>> import torch
        >>> f = GeometricExpansion(m=3, h=1, w=3, patch={"shape": "cuboid", "p_h": 0, "p_w": 1})
        >>> f(torch.tensor([[1.0, 2.0, 3.0]]))  # left neighbours, the cells, right neighbours
        tensor([[0., 1., 2., 1., 2., 3., 2., 3., 0.]])
    """

    formula = (
        "kappa(x)[(c S + o) P + p] = x[c, centre_p + offset_o], 0 outside, D = channel_num S P"
    )
    size_formula = "D = channel_num S P, S cells in each of P patches"
    source = "RPN 2, arXiv:2411.11162, section 4 (geometric functions of grids)"

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        patch: Patch | Mapping[str, Any],
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        grid = Grid(h, w, d, channel_num)
        grid.check_width("m", m)
        patches = Patches(grid, make_patch(patch), packing_strategy, cd_h, cd_w, cd_d)
        width = channel_num * patches.volume * patches.count
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.patches = patches

    def expand(self, x: Tensor) -> Tensor:
        """All patches: (b, m) -> (b, channel_num S P)."""
        return self.patches.read(x).flatten(1)


@register
class CuboidPatchBasedGeometricExpansion(GeometricExpansion):
    """:class:`GeometricExpansion` with boxes as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_h: cells of a patch before its centre in height.
        p_w: the same in width.
        p_d: the same in depth.
        p_h_prime: cells after the centre in height; None: p_h.
        p_w_prime: the same in width.
        p_d_prime: the same in depth.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; m = channel_num h w d.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        preprocess_functions: applied to x before; must keep the width.
        postprocess_functions: applied to the result.

    Example:
        >>> CuboidPatchBasedGeometricExpansion(m=9, h=3, w=3, p_h=1, p_w=1).D
        81
    """

    formula = GeometricExpansion.formula
    source = GeometricExpansion.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_h: int,
        p_w: int,
        p_d: int = 0,
        p_h_prime: int | None = None,
        p_w_prime: int | None = None,
        p_d_prime: int | None = None,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Cuboid(p_h, p_w, p_d, p_h_prime, p_w_prime, p_d_prime),
            d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CylinderPatchBasedGeometricExpansion(GeometricExpansion):
    """:class:`GeometricExpansion` with cylinders as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_r: radius in height and width, in cells.
        p_d: cells before the centre in depth.
        p_d_prime: cells after the centre in depth; None: p_d.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; m = channel_num h w d.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        preprocess_functions: applied to x before; must keep the width.
        postprocess_functions: applied to the result.

    Example:
        >>> CylinderPatchBasedGeometricExpansion(m=9, h=3, w=3, p_r=1).D
        45
    """

    formula = GeometricExpansion.formula
    source = GeometricExpansion.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_r: int,
        p_d: int = 0,
        p_d_prime: int | None = None,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Cylinder(p_r, p_d, p_d_prime),
            d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SpherePatchBasedGeometricExpansion(GeometricExpansion):
    """:class:`GeometricExpansion` with balls as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_r: radius, in cells.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; m = channel_num h w d.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        preprocess_functions: applied to x before; must keep the width.
        postprocess_functions: applied to the result.

    Example:
        >>> SpherePatchBasedGeometricExpansion(m=9, h=3, w=3, p_r=1).D
        63
    """

    formula = GeometricExpansion.formula
    source = GeometricExpansion.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_r: int,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Sphere(p_r),
            d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip
