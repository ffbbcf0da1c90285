"""Metric fusion: any statistic of the K values of each entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.metrics import METRICS, REQUIRED, metric_name
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class MetricFusion(EntrywiseFusion):
    r"""A statistic of the K values of each entry, :math:`y_i = metric(x_{1,i}, \dots, x_{K,i})`.

    Args:
        dims: the widths of the inputs, all equal.
        metric: a name: ``batch_mean``, ``batch_geometric_mean``, ``batch_harmonic_mean`` (both for
            positive values), ``batch_median`` (the lower one), ``batch_mode``, ``batch_variance``,
            ``batch_std`` (both with the divisor K - 1), ``batch_skewness``, ``batch_entropy`` (for
            probabilities), ``batch_sum``, ``batch_prod``, ``batch_max``, ``batch_min``,
            ``batch_l1_norm`` or ``batch_l2_norm``, each also without ``batch_``; or a function
            (N, K) -> (N), which no config can hold.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ or the name is unknown.

    Example:
        >>> f = MetricFusion([2, 2], metric="batch_variance")
        >>> f([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[2., 2.]])
    """

    formula = "y_i = metric(x_1i, ..., x_Ki), n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: metrics)"

    def __init__(
        self,
        dims: Sequence[int],
        metric: str | Callable[[Tensor], Tensor],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(dims, preprocess_functions, postprocess_functions)
        self.metric = metric
        self._function: Callable[[Tensor], Tensor] | None = metric if callable(metric) else None
        if self._function is None:
            self._statistic = METRICS[self._name(metric)]

    @staticmethod
    def _name(metric: object) -> str:
        name = metric_name("metric", metric)
        if name in REQUIRED:
            raise ValueError(f"metric must need no argument of its own, got {metric!r}.")
        return name

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The statistic of K tensors (..., n)."""
        if self._function is None:
            return self._statistic(torch.stack(list(xs)), dim=0)
        rows = torch.stack(list(xs), dim=-1)
        return self._function(rows.flatten(0, -2)).view(rows.shape[:-1])
