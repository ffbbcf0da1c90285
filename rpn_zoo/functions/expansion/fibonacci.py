"""Fibonacci polynomials."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class FibonacciExpansion(PolynomialExpansion):
    r"""The Fibonacci polynomials; the first one is the constant 1.

    .. math::
        F_0 = 0, \quad F_1 = 1, \quad F_n = x F_{n-1} + F_{n-2}

    With d = 1 the output is constant and has no gradient.

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> FibonacciExpansion(m=1, d=4)(torch.tensor([[1.0]]))
        tensor([[1., 1., 2., 3.]])
    """

    formula = "kappa(x)[i d + n - 1] = F_n(x_i), n = 1..d, D = m d"
    source = "Bicknell, Fibonacci Quarterly 8 (1970); RPN, arXiv:2407.04819, section 5.1"
    depends = (("differentiable", "not for d = 1"),)
    domain = "all real numbers; grows like |x|^(d-1)"

    def __init__(
        self,
        m: int,
        d: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, preprocess_functions, postprocess_functions)
        self.differentiable = d > 1

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """F_0 = 0 and F_1 = 1."""
        return 0.0, torch.ones_like(x)

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """F_n = x F_(n-1) + F_(n-2)."""
        return x * last + older
