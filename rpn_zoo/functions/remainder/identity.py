"""The identity remainder: a residual connection."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_matrix
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.remainder.base import Remainder


@register
class IdentityRemainder(Remainder):
    r"""A residual connection: :math:`\pi(x) = act(x)`, m = n.

    Args:
        m: input width.
        n: output width, equal to m.
        activation_functions: applied to x, in order.

    Raises:
        ValueError: if m != n.

    Example:
        >>> import torch
        >>> IdentityRemainder(m=2, n=2, activation_functions="relu")(torch.tensor([[1.0, -1.0]]))
        tensor([[1., 0.]])
    """

    formula = "pi(x) = act(x), m = n"
    source = "RPN, arXiv:2407.04819, section 5.3 (identity remainder)"

    def __init__(self, m: int, n: int, activation_functions: Processing = None) -> None:
        super().__init__(m, n, activation_functions)
        if m != n:
            raise ValueError(
                f"identity_remainder needs n = m, got m = {m}, n = {n}; "
                "linear_remainder maps between different widths."
            )

    def remain(self, x: Tensor) -> Tensor:
        """Return x (b, m) itself."""
        return check_matrix("x", x, self.m)
