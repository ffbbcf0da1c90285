"""The zero remainder: no residual term."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_matrix
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.remainder.base import Remainder


@register
class ZeroRemainder(Remainder):
    r"""No residual term: :math:`\pi(x) = 0`. A head skips it; it costs nothing.

    Args:
        m: input width.
        n: output width.
        activation_functions: applied to the zeros when the remainder is called alone. A head
            refuses a zero remainder with activations, since it never evaluates it.

    Example:
        >>> import torch
        >>> ZeroRemainder(m=3, n=2)(torch.ones(1, 3))
        tensor([[0., 0.]])
    """

    formula = "pi(x) = 0"
    source = "RPN, arXiv:2407.04819, section 5.3 (zero remainder)"

    def __init__(self, m: int, n: int, activation_functions: Processing = None) -> None:
        super().__init__(m, n, activation_functions)

    def remain(self, x: Tensor) -> Tensor:
        """Zeros of shape (b, n)."""
        return check_matrix("x", x, self.m).new_zeros(x.shape[0], self.n)
