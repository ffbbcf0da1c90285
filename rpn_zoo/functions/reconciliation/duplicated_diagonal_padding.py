"""Duplicated diagonal padding reconciliation: one small filter on n groups of features."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import DivisibilityError, check_divides, check_positive_int
from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class DuplicatedDiagonalPaddingReconciliation(Reconciliation):
    r"""W = I_n (x) w, l = D/n: row i holds w in the columns i l .. (i+1) l - 1, else zeros.

    So z_i = sum_v k[i l + v] w[v].

    Args:
        n: number of rows of W (outputs), a divisor of D.
        D: number of columns of W (expanded features).
        p: number of repetitions; always n (None: n), kept for configs of earlier RPN software.
        q: the same as p.
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if n does not divide D, or p or q is given and is not n.

    Example:
        >>> f = DuplicatedDiagonalPaddingReconciliation(n=2, D=4)
        >>> f.l, (f.weight() != 0).int()
        (2, tensor([[[1, 1, 0, 0],
                 [0, 0, 1, 1]]], dtype=torch.int32))
    """

    formula = "psi(w) = I (n, n) (x) w, l = D / n"
    size_formula = "l = D / n"
    source = "RPN, arXiv:2407.04819, section 5.2 (duplicated diagonal padding reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        p: int | None = None,
        q: int | None = None,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        check_positive_int("D", D)
        check_divides("n", n, "D", D)
        for name, value in (("p", p), ("q", q)):
            if value is not None and value != n:
                raise DivisibilityError(f"{name} must be n = {n} (or not given), got {value!r}.")
        super().__init__(n, D, D // n, channels)
        self.reset_parameters(generator, init)

    def _draw(self, generator: torch.Generator) -> None:
        # One entry in n is not zero, so W has the variance s^2 / n over all of them.
        variance = self.n * dense_variance(self.n, self.D)
        normal_(self.w, factor_std(variance, factors=1), generator)

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        eye = torch.eye(self.n, dtype=self.w.dtype, device=self.w.device)
        return (eye[:, :, None] * self.w[:, None, None, :]).flatten(2)

    def row_sums(self) -> Tensor:
        """The sums of the rows of W, (channels, n): all are the sum of w."""
        return self.w.sum(-1, keepdim=True).expand(-1, self.n)
