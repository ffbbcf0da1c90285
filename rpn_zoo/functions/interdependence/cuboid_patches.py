"""Geometric interdependence with boxes as patches."""

from __future__ import annotations

from rpn_zoo.functions.geometry import Cuboid
from rpn_zoo.functions.interdependence.geometric import GeometricInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class CuboidPatchBasedGeometricInterdependence(GeometricInterdependence):
    """:class:`GeometricInterdependence` with boxes as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_h: cells of a patch before its centre in height.
        p_w: the same in width.
        p_d: the same in depth.
        p_h_prime: cells after the centre in height; None: p_h.
        p_w_prime: the same in width.
        p_d_prime: the same in depth.
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
        >>> CuboidPatchBasedGeometricInterdependence(m=9, h=3, w=3, p_h=1, p_w=1).m_prime
        81
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

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
        interdependence_matrix_mode: str = "padding",
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Cuboid(p_h, p_w, p_d, p_h_prime, p_w_prime, p_d_prime),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            interdependence_matrix_mode, normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CuboidPatchPaddingBasedGeometricInterdependence(GeometricInterdependence):
    """The cells of each patch beside each other, with boxes as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_h: cells of a patch before its centre in height.
        p_w: the same in width.
        p_d: the same in depth.
        p_h_prime: cells after the centre in height; None: p_h.
        p_w_prime: the same in width.
        p_d_prime: the same in depth.
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
        >>> CuboidPatchPaddingBasedGeometricInterdependence(m=9, h=3, w=3, p_h=1, p_w=1).m_prime
        81
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

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
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Cuboid(p_h, p_w, p_d, p_h_prime, p_w_prime, p_d_prime),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            "padding", normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CuboidPatchAggregationBasedGeometricInterdependence(GeometricInterdependence):
    """The sum of each patch, with boxes as patches.

    Args:
        m: number of attributes; in attribute mode channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        p_h: cells of a patch before its centre in height.
        p_w: the same in width.
        p_d: the same in depth.
        p_h_prime: cells after the centre in height; None: p_h.
        p_w_prime: the same in width.
        p_d_prime: the same in depth.
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
        >>> CuboidPatchAggregationBasedGeometricInterdependence(m=9, h=3, w=3, p_h=1, p_w=1).m_prime
        9
    """

    formula = GeometricInterdependence.formula
    source = GeometricInterdependence.source

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
        normalization: bool = False,
        normalization_mode: str = "row_column",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, h, w, Cuboid(p_h, p_w, p_d, p_h_prime, p_w_prime, p_d_prime),
            d, channel_num, packing_strategy, cd_h, cd_w, cd_d,
            "aggregation", normalization, normalization_mode,
            b, interdependence_type, preprocess_functions, postprocess_functions,
        )  # fmt: skip
