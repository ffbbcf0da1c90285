"""Lucas polynomials."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.registry import register


@register
class LucasExpansion(PolynomialExpansion):
    r"""The Lucas polynomials.

    .. math::
        L_0 = 2, \quad L_1 = x, \quad L_n = x L_{n-1} + L_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> LucasExpansion(m=1, d=4)(torch.tensor([[1.0]]))
        tensor([[1., 3., 4., 7.]])
    """

    formula = "kappa(x)[i d + n - 1] = L_n(x_i), n = 1..d, D = m d"
    source = "Bicknell, Fibonacci Quarterly 8 (1970); RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; grows like |x|^d"

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """L_0 = 2 and L_1 = x."""
        return 2.0, x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """L_n = x L_(n-1) + L_(n-2)."""
        return x * last + older
