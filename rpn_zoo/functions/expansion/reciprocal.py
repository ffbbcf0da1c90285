"""The reciprocal expansion."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

SMALLEST = 1e-6


@register
class ReciprocalExpansion(Expansion):
    r"""The reciprocal of every input, :math:`1 / x`, with |x| kept at 1e-6 or more.

    Inputs in [-1e-6, 0) count as -1e-6 and those in [0, 1e-6] (-0 included) as 1e-6; their gradient
    is 0. The input itself is not modified.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> ReciprocalExpansion(m=3)(torch.tensor([[2.0, -0.5, 0.0]]))
        tensor([[ 5.0000e-01, -2.0000e+00,  1.0000e+06]])
    """

    formula = "kappa(x)[i] = 1 / x_i, |x_i| at least 1e-6, D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (reciprocal expansion)"
    domain = "all real numbers; of the order of 1e6 near 0"

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, m, preprocess_functions, postprocess_functions)

    def expand(self, x: Tensor) -> Tensor:
        """The clamped reciprocal: (b, m) -> (b, m)."""
        fixed = x.detach()
        limit = (fixed >= 0).to(x.dtype) * (2 * SMALLEST) - SMALLEST  # -0 counts as positive
        return torch.where(fixed.abs() <= SMALLEST, limit, x).reciprocal()
