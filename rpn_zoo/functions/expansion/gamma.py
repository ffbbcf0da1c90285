"""Log densities of gamma distributions, at a squashed input."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveGammaExpansion(LogDensityExpansion):
    r"""The log density of the gamma distribution (shape 0.5, rate 1).

    .. math::
        \ln \Gamma(q; \alpha, \beta) = \alpha \ln \beta - \ln\Gamma(\alpha)
        + (\alpha - 1) \ln q - \beta q, \quad q = 0.99 \sigma(x) + 0.001


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveGammaExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.7178]])
    """

    blocks = (("gamma", 0.5, 1.0),)
    formula = "kappa(x) = ln Gamma(q; 0.5, 1), q = 0.99 sigmoid(x) + 0.001, D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive gamma expansion)"


@register
class GammaExpansion(LogDensityExpansion):
    r"""Log densities of gamma distributions of shapes 0.5, 1, 2 and rates 1, 2, in blocks.

    .. math::
        \ln \Gamma(q; \alpha, \beta) = \alpha \ln \beta - \ln\Gamma(\alpha)
        + (\alpha - 1) \ln q - \beta q, \quad q = 0.99 \sigma(x) + 0.001


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> GammaExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.7178, -0.8672, -0.4960, -0.2989, -1.1972, -0.3069]])
    """

    blocks = (
        ("gamma", 0.5, 1.0),
        ("gamma", 0.5, 2.0),
        ("gamma", 1.0, 1.0),
        ("gamma", 1.0, 2.0),
        ("gamma", 2.0, 1.0),
        ("gamma", 2.0, 2.0),
    )
    formula = "kappa(x) = [ln Gamma(q; alpha, beta)], beta = 1, 2 for alpha = .5, 1, 2, D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (gamma expansion)"
