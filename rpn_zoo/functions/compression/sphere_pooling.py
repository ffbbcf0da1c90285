"""Pooling by balls: the maximum, minimum or mean of every patch of a grid."""

from __future__ import annotations

from rpn_zoo.functions.compression.geometric import GeometricCompression
from rpn_zoo.functions.geometry import Sphere
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class SphereMaxBasedGeometricCompression(GeometricCompression):
    """The maximum of every patch, with balls as patches.

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
        >>> SphereMaxBasedGeometricCompression(m=16, h=4, w=4, p_r=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "max", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SphereMinBasedGeometricCompression(GeometricCompression):
    """The minimum of every patch, with balls as patches.

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
        >>> SphereMinBasedGeometricCompression(m=16, h=4, w=4, p_r=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "min", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SphereMeanBasedGeometricCompression(GeometricCompression):
    """The mean of every patch, with balls as patches.

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
        >>> SphereMeanBasedGeometricCompression(m=16, h=4, w=4, p_r=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

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
            "mean", None, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip
