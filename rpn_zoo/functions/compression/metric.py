"""Compression of each row to one number by a metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.metrics import Metric, Statistic
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class MetricCompression(Compression):
    r"""A metric of the entries of each row, :math:`\kappa(x)_{r} = metric(x_{r,1..m})`, D = 1.

    Args:
        m: input width.
        metric: a name: ``max``, ``min``, ``sum``, ``prod``, ``mean``, ``median`` (the lower one),
            ``mode`` (the smallest if several), ``variance``, ``std`` (both with the divisor m - 1:
            NaN for m = 1), ``skewness``, ``l1_norm``, ``l2_norm``, ``norm`` (with ``p``),
            ``weighted_mean`` (with ``weights``), ``geometric_mean``, ``harmonic_mean`` (both for
            x > 0), ``entropy`` (for rows x >= 0 with sum 1), each also with ``batch_`` before it;
            or a function ``f(x, dim=...)``, which no config can hold.
        metric_kwargs: options of the metric, ``{p: 3}`` or ``{weights: [...]}`` of length m.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for an unknown name or unfit options; at the call, for x outside the metric's
            domain and for a function that does not reduce its axis.

    Example:
        >>> import torch
        >>> MetricCompression(m=4, metric="median")(torch.tensor([[10.0, 1.0, 3.0, 2.0]]))
        tensor([[2.]])
        >>> MetricCompression(m=2, metric="norm", metric_kwargs={"p": 1})(torch.ones(1, 2))
        tensor([[2.]])
    """

    formula = "kappa(x) = metric(x_1, ..., x_m), D = 1"
    size_formula = "D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: statistical metrics)"
    domain = "that of the metric; all real numbers for most"

    def __init__(
        self,
        m: int,
        metric: str | Statistic,
        metric_kwargs: Mapping[str, Any] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, 1, preprocess_functions, postprocess_functions)
        self.metric = Metric(metric, metric_kwargs, m)

    def expand(self, x: Tensor) -> Tensor:
        """The metric of each row: (b, m) -> (b, 1)."""
        y = self.metric.reduce(x)
        if self.metric.name is None and y.shape != x.shape[:1]:
            raise ValueError(
                f"metric must map {tuple(x.shape)} to {tuple(x.shape[:1])}, got {tuple(y.shape)}."
            )
        return y.unsqueeze(-1)
