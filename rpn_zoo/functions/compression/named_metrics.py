"""Compressions of each row to its maximum, minimum, sum, mean, product or median."""

from __future__ import annotations

from typing import ClassVar

from rpn_zoo.functions.compression.metric import MetricCompression
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


class NamedMetricCompression(MetricCompression):
    """metric_compression with the metric that the subclass names.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
    """

    metric_name: ClassVar[str]
    domain = "all real numbers"

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, self.metric_name, None, preprocess_functions, postprocess_functions)


@register
class MaxCompression(NamedMetricCompression):
    r"""The largest entry of each row, D = 1.

    Of tied entries the first gets the whole gradient.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> MaxCompression(m=3)(torch.tensor([[1.0, 3.0, 2.0]]))
        tensor([[3.]])
    """

    metric_name = "max"
    formula = "kappa(x) = max_i x_i, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: max)"


@register
class MinCompression(NamedMetricCompression):
    r"""The smallest entry of each row, D = 1.

    Of tied entries the first gets the whole gradient.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> MinCompression(m=3)(torch.tensor([[1.0, 3.0, 2.0]]))
        tensor([[1.]])
    """

    metric_name = "min"
    formula = "kappa(x) = min_i x_i, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: min)"


@register
class SumCompression(NamedMetricCompression):
    r"""The sum of the entries of each row, D = 1.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> SumCompression(m=3)(torch.tensor([[1.0, 3.0, 2.0]]))
        tensor([[6.]])
    """

    metric_name = "sum"
    formula = "kappa(x) = sum_i x_i, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: sum)"


@register
class MeanCompression(NamedMetricCompression):
    r"""The mean of the entries of each row, D = 1.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> MeanCompression(m=3)(torch.tensor([[1.0, 3.0, 2.0]]))
        tensor([[2.]])
    """

    metric_name = "mean"
    formula = "kappa(x) = (1/m) sum_i x_i, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: mean)"


@register
class ProdCompression(NamedMetricCompression):
    r"""The product of the entries of each row, D = 1.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> ProdCompression(m=3)(torch.tensor([[1.0, 3.0, 2.0]]))
        tensor([[6.]])
    """

    metric_name = "prod"
    formula = "kappa(x) = prod_i x_i, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: prod)"


@register
class MedianCompression(NamedMetricCompression):
    r"""The lower median of the entries of each row, D = 1.

    Args:
        m: input width.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Example:
        >>> import torch
        >>> MedianCompression(m=4)(torch.tensor([[1.0, 10.0, 3.0, 2.0]]))
        tensor([[2.]])
    """

    metric_name = "median"
    formula = "kappa(x) = median_i x_i: sorted entry number (m - 1) // 2, D = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: median)"
