"""Hyperbolic functions and their inverses."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


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
        return torch.cat([x.sinh(), x.cosh(), x.tanh()], dim=-1)


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
        s = x.sigmoid()
        return torch.cat([s.arcsinh(), (s + 1.01).arccosh(), (0.99 * s).arctanh()], dim=-1)
