"""The identity reconciliation: an ordinary dense layer."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.initialization import dense_variance, factor_std, normal_
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class IdentityReconciliation(Reconciliation):
    r"""W = w reshaped to (n, D): every entry is a parameter, l = n D.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        channels: number of independent weight matrices.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> IdentityReconciliation(n=2, D=3).weight().shape
        torch.Size([1, 2, 3])
    """

    formula = "psi(w) = w.view(n, D), l = n D"
    size_formula = "l = n D"
    source = "RPN, arXiv:2407.04819, section 5.2 (identity parameter reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, n * D, channels)
        self.reset_parameters(generator, init)

    def _draw(self, generator: torch.Generator) -> None:
        normal_(self.w, factor_std(dense_variance(self.n, self.D), factors=1), generator)

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D): a view of w."""
        return self.w.view(self.channels, self.n, self.D)
