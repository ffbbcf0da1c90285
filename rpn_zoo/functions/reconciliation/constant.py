"""The constant reconciliation: every entry of W is the same number."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class ConstantReconciliation(Reconciliation):
    r"""W = c in every entry, without parameters, l = 0. So z_i = c sum_j k_j for every i.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        c: the entries' value.
        channels: number of weight matrices, all equal.
        generator: not used; taken since owners hand one to every reconciliation.
        init: not used, ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if c is not a finite number.

    Example:
        >>> f = ConstantReconciliation(n=2, D=3, c=0.5)
        >>> f.l, f.weight()
        (0, tensor([[[0.5000, 0.5000, 0.5000],
                 [0.5000, 0.5000, 0.5000]]]))
    """

    formula = "psi(w) = c 1 (n, D), l = 0"
    size_formula = "l = 0"
    source = "RPN, arXiv:2407.04819, section 5.2 (constant parameter reconciliation)"
    differentiable = False

    value: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        c: float = 1.0,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, 0, channels)
        self.c = check_finite("c", c)
        # A buffer, so that W follows the module's dtype and device; not saved, the config has c.
        self.register_buffer("value", torch.tensor(self.c), persistent=False)
        self.reset_parameters(generator, init)

    def weight(self) -> Tensor:
        """The matrices, (channels, n, D): one number, expanded."""
        return self.value.expand(self.channels, self.n, self.D)

    def row_sums(self) -> Tensor:
        """The sums of the rows of W, (channels, n): c D."""
        return (self.value * self.D).expand(self.channels, self.n)
