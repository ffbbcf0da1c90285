"""Max fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class MaxFusion(EntrywiseFusion):
    r"""The largest of the inputs, :math:`y = \max_k x_k`.

    Of tied inputs one gets the whole gradient.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> MaxFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[3., 2.]])
    """

    formula = "y = max_k x_k, n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: maximum)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The maximum of K tensors (..., n)."""
        return torch.stack(list(xs)).max(0).values
