"""Trigonometric functions and their inverses."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def trigonometric(x: Tensor) -> Tensor:
    """The blocks sin x, cos x, tan x: (b, m) -> (b, 3 m)."""
    sine, cosine = x.sin(), x.cos()
    return torch.cat([sine, cosine, sine / cosine], dim=-1)


def trigonometric_pullback(x: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of x, which needs no further sine."""
    sine, cosine, tangent = y.chunk(3, dim=-1)
    by_sine, by_cosine, by_tangent = g.chunk(3, dim=-1)
    secant = torch.addcmul(by_tangent, by_tangent, tangent * tangent)
    return secant + by_sine * cosine - by_cosine * sine


@register
class TrigonometricExpansion(Expansion):
    r"""Blocks sin x, cos x, tan x, each of width m; D = 3 m.

    The tangent is unbounded near odd multiples of pi / 2: choose a pre-processing that bounds x.
    Costs two sines an input; the gradient takes them from the result.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> TrigonometricExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[0., 1., 0.]])
    """

    formula = "kappa(x) = [sin x, cos x, tan x], D = 3 m"
    size_formula = "D = 3 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (trigonometric expansion)"
    domain = "|x| < pi / 2; tan x has poles at odd multiples of pi / 2"

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = 3 * check_positive_int("m", m)
        super().__init__(m, width, preprocess_functions, postprocess_functions)

    def expand(self, x: Tensor) -> Tensor:
        """The three functions of every input: (b, m) -> (b, 3 m)."""
        return with_gradient(trigonometric, trigonometric_pullback, x)


@register
class ArcTrigonometricExpansion(TrigonometricExpansion):
    r"""Blocks arcsin(0.99 s), arccos(0.99 s), arctan s of the sigmoid s of x; D = 3 m.

    The sigmoid keeps values and gradients finite for every x.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> ArcTrigonometricExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[0.5178, 1.0530, 0.4636]])
    """

    formula = "kappa(x) = [arcsin(0.99 s), arccos(0.99 s), arctan s], s = sigmoid(x), D = 3 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (arc trigonometric expansion)"
    domain = "all real numbers"

    def expand(self, x: Tensor) -> Tensor:
        """The three functions of every squashed input: (b, m) -> (b, 3 m)."""
        s = x.sigmoid()
        inner = 0.99 * s
        return torch.cat([inner.arcsin(), inner.arccos(), s.arctan()], dim=-1)
