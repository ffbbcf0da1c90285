"""L2 norm fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def l2_norm(x: Tensor) -> Tensor:
    """The norm over the first axis."""
    if x.dtype in (torch.float16, torch.bfloat16):  # the squares need a wider range
        return torch.linalg.vector_norm(x, dim=0)
    return x.square().sum(0).sqrt_()


def l2_norm_pullback(x: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of x; 0 where the norm is."""
    return x * (g / (y + (y == 0)))


@register
class L2NormFusion(EntrywiseFusion):
    r"""The Euclidean norm over the inputs, :math:`y = \sqrt{\sum_k x_k^2}`.

    The gradient is 0 where all inputs are 0.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> L2NormFusion([2, 2])([torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, -4.0]])])
        tensor([[3.1623, 4.4721]])
    """

    formula = "y = sqrt(sum_k x_k^2), n = n_1 = ... = n_K"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: l2 norm)"

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The l2 norm over K tensors (..., n)."""
        return with_gradient(l2_norm, l2_norm_pullback, torch.stack(list(xs)))
