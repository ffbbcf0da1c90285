"""Concatenation fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.fusion.base import Fusion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class ConcatenationFusion(Fusion):
    r"""The inputs side by side, :math:`y = [x_1, \dots, x_K]`, n = n_1 + ... + n_K.

    As the fusion of a layer of width n each of the K heads has width n / K.

    Args:
        dims: the widths of the inputs.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.

    Example:
        >>> ConcatenationFusion([1, 2])([torch.tensor([[1.0]]), torch.tensor([[3.0, 4.0]])])
        tensor([[1., 3., 4.]])
    """

    formula = "y = [x_1, ..., x_K], n = n_1 + ... + n_K"
    size_formula = "n = sum(dims); l = 0"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: concatenation)"

    def __init__(
        self,
        dims: Sequence[int],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(dims, sum(dims), preprocess_functions, postprocess_functions)

    @classmethod
    def input_dims(cls, n: int, count: int) -> list[int]:
        """The width n / count of each input for an output of width n."""
        if n % count:
            raise ValueError(
                f"concatenation_fusion: the width n = {n} must be a multiple of the number of "
                f"inputs, {count}."
            )
        return [n // count] * count

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Concatenate K tensors (..., n_k) along the last axis."""
        return torch.cat(list(xs), dim=-1)
