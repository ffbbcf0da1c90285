"""Log densities of Cauchy distributions."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveCauchyExpansion(LogDensityExpansion):
    r"""The log density of the Cauchy distribution C(0, 1).

    .. math::
        \ln C(x; \mu, s) = -\ln(\pi s) - \ln\Big(1 + \frac{(x-\mu)^2}{s^2}\Big)


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveCauchyExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-1.1447]])
    """

    blocks = (("cauchy", 0.0, 1.0),)
    formula = "kappa(x) = ln C(x; 0, 1), D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive cauchy expansion)"


@register
class CauchyExpansion(LogDensityExpansion):
    r"""Log densities of C(0,1), C(0,.5), C(1,1), C(1,.5), C(-1,1), C(-1,.5), in blocks.

    .. math::
        \ln C(x; \mu, s) = -\ln(\pi s) - \ln\Big(1 + \frac{(x-\mu)^2}{s^2}\Big)


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> CauchyExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-1.1447, -0.4516, -1.8379, -2.0610, -1.8379, -2.0610]])
    """

    blocks = (
        ("cauchy", 0.0, 1.0),
        ("cauchy", 0.0, 0.5),
        ("cauchy", 1.0, 1.0),
        ("cauchy", 1.0, 0.5),
        ("cauchy", -1.0, 1.0),
        ("cauchy", -1.0, 0.5),
    )
    formula = "kappa(x) = [ln C(x; mu, s)], s = 1, 0.5 for each mu = 0, 1, -1, D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (cauchy expansion)"
