"""Hyperbolic functions and their inverses."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def hyperbolic(x: Tensor) -> Tensor:
    """The blocks sinh x, cosh x, tanh x: (b, m) -> (b, 3 m).

    One exponential and one tanh; sinh = cosh tanh is accurate near 0, too, and the square of
    exp(|x| / 2) overflows where cosh does, not earlier as exp(|x|) would.
    """
    root, tanh = (0.5 * x.abs()).exp(), x.tanh()
    cosh = 0.5 * root * root + 0.5 / root / root
    return torch.cat([cosh * tanh, cosh, tanh], dim=-1)


def hyperbolic_pullback(x: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of x, which needs no further exponential."""
    sinh, cosh, tanh = y.chunk(3, dim=-1)
    by_sinh, by_cosh, by_tanh = g.chunk(3, dim=-1)
    return by_sinh * cosh + by_cosh * sinh + (by_tanh - by_tanh * tanh * tanh)


def arc_hyperbolic(x: Tensor) -> Tensor:
    """The blocks arcsinh s, arccosh(s + 1.01), arctanh(0.99 s), s = sigmoid(x): (b, m) -> (b, 3 m).

    All by arctanh, the only one of the three with a fast implementation.
    """
    s = x.sigmoid()
    v = s + 1.01
    of_sinh = s / (s * s + 1).sqrt()
    of_cosh = ((v - 1) * (v + 1)).sqrt() / v
    return torch.cat([of_sinh.atanh(), of_cosh.atanh(), (0.99 * s).atanh()], dim=-1)


def arc_hyperbolic_pullback(x: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of x: no inverse function is needed."""
    s = x.sigmoid()
    by_sinh, by_cosh, by_tanh = g.chunk(3, dim=-1)
    by_s = by_sinh * (s * s + 1).rsqrt() + by_cosh * ((s + 0.01) * (s + 2.01)).rsqrt()
    by_s = by_s + 0.99 * by_tanh / ((1 - 0.99 * s) * (1 + 0.99 * s))
    return by_s * (s - s * s)


@register
class HyperbolicExpansion(Expansion):
    r"""Blocks sinh x, cosh x, tanh x, each of width m; D = 3 m.

    sinh and cosh overflow in float32 for |x| > 89: choose a pre-processing that bounds x.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> HyperbolicExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[0., 1., 0.]])
    """

    formula = "kappa(x) = [sinh x, cosh x, tanh x], D = 3 m"
    size_formula = "D = 3 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (hyperbolic expansion)"
    domain = "|x| < 89 in float32 (11 in float16), where sinh and cosh overflow"

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
        return with_gradient(hyperbolic, hyperbolic_pullback, x)


@register
class ArcHyperbolicExpansion(HyperbolicExpansion):
    r"""Blocks arcsinh s, arccosh(s + 1.01), arctanh(0.99 s) of the sigmoid s of x; D = 3 m.

    The sigmoid keeps values and gradients finite for every x.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> ArcHyperbolicExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[0.4812, 0.9713, 0.5427]])
    """

    formula = "kappa(x) = [arcsinh s, arccosh(s + 1.01), arctanh(0.99 s)], s = sigmoid(x), D = 3 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (arc hyperbolic expansion)"
    domain = "all real numbers"

    def expand(self, x: Tensor) -> Tensor:
        """The three functions of every squashed input: (b, m) -> (b, 3 m)."""
        return with_gradient(arc_hyperbolic, arc_hyperbolic_pullback, x)
