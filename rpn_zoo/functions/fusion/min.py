"""Min fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class MinFusion(EntrywiseFusion):
    r"""The smallest of the inputs, :math:`y = \min_k x_k`.

    Of tied inputs one gets the whole gradient.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> MinFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[ 1., -4.]])
    """

    formula = "y = min_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: minimum)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The minimum of K tensors (..., n)."""
        return torch.stack(list(xs)).min(0).values
