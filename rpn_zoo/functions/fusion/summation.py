"""Summation fusion."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class SummationFusion(EntrywiseFusion):
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

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Sum K tensors (..., n)."""
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total
