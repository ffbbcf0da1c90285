"""Gegenbauer (ultraspherical) polynomials."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.expansion.polynomial import PolynomialExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class GegenbauerExpansion(PolynomialExpansion):
    r"""The Gegenbauer polynomials :math:`C_n^{(\alpha)}`.

    .. math::
        C_0 = 1, \quad C_1 = 2 \alpha x, \quad
        n C_n = 2(n-1+\alpha) x C_{n-1} - (n-2+2\alpha) C_{n-2}

    With alpha = 0 all of them vanish: it is refused.

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        alpha: the parameter of the family, > -1/2 and not 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> GegenbauerExpansion(m=1, d=3)(torch.tensor([[2.0]]))
        tensor([[ 4., 15., 56.]])
    """

    formula = "kappa(x)[i d + n - 1] = C_n^(alpha)(x_i), n = 1..d, D = m d"
    source = "NIST DLMF 18.9; RPN, arXiv:2407.04819, section 5.1"
    domain = "all real numbers; orthogonal on [-1, 1], grows like |x|^d outside"

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
        if self.alpha <= -0.5 or self.alpha == 0:
            raise ValueError(f"alpha must be > -1/2 and not 0, got {alpha!r}.")

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """C_0 = 1 and C_1 = 2 alpha x."""
        return 1.0, 2 * self.alpha * x

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """C_n from n C_n = 2 (n - 1 + alpha) x C_(n-1) - (n - 2 + 2 alpha) C_(n-2)."""
        factor = 2 * (n - 1 + self.alpha) / n
        return factor * x * last - ((n - 2 + 2 * self.alpha) / n) * older
