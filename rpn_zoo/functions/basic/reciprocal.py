"""The clamped reciprocal."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.transformation import Transformation

SMALLEST = 1e-6


class Reciprocal(Transformation):
    r"""The reciprocal of every input, :math:`1 / x`, with |x| kept at 1e-6 or more."""

    formula = "kappa(x)[i] = 1 / x_i, |x_i| at least 1e-6, D = m"
    size_formula = "D = m"
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
