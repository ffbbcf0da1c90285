"""Dual LPHM reconciliation: a Kronecker product of two low-rank factors."""

from __future__ import annotations

import torch

from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation, Shapes
from rpn_zoo.functions.registry import register


@register
class DualLphmReconciliation(KroneckerReconciliation):
    r"""W = (P Q) (x) (S T), P (p, r), Q (r, q), S (n/p, r), T (r, D/q), l = r (p + q + n/p + D/q).

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        p: number of rows of P, a divisor of n; None: the largest divisor up to sqrt(n).
        q: number of columns of Q, a divisor of D; None: the largest divisor up to sqrt(D).
        r: rank of both factors, >= 1.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if p does not divide n or q does not divide D.

    Example:
        >>> DualLphmReconciliation(n=64, D=615440, p=8, q=784, r=5).l
        7925
    """

    formula = "psi(w) = (P Q) (x) (S T), l = r (p + q + s + t), n = p s, D = q t"
    size_formula = "l = r (p + q + s + t), s = n / p, t = D / q"
    source = "RPN, arXiv:2407.04819, section 5.2 (dual low-rank parameterized HM reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        p: int | None = None,
        q: int | None = None,
        r: int = 2,
        layout: str = "kronecker",
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, p, q, layout, channels, r)
        self.reset_parameters(generator, init)

    @staticmethod
    def _factor_shapes(p: int, q: int, s: int, t: int, r: int) -> Shapes:
        return (p, r), (r, q), (s, r), (r, t)

    def _draw(self, generator: torch.Generator) -> None:
        std = factor_std(dense_variance(self.n, self.D), factors=4, terms=self.r**2)
        normal_(self.w, std, generator)
