"""The one reconciliation: every entry of W is 1."""

from __future__ import annotations

import torch

from rpn_zoo.functions.reconciliation.constant import ConstantReconciliation
from rpn_zoo.functions.registry import register


@register
class OneReconciliation(ConstantReconciliation):
    r"""W = 1 in every entry, without parameters, l = 0: constant_reconciliation with c = 1.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        channels: number of weight matrices, all equal.
        generator: not used; taken since owners hand one to every reconciliation.
        init: not used, ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> OneReconciliation(n=1, D=2).weight()
        tensor([[[1., 1.]]])
    """

    formula = "psi(w) = 1 (n, D), l = 0"
    source = "RPN, arXiv:2407.04819, section 5.2 (one parameter reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, 1.0, channels, generator, init)
