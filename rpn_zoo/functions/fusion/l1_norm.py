"""L1 norm fusion."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class L1NormFusion(EntrywiseFusion):
    r"""The sum of absolute values, :math:`y = \sum_k |x_k|`.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> import torch
        >>> L1NormFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[4., 6.]])
    """

    formula = "y = sum_k |x_k|, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: l1 norm)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The l1 norm over K tensors (..., n)."""
        total = xs[0].abs()
        for x in xs[1:]:
            total = total + x.abs()
        return total
