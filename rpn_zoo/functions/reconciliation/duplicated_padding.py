"""Duplicated padding reconciliation: one small matrix, repeated as blocks."""

from __future__ import annotations

import torch

from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.kronecker import Factors, KroneckerReconciliation, Shapes
from rpn_zoo.functions.registry import register


@register
class DuplicatedPaddingReconciliation(KroneckerReconciliation):
    r"""W = 1 (x) B, 1 the (p, q) matrix of ones, B (n/p, D/q) the parameters, l = (n/p)(D/q).

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        p: how often B is repeated downwards, a divisor of n.
        q: how often B is repeated sideways, a divisor of D; None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if p does not divide n or q does not divide D.

    Example:
        >>> f = DuplicatedPaddingReconciliation(n=4, D=6, p=2, q=3)
        >>> f.l, f.weight().shape
        (4, torch.Size([1, 4, 6]))
    """

    formula = "psi(w) = 1 (p, q) (x) w.view(s, t), n = p s, D = q t, l = s t"
    size_formula = "l = s t, s = n / p, t = D / q"
    source = "RPN, arXiv:2407.04819, section 5.2 (duplicated padding reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        p: int = 2,
        q: int | None = None,
        layout: str = "kronecker",
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, p, p if q is None else q, layout, channels)
        self.reset_parameters(generator, init)

    @staticmethod
    def _factor_shapes(p: int, q: int, s: int, t: int, r: int) -> Shapes:
        return None, None, None, (s, t)

    def factors(self) -> Factors:
        """The factors of the Kronecker product: Q holds ones, T is w."""
        ones = self.w.new_ones(()).expand(self.channels, self.p, self.q)
        return Factors(None, ones, None, self.w.unflatten(-1, (self.s, self.t)))

    def _draw(self, generator: torch.Generator) -> None:
        normal_(self.w, factor_std(dense_variance(self.n, self.D), factors=1), generator)
