"""The networks that are fitted to every equation, functions of the number of variables alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.models import mlp
from rpn_zoo.nn import RPN

Config = dict[str, Any]
TERMS, DEGREE = 4, 8
"""Of the RPN: number of terms, and degree of the Chebyshev polynomials of each variable."""


def rpn_config(variables: int, terms: int = TERMS, degree: int = DEGREE) -> Config:
    r"""A sum of products of an exponential and a polynomial, both additive in the variables.

    .. math:: y = c + \sum_{k=1}^{R} a_k \exp\Big(p_k + \sum_i P_{ki}(x_i)\Big)
        \Big(q_k + \sum_i Q_{ki}(x_i)\Big)

    Each P and Q is a Chebyshev series of the given degree. The first layer has two heads (Chebyshev
    expansion, identity reconciliation), one followed by exp, fused by their product; the second is
    linear. A monomial such as x^2 y / z is one term, as is a sine times such a monomial.

    Args:
        variables: their number v.
        terms: R.
        degree: of the polynomials.

    Example:
        >>> RPN(rpn_config(2)).num_parameters  # 2 R (v d + 1) + R + 1
        141
    """
    check_positive_int("variables", variables)
    head = {"expansion": {"name": "chebyshev_expansion", "d": degree}, "bias": True}
    product = {"heads": [{**head, "output_functions": ["exp"]}, head], "fusion": "prod_fusion"}
    linear = {"heads": [{"bias": True}]}
    return {"dims": [variables, terms, 1], "layers": [product, linear]}


def mlp_config(variables: int, parameters: int) -> Config:
    """A perceptron with two hidden tanh layers of the width that comes nearest to a size.

    Args:
        variables: their number.
        parameters: the number of parameters to come near to.

    Example:
        >>> RPN(mlp_config(2, 141)).num_parameters
        151
    """

    def made(width: int) -> Config:
        return mlp([variables, width, width, 1], activation="tanh").config

    return _nearest(made, parameters)


def kan_config(variables: int, parameters: int) -> Config:
    """A KAN with one hidden layer of the width that comes nearest to a size.

    Cubic B-splines on 5 intervals of [-1, 1], where the inputs are, and of [-2, 2] for the hidden
    values, with a SiLU residual.

    Args:
        variables: their number.
        parameters: the number of parameters to come near to.

    Example:
        >>> RPN(kan_config(2, 141)).num_parameters
        135
    """

    def layer(reach: float) -> Config:
        splines = {"name": "bspline_expansion", "grid_range": [-reach, reach], "t": 5, "d": 3}
        remainder = {"name": "linear_remainder", "activation_functions": "silu"}
        return {"heads": [{"expansion": splines, "remainder": remainder}]}

    def made(width: int) -> Config:
        return {"dims": [variables, width, 1], "layers": [layer(1.0), layer(2.0)]}

    return _nearest(made, parameters)


MODELS: dict[str, Callable[[int], Config]] = {
    "rpn": rpn_config,
    "mlp": lambda variables: mlp_config(variables, _size(variables)),
    "kan": lambda variables: kan_config(variables, _size(variables)),
}
"""The networks by name; the sizes of all follow that of the RPN."""


def _size(variables: int) -> int:
    return RPN(rpn_config(variables)).num_parameters


def _nearest(make: Callable[[int], Config], parameters: int) -> Config:
    """The config of the width whose number of parameters is nearest, the narrower of two."""
    width, below = 1, RPN(make(1)).num_parameters
    while (above := RPN(make(width + 1)).num_parameters) <= parameters:
        width, below = width + 1, above
    closer = above - parameters < parameters - below
    return make(width + 1 if closer else width)
