"""Random matrix adaption reconciliation: frozen random factors, scaled by two vectors."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.frozen import Frozen
from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.low_rank import LowRankReconciliation
from rpn_zoo.functions.registry import register


@register
class RandomMatrixAdaptionReconciliation(Frozen, LowRankReconciliation):
    r"""W = diag(l1) A diag(l2) B^T with frozen Gaussian A (n, r), B (D, r); l = n + r.

    The parameters w hold l1 (n), then l2 (r). All channels share A and B,
    which are saved with the parameters.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        r: rank, >= 1.
        channels: number of independent weight matrices.
        generator: source of A, B and the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = RandomMatrixAdaptionReconciliation(n=3, D=20, r=2)
        >>> f.l, f.weight().shape, f.A.shape, f.B.shape
        (5, torch.Size([1, 3, 20]), torch.Size([3, 2]), torch.Size([20, 2]))
    """

    formula = "psi(w) = diag(l1) A diag(l2) B^T, A (n, r), B (D, r) ~ N(0, 1), l = n + r"
    size_formula = "l = n + r"
    source = "RPN 2, arXiv:2411.11162, section 4 (random matrix adaption reconciliation)"
    stateful = True
    random = True

    A: Tensor
    B: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        r: int = 2,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, r, n + check_positive_int("r", r), channels)
        generator = default_generator(generator)
        self.reset_parameters(generator, init)
        self.freeze("A", normal_(torch.empty(n, r), 1.0, generator))
        self.freeze("B", normal_(torch.empty(D, r), 1.0, generator))

    def _draw(self, generator: torch.Generator) -> None:
        std = factor_std(dense_variance(self.n, self.D), factors=2, terms=self.r)
        normal_(self.w, std, generator)

    def factors(self) -> tuple[Tensor, Tensor]:
        """The factors diag(l1) A diag(l2) (channels, n, r) and B^T (1, r, D)."""
        rows, ranks = self.w.split([self.n, self.r], dim=-1)
        return rows[:, :, None] * self.A * ranks[:, None, :], self.B.mT[None]
