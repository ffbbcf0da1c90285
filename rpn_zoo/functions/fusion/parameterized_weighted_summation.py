"""Weighted summation fusion, with learned weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.fusion.weighted_summation import weighted_sum
from rpn_zoo.functions.initialization import check_init, normal_, tinybig_
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class ParameterizedWeightedSummationFusion(EntrywiseFusion):
    r"""A sum with learned weights w (1, K), :math:`y = \sum_k w_k x_k`, l = K.

    Args:
        dims: the widths of the inputs, all equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` (y has the variance of its independent inputs) or ``"tinybig"``.

    Raises:
        ValueError: if the widths differ.

    Example:
        >>> f = ParameterizedWeightedSummationFusion([2, 2])
        >>> f.l, f.w.shape, f([torch.ones(5, 2), torch.ones(5, 2)]).shape
        (2, torch.Size([1, 2]), torch.Size([5, 2]))
    """

    formula = "y = sum_k w_k x_k, n = n_1 = ... = n_K, l = K"
    size_formula = "n = dims[0]; l = len(dims)"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: parameterized summation)"

    def __init__(
        self,
        dims: Sequence[int],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(dims, preprocess_functions, postprocess_functions)
        self.l = len(dims)
        self.w = nn.Parameter(torch.empty(1, self.l))
        self.reset_parameters(generator, init)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0)."""
        generator = default_generator(generator)
        if check_init(init) == "tinybig":
            tinybig_(self.w, generator)
        else:
            normal_(self.w, 1 / math.sqrt(self.l), generator)

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """The weighted sum of K tensors (..., n)."""
        return weighted_sum(xs, self.w[0])
