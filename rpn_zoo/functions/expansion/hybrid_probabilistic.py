"""Log densities of six different distributions."""

from __future__ import annotations

from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.registry import register


@register
class HybridProbabilisticExpansion(LogDensityExpansion):
    r"""Log densities of six different distributions, in blocks.

    N(0,1), C(0,1), chi2(1), Gamma(0.5,1), L(0,1), E(1); the positive ones at q = 0.99 sigmoid(x) +
    0.001, chi2 (here Gamma(0.5,0.5)) too.


    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> HybridProbabilisticExpansion(m=1)(torch.tensor([[0.0]]))
        tensor([[-0.9189, -1.1447, -0.8163, -0.7178, -0.6931, -0.4960]])
    """

    blocks = (
        ("normal", 0.0, 1.0),
        ("cauchy", 0.0, 1.0),
        ("gamma", 0.5, 0.5),
        ("gamma", 0.5, 1.0),
        ("laplace", 0.0, 1.0),
        ("exponential", 1.0, 0.0),
    )
    formula = "kappa(x) = [ln N(x), ln C(x), ln chi2(q), ln Gamma(q), ln L(x), ln E(q)], D = 6 m"
    size_formula = "D = 6 m"
    source = "RPN, arXiv:2407.04819, section 5.1 (hybrid probabilistic expansion)"
