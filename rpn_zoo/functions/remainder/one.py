"""The one remainder: 1 added to every output."""

from __future__ import annotations

from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.remainder.constant import ConstantRemainder


@register
class OneRemainder(ConstantRemainder):
    r"""One in every output: :math:`\pi(x) = act(1)`, constant_remainder with c = 1.

    Args:
        m: input width.
        n: output width, any.
        activation_functions: applied to 1, in order.

    Example:
        >>> import torch
        >>> OneRemainder(m=3, n=2)(torch.ones(1, 3))
        tensor([[1., 1.]])
    """

    formula = "pi(x) = act(1)"
    source = "RPN, arXiv:2407.04819, section 5.3 (one remainder)"

    def __init__(self, m: int, n: int, activation_functions: Processing = None) -> None:
        super().__init__(m, n, 1.0, activation_functions)
