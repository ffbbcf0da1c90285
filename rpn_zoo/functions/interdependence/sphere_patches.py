"""Geometric interdependence with balls as patches."""

from __future__ import annotations

from rpn_zoo.functions.geometry import Sphere
from rpn_zoo.functions.interdependence.geometric import GeometricInterdependence, radius
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class SpherePatchBasedGeometricInterdependence(GeometricInterdependence):
    """:class:`GeometricInterdependence` with balls as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_r: radius, in cells.
        r: another name of p_r.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; must be 1 in instance mode.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        interdependence_matrix_mode: ``"padding"`` or ``"aggregation"``.
        normalization: whether the matrix of each channel is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        b: number of instances; in instance mode h w d (None: taken from the grid).
        interdependence_type: see :class:`Interdependence`.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Example:
        >>> SpherePatchBasedGeometricInterdependence(m=9, h=3, w=3, p_r=1).m_prime
        63
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_r: int | None = None,
        r: int | None = None,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        interdependence_matrix_mode: str = "padding",
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Sphere(radius(p_r, r)),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            interdependence_matrix_mode, normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SpherePatchPaddingBasedGeometricInterdependence(GeometricInterdependence):
    """The cells of each patch beside each other, with balls as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_r: radius, in cells.
        r: another name of p_r.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; must be 1 in instance mode.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        normalization: whether the matrix of each channel is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        b: number of instances; in instance mode h w d (None: taken from the grid).
        interdependence_type: see :class:`Interdependence`.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Example:
        >>> SpherePatchPaddingBasedGeometricInterdependence(m=9, h=3, w=3, p_r=1).m_prime
        63
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_r: int | None = None,
        r: int | None = None,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Sphere(radius(p_r, r)),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            "padding", normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SpherePatchAggregationBasedGeometricInterdependence(GeometricInterdependence):
    """The sum of each patch, with balls as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_r: radius, in cells.
        r: another name of p_r.
        d: depth of the grid; 1 for images.
        channel_num: number of channels; must be 1 in instance mode.
        packing_strategy: a name that gives the steps; None: every cell is a centre.
        cd_h: step of the centres in height; the three are given all or none.
        cd_w: step in width.
        cd_d: step in depth.
        normalization: whether the matrix of each channel is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        b: number of instances; in instance mode h w d (None: taken from the grid).
        interdependence_type: see :class:`Interdependence`.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Example:
        >>> SpherePatchAggregationBasedGeometricInterdependence(m=9, h=3, w=3, p_r=1).m_prime
        9
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        p_r: int | None = None,
        r: int | None = None,
        d: int = 1,
        channel_num: int = 1,
        packing_strategy: str | None = None,
        cd_h: int | None = None,
        cd_w: int | None = None,
        cd_d: int | None = None,
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Sphere(radius(p_r, r)),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            "aggregation", normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip
