"""Summation fusion."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.fusion.base import Fusion, equal_width
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class SummationFusion(Fusion):
    r"""The sum of the inputs, :math:`y = \sum_k x_k`.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Example:
        >>> import torch
        >>> SummationFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[4., 6.]])
    """

    formula = "y = sum_k x_k, n = n_1 = ... = n_K"
    source = "RPN, arXiv:2407.04819, section 4 (multi-head summation)"

    def __init__(
        self,
        dims: Sequence[int],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        n = equal_width("summation_fusion", dims)
        super().__init__(dims, n, preprocess_functions, postprocess_functions)

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Sum K tensors (..., n)."""
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total
