"""The identity."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.transformation import Transformation


class Identity(Transformation):
    r"""The data as they are: :math:`\kappa(x) = x`, D = m."""

    formula = "kappa(x) = x, D = m"
    size_formula = "D = m"

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, m, preprocess_functions, postprocess_functions)

    def expand(self, x: Tensor) -> Tensor:
        """Return x (b, m) itself."""
        return x
