"""Median fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register


@register
class MedianFusion(EntrywiseFusion):
    r"""The median of the inputs, for even K the lower of the two middle values.

    Of tied inputs one gets the whole gradient.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> MedianFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[ 1., -4.]])
    """

    formula = "y = median_k x_k (lower), n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: median)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The lower median of K tensors (..., n)."""
        return torch.stack(list(xs)).median(0).values
