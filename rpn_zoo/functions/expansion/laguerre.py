"""Generalised Laguerre polynomials."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class LaguerreExpansion(PolynomialExpansion):
    r"""The generalised Laguerre polynomials :math:`L_n^{(\alpha)}`.

    .. math::
        L_0 = 1, \quad L_1 = 1 + \alpha - x, \quad
        n L_n = (2n-1+\alpha-x) L_{n-1} - (n-1+\alpha) L_{n-2}

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        alpha: the parameter of the family, > -1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> LaguerreExpansion(m=1, alpha=0.0)(torch.tensor([[2.0]]))
        tensor([[-1., -1.]])
    """

    formula = "kappa(x)[i d + n - 1] = L_n^(alpha)(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal on [0, inf)"

    def __init__(
        self,
        m: int,
        d: int = 2,
        alpha: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, d, preprocess_functions, postprocess_functions)
        self.alpha = check_finite("alpha", alpha)
        if self.alpha <= -1:
            raise ValueError(f"alpha must be > -1, got {alpha!r}.")

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """L_0 = 1 and L_1 = 1 + alpha - x."""
        return 1.0, (1 + self.alpha) - x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """L_n from n L_n = (2 n - 1 + alpha - x) L_(n-1) - (n - 1 + alpha) L_(n-2)."""
        rest = ((2 * n - 1 + self.alpha) / n) * last - ((n - 1 + self.alpha) / n) * older
        return torch.addcmul(rest, x, last, value=-1 / n)
