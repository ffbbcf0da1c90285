"""The zero reconciliation: every entry of W is 0."""

from __future__ import annotations

import torch

from rpn_zoo.functions.reconciliation.constant import ConstantReconciliation
from rpn_zoo.functions.registry import register


@register
class ZeroReconciliation(ConstantReconciliation):
    r"""W = 0 in every entry, without parameters, l = 0: constant_reconciliation with c = 0.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        channels: number of weight matrices, all equal.
        generator: not used; taken since owners hand one to every reconciliation.
        init: not used, ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> ZeroReconciliation(n=1, D=2).weight()
        tensor([[[0., 0.]]])
    """

    formula = "psi(w) = 0 (n, D), l = 0"
    source = "RPN, arXiv:2407.04819, section 5.2 (zero parameter reconciliation)"

    def __init__(
        self,
        n: int,
        D: int,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, 0.0, channels, generator, init)
