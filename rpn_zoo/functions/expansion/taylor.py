"""Taylor's polynomial expansion: all products of up to d inputs."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class TaylorExpansion(PowersExpansion):
    r"""Taylor's polynomial expansion :math:`\kappa(x) = [x, x \otimes x, \dots, x^{\otimes d}]`.

    D = m + m^2 + ... + m^d (615,440 for 784 pixels and d = 2): a head contracts it with its
    parameters without ever building it where a rule exists (:mod:`rpn_zoo.functions.rules`).

    Args:
        m: input width.
        d: highest order, >= 1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data; ``layer_norm`` costs O(m) here.

    Example:
        >>> import torch
        >>> TaylorExpansion(m=2, d=2)(torch.tensor([[2.0, 3.0]]))
        tensor([[2., 3., 4., 6., 6., 9.]])
    """

    formula = "kappa(x) = [x, x(x)x, ..., x^(x)d], D = m + m^2 + ... + m^d"
    size_formula = "D = sum(m^p, p = 1..d)"
    source = "RPN, arXiv:2407.04819, section 5.1 (Taylor's polynomials expansion)"

    def __init__(
        self,
        m: int,
        d: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            check_positive_int("m", m),
            check_positive_int("d", d),
            preprocess_functions,
            postprocess_functions,
        )

    def row(self, x: Tensor) -> Tensor:
        """The data themselves."""
        return x
