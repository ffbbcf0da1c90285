"""Hypercomplex-multiplication reconciliation (HM): a Kronecker product of two full factors."""

from __future__ import annotations

import torch

from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation, Shapes
from rpn_zoo.functions.registry import register


@register
class HmReconciliation(KroneckerReconciliation):
    r"""W = A (x) B, A (p, q), B (n/p, D/q), l = p q + (n/p)(D/q).

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        p: number of rows of A, a divisor of n; None: the largest divisor up to sqrt(n).
        q: number of columns of A, a divisor of D; None: the largest divisor up to sqrt(D).
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if p does not divide n or q does not divide D.

    Example:
        >>> f = HmReconciliation(n=4, D=6, p=2, q=3)
        >>> f.l, f.weight().shape
        (10, torch.Size([1, 4, 6]))
    """

    formula = "psi(w) = A (x) B, A (p, q), B (s, t), n = p s, D = q t, l = p q + s t"
    size_formula = "l = p q + s t, s = n / p, t = D / q"
    source = "RPN, arXiv:2407.04819, section 5.2 (hypercomplex multiplication reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, p, q, layout, channels)
        self.reset_parameters(generator, init)

    @staticmethod
    def _factor_shapes(p: int, q: int, s: int, t: int, r: int) -> Shapes:
        return None, (p, q), None, (s, t)

    def _draw(self, generator: torch.Generator) -> None:
        std = factor_std(dense_variance(self.n, self.D), factors=2)
        normal_(self.w, std, generator)
