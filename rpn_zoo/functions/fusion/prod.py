"""Product fusion."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class ProdFusion(EntrywiseFusion):
    r"""The product of the inputs, :math:`y = \prod_k x_k`.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> import torch
        >>> ProdFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[ 3., -8.]])
    """

    formula = "y = prod_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: product)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The product of K tensors (..., n); gradients are right at zeros too."""
        product = xs[0]
        for x in xs[1:]:
            product = product * x
        return product
