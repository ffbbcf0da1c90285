"""Mean fusion, the default wherever several tensors meet."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class MeanFusion(EntrywiseFusion):
    r"""The mean of the inputs, :math:`y = \frac{1}{K} \sum_k x_k`.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Example:
        >>> import torch
        >>> MeanFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[2., 3.]])
    """

    formula = "y = (1/K) sum_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: mean)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Average K tensors (..., n)."""
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return total / len(xs)
