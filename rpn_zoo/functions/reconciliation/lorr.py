"""Low-rank reconciliation (LoRR)."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.low_rank import LowRankReconciliation
from rpn_zoo.functions.registry import register


@register
class LorrReconciliation(LowRankReconciliation):
    r"""W = A B of rank r, with A (n, r) and B (r, D) stored one after the other, l = r (n + D).

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        r: rank, >= 1.
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = LorrReconciliation(n=3, D=20, r=2)
        >>> f.l, f.weight().shape
        (46, torch.Size([1, 3, 20]))
    """

    formula = "psi(w) = A B, A (n, r), B (r, D), l = r (n + D)"
    size_formula = "l = r (n + D)"
    source = "RPN, arXiv:2407.04819, section 5.2 (low-rank parameter reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        r: int = 2,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, r, check_positive_int("r", r) * (n + D), channels)
        self.reset_parameters(generator, init)

    def _draw(self, generator: torch.Generator) -> None:
        std = factor_std(dense_variance(self.n, self.D), factors=2, terms=self.r)
        normal_(self.w, std, generator)

    def factors(self) -> tuple[Tensor, Tensor]:
        """The factors A (channels, n, r) and B (channels, r, D), views of w."""
        A, B = self.w.split([self.n * self.r, self.r * self.D], dim=-1)
        return A.view(-1, self.n, self.r), B.view(-1, self.r, self.D)
