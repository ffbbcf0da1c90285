"""Log densities of exponential distributions, at a squashed input."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveExponentialExpansion(LogDensityExpansion):
    r"""The log density of the exponential distribution of rate 0.5.

    .. math::
        \ln E(q; \lambda) = \ln \lambda - \lambda q, \quad q = 0.99 \sigma(x) + 0.001


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveExponentialExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.9411]])
    """

    blocks = (("exponential", 0.5, 0.0),)
    formula = "kappa(x) = ln 0.5 - 0.5 q, q = 0.99 sigmoid(x) + 0.001, D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive exponential expansion)"


@register
class ExponentialExpansion(LogDensityExpansion):
    r"""Log densities of exponential distributions of six rates, in blocks.

    .. math::
        \ln E(q; \lambda) = \ln \lambda - \lambda q, \quad q = 0.99 \sigma(x) + 0.001

    All blocks are affine in q, hence multiples of each other up to a constant.


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> ExponentialExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.9411, -0.6597, -0.4960, -0.2989, -0.3894, -0.8706]])
    """

    blocks = (
        ("exponential", 0.5, 0.0),
        ("exponential", 0.75, 0.0),
        ("exponential", 1.0, 0.0),
        ("exponential", 2.0, 0.0),
        ("exponential", 3.0, 0.0),
        ("exponential", 5.0, 0.0),
    )
    formula = "kappa(x) = [ln lambda - lambda q], lambda = .5, .75, 1, 2, 3, 5, D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (exponential expansion)"
