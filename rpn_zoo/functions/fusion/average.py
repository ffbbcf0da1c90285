"""Average fusion."""

from __future__ import annotations

from rpn_zoo.functions.fusion.mean import MeanFusion
from rpn_zoo.functions.registry import register


@register
class AverageFusion(MeanFusion):
    r"""The mean of the inputs, :math:`y = \frac{1}{K} \sum_k x_k`: mean_fusion by another name.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> import torch
        >>> AverageFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[2., 3.]])
    """

    formula = "y = (1/K) sum_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: average)"
