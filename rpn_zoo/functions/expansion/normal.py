"""Log densities of normal distributions."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.expansion.exact import from_bits
from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveNormalExpansion(LogDensityExpansion):
    r"""The log density of N(0, 1).

    .. math::
        \ln N(x; \mu, s) = -\frac{(x-\mu)^2}{2 s^2} - \ln s - \tfrac12 \ln 2 \pi


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveNormalExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.9189]])
    """

    blocks = (("normal", 0.0, 1.0),)
    formula = "kappa(x) = ln N(x; 0, 1), D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive normal expansion)"


@register
class NormalExpansion(LogDensityExpansion):
    r"""Log densities of N(0,1), N(1,1), N(-1,1), N(0,.1), N(1,.1), N(-1,.1), in blocks.

    .. math::
        \ln N(x; \mu, s) = -\frac{(x-\mu)^2}{2 s^2} - \ln s - \tfrac12 \ln 2 \pi


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NormalExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[ -0.9189,  -1.4189,  -1.4189,   1.3836, -48.6164, -48.6164]])
    """

    blocks = (
        ("normal", 0.0, 1.0),
        ("normal", 1.0, 1.0),
        ("normal", -1.0, 1.0),
        ("normal", 0.0, 0.1),
        ("normal", 1.0, 0.1),
        ("normal", -1.0, 0.1),
    )
    formula = "kappa(x) = [ln N(x; mu, s)], mu = 0, 1, -1 with s = 1, then with s = 0.1, D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (normal expansion)"
    domain = "all real numbers; the blocks with s = 0.1 are 100 times larger: normalise after them"

    def expand(self, x: Tensor) -> Tensor:
        """All log densities of every input; both scales share the squares: (b, m) -> (b, 6 m)."""
        c, mu, _ = from_bits(self.constant_bits, x).unbind(1)  # each (6, 1)
        squares = (x.unsqueeze(1) - mu[:3]).square()
        wide, narrow = torch.add(c[:3], squares, alpha=-0.5), torch.add(c[3:], squares, alpha=-50)
        return torch.cat([wide, narrow], dim=1).flatten(1)
