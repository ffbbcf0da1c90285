"""The constant remainder: a fixed number added to every output."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_matrix
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.remainder.base import Remainder


@register
class ConstantRemainder(Remainder):
    r"""A fixed number in every output: :math:`\pi(x) = act(c)`, without parameters.

    Args:
        m: input width.
        n: output width, any.
        c: the number.
        activation_functions: applied to c, in order.

    Raises:
        ValueError: if c is not a finite number.

    Example:
        >>> import torch
        >>> ConstantRemainder(m=3, n=2, c=0.5)(torch.ones(1, 3))
        tensor([[0.5000, 0.5000]])
    """

    formula = "pi(x) = act(c)"
    source = "RPN, arXiv:2407.04819, section 5.3 (constant remainder)"
    differentiable = False

    def __init__(
        self, m: int, n: int, c: float = 1.0, activation_functions: Processing = None
    ) -> None:
        super().__init__(m, n, activation_functions)
        self.c = check_finite("c", c)

    def remain(self, x: Tensor) -> Tensor:
        """The number c in an array (b, n) of the dtype of x (b, m)."""
        return check_matrix("x", x, self.m).new_full((x.shape[0], self.n), self.c)
