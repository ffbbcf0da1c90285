"""Sum fusion."""

from __future__ import annotations

from rpn_zoo.functions.fusion.summation import SummationFusion
from rpn_zoo.functions.registry import register


@register
class SumFusion(SummationFusion):
    r"""The sum of the inputs, :math:`y = \sum_k x_k`: summation_fusion by another name.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> import torch
        >>> SumFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[4., 6.]])
    """

    formula = "y = sum_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: sum)"
