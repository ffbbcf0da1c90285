"""Log densities of Laplace distributions."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveLaplaceExpansion(LogDensityExpansion):
    r"""The log density of the Laplace distribution L(0, 1); its gradient at 0 is 0.

    .. math::
        \ln L(x; \mu, s) = -\ln(2 s) - \frac{|x-\mu|}{s}


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveLaplaceExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.6931]])
    """

    blocks = (("laplace", 0.0, 1.0),)
    formula = "kappa(x) = ln L(x; 0, 1), D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive laplace expansion)"


@register
class LaplaceExpansion(LogDensityExpansion):
    r"""Log densities of L(0,1), L(0,2), L(1,1), L(1,2), L(-1,1), L(-1,2), in blocks.

    .. math::
        \ln L(x; \mu, s) = -\ln(2 s) - \frac{|x-\mu|}{s}


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> LaplaceExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.6931, -1.3863, -1.6931, -1.8863, -1.6931, -1.8863]])
    """

    blocks = (
        ("laplace", 0.0, 1.0),
        ("laplace", 0.0, 2.0),
        ("laplace", 1.0, 1.0),
        ("laplace", 1.0, 2.0),
        ("laplace", -1.0, 1.0),
        ("laplace", -1.0, 2.0),
    )
    formula = "kappa(x) = [ln L(x; mu, s)], s = 1, 2 for each mu = 0, 1, -1, D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (laplace expansion)"
