"""Pooling by boxes: the maximum, minimum or mean of every patch of a grid."""

from __future__ import annotations

from rpn_zoo.functions.compression.geometric import GeometricCompression
from rpn_zoo.functions.geometry import Cuboid
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class CuboidMaxBasedGeometricCompression(GeometricCompression):
    """The maximum of every patch, with boxes as patches.

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
        >>> CuboidMaxBasedGeometricCompression(m=16, h=4, w=4, p_h=1, p_w=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "max", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CuboidMinBasedGeometricCompression(GeometricCompression):
    """The minimum of every patch, with boxes as patches.

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
        >>> CuboidMinBasedGeometricCompression(m=16, h=4, w=4, p_h=1, p_w=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "min", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CuboidMeanBasedGeometricCompression(GeometricCompression):
    """The mean of every patch, with boxes as patches.

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
        >>> CuboidMeanBasedGeometricCompression(m=16, h=4, w=4, p_h=1, p_w=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "mean", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip
