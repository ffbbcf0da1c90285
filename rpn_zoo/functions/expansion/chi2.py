"""Log densities of chi-squared distributions, at a squashed input."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class NaiveChi2Expansion(LogDensityExpansion):
    r"""The log density of the chi-squared distribution with one degree of freedom.

    .. math::
        \ln \chi^2_k(q) = -\tfrac{k}{2} \ln 2 - \ln\Gamma(\tfrac{k}{2})
        + (\tfrac{k}{2} - 1) \ln q - \tfrac{q}{2}, \quad q = \sigma(x) + 0.001


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> NaiveChi2Expansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.8239]])
    """

    blocks = (("chi2", 1.0, 0.0),)
    formula = "kappa(x) = ln chi2_1(q), q = sigmoid(x) + 0.001, D = m"
    size_formula = "D = m"
    source = "RPN, arXiv:2407.04819, section 5.1 (naive chi2 expansion)"


@register
class Chi2Expansion(LogDensityExpansion):
    r"""Log densities of chi-squared distributions with 1 and 2 degrees of freedom, in blocks.

    .. math::
        \ln \chi^2_k(q) = -\tfrac{k}{2} \ln 2 - \ln\Gamma(\tfrac{k}{2})
        + (\tfrac{k}{2} - 1) \ln q - \tfrac{q}{2}, \quad q = \sigma(x) + 0.001


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> Chi2Expansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.8239, -0.9436]])
    """

    blocks = (
        ("chi2", 1.0, 0.0),
        ("chi2", 2.0, 0.0),
    )
    formula = "kappa(x) = [ln chi2_1(q), ln chi2_2(q)], q = sigmoid(x) + 0.001, D = 2 m"
    size_formula = "D = 2 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (chi2 expansion)"
