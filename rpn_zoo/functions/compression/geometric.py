"""Geometric compressions: a metric of every patch of a grid (pooling)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.geometry import Cuboid, Cylinder, Grid, Patch, Patches, Sphere, make_patch
from rpn_zoo.functions.geometry.patches import POOLED
from rpn_zoo.functions.metrics import Metric, Statistic
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class GeometricCompression(Compression):
    r"""A metric of every patch of a grid: entry ``c P + p`` is that of patch p in channel c.

    The centres p = (i, j, k) are the multiples of the steps, k fastest; the zeros outside the grid
    take part in the metric. The result is a grid (channel_num, shape of the centres) again.
    D = channel_num P. Boxes are pooled by torch's own kernels for max, min, mean and sum; other
    patches and metrics are read off first, b channel_num P S numbers.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        patch: ``{shape: cuboid, p_h, p_w, p_d, p_h_prime, ...}``, ``{shape: cylinder, p_r, p_d,
            p_d_prime}`` or ``{shape: sphere, p_r}``.
        metric: a name, as in :class:`MetricCompression`, or a function ``f(x, dim=...)``.
        metric_kwargs: options of the metric; ``weights`` have one number for each cell of a patch.
        d: depth of the grid; 1 for images.
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
        >>> patch = {"shape": "cuboid", "p_h": 1, "p_w": 1}
        >>> f = GeometricCompression(m=4, h=2, w=2, patch=patch, metric="mean")
        >>> f(torch.ones(1, 4))  # four ones and five zeros outside
        tensor([[0.4444, 0.4444, 0.4444, 0.4444]])
    """

    formula = "kappa(x)[c P + p] = metric over the cells of patch p in channel c, D = channel_num P"
    size_formula = "D = channel_num P, P patches"
    source = "RPN 2, arXiv:2411.11162, section 4 (geometric functions of grids)"

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        patch: Patch | Mapping[str, Any],
        metric: str | Statistic,
        metric_kwargs: Mapping[str, Any] | None = None,
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
        width = channel_num * patches.count
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.patches = patches
        self.metric = Metric(metric, metric_kwargs, patches.volume)

    def expand(self, x: Tensor) -> Tensor:
        """The metric of every patch: (b, m) -> (b, channel_num P)."""
        if self.metric.name in POOLED:
            return self.patches.pool(x, self.metric.name).flatten(1)
        y = self.metric(self.patches.read(x), 2)
        if y.shape != (len(x), self.patches.grid.channel_num, self.patches.count):
            raise ValueError(f"metric must reduce the axis dim = 2, got {tuple(y.shape)}.")
        return y.flatten(1)


@register
class CuboidPatchBasedGeometricCompression(GeometricCompression):
    """:class:`GeometricCompression` with boxes as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        metric: a name, as in :class:`MetricCompression`, or a function ``f(x, dim=...)``.
        metric_kwargs: options of the metric.
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
        >>> CuboidPatchBasedGeometricCompression(m=16, h=4, w=4, metric="std", p_h=1, p_w=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        metric: str | Statistic,
        p_h: int,
        p_w: int,
        p_d: int = 0,
        p_h_prime: int | None = None,
        p_w_prime: int | None = None,
        p_d_prime: int | None = None,
        d: int = 1,
        metric_kwargs: Mapping[str, Any] | None = None,
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
            metric, metric_kwargs, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class CylinderPatchBasedGeometricCompression(GeometricCompression):
    """:class:`GeometricCompression` with cylinders as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        metric: a name, as in :class:`MetricCompression`, or a function ``f(x, dim=...)``.
        metric_kwargs: options of the metric.
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
        >>> CylinderPatchBasedGeometricCompression(m=16, h=4, w=4, metric="std", p_r=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        metric: str | Statistic,
        p_r: int,
        p_d: int = 0,
        p_d_prime: int | None = None,
        d: int = 1,
        metric_kwargs: Mapping[str, Any] | None = None,
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
            metric, metric_kwargs, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip


@register
class SpherePatchBasedGeometricCompression(GeometricCompression):
    """:class:`GeometricCompression` with balls as patches.

    Args:
        m: input width, channel_num h w d.
        h: height of the grid.
        w: width of the grid.
        metric: a name, as in :class:`MetricCompression`, or a function ``f(x, dim=...)``.
        metric_kwargs: options of the metric.
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
        >>> SpherePatchBasedGeometricCompression(m=16, h=4, w=4, metric="std", p_r=1).D
        16
    """

    formula = GeometricCompression.formula
    source = GeometricCompression.source

    def __init__(
        self,
        m: int,
        h: int,
        w: int,
        metric: str | Statistic,
        p_r: int,
        d: int = 1,
        metric_kwargs: Mapping[str, Any] | None = None,
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
            metric, metric_kwargs, d, channel_num,
            packing_strategy, cd_h, cd_w, cd_d, preprocess_functions, postprocess_functions,
        )  # fmt: skip
