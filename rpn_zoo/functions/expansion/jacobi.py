"""Jacobi polynomials."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class JacobiExpansion(PolynomialExpansion):
    r"""The Jacobi polynomials :math:`P_n^{(\alpha, \beta)}`.

    .. math::
        P_0 = 1, \quad P_1 = \tfrac12 (\alpha - \beta) + \tfrac12 (c + 2) x,
        \quad c = \alpha + \beta, \\
        2n(n+c)(2n+c-2) P_n = (2n+c-1) [(2n+c)(2n+c-2) x + \alpha^2 - \beta^2] P_{n-1}
        - 2(n+\alpha-1)(n+\beta-1)(2n+c) P_{n-2}

    alpha = beta = 0 are Legendre's, alpha = beta = -1/2 multiples of Chebyshev's polynomials.

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        alpha: the exponent of (1 - x) in the weight, > -1.
        beta: the exponent of (1 + x) in the weight, > -1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> JacobiExpansion(m=1, alpha=0.0, beta=0.0)(torch.tensor([[2.0]]))
        tensor([[2.0000, 5.5000]])
    """

    formula = "kappa(x)[i d + n - 1] = P_n^(alpha,beta)(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal on [-1, 1], grows like |x|^d outside"

    def __init__(
        self,
        m: int,
        d: int = 2,
        alpha: float = 1.0,
        beta: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, preprocess_functions, postprocess_functions)
        self.alpha, self.beta = check_finite("alpha", alpha), check_finite("beta", beta)
        for name, value in (("alpha", self.alpha), ("beta", self.beta)):
            if value <= -1:
                raise ValueError(f"{name} must be > -1, got {value!r}.")

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """P_0 = 1 and P_1 = (alpha - beta) / 2 + (alpha + beta + 2) x / 2."""
        return 1.0, 0.5 * (self.alpha + self.beta + 2) * x + 0.5 * (self.alpha - self.beta)

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """P_n by the recurrence of the class docstring, divided by 2 n (n + c) (2 n + c - 2)."""
        a, b = self.alpha, self.beta
        s = 2 * n + a + b
        scale = 2 * n * (n + a + b) * (s - 2)
        slope = (s - 1) * s * (s - 2) / scale
        shift = (s - 1) * (a * a - b * b) / scale
        back = 2 * (n + a - 1) * (n + b - 1) * s / scale
        value = slope * x * last - back * older
        return value + shift * last if shift else value
