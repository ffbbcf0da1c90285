"""The constant eye reconciliation: W is the identity matrix."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class ConstantEyeReconciliation(Reconciliation):
    r"""W[i, j] = 1 if i = j, else 0, rectangular where n != D; no parameters, l = 0.

    So z holds the first n expanded features, followed by zeros if D < n.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        channels: number of weight matrices, all equal.
        generator: not used; taken since owners hand one to every reconciliation.
        init: not used, ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> ConstantEyeReconciliation(n=2, D=3).weight()
        tensor([[[1., 0., 0.],
                 [0., 1., 0.]]])
    """

    formula = "psi(w) = I (n, D), l = 0"
    size_formula = "l = 0"
    source = "RPN, arXiv:2407.04819, section 5.2 (constant eye parameter reconciliation)"
    differentiable = False

    one: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, 0, channels)
        # A buffer, so that W follows the module's dtype and device.
        self.register_buffer("one", torch.tensor(1.0), persistent=False)
        self.reset_parameters(generator, init)

    def weight(self) -> Tensor:
        """The matrices, (channels, n, D)."""
        eye = torch.eye(self.n, self.D, dtype=self.one.dtype, device=self.one.device)
        return eye.expand(self.channels, -1, -1)
