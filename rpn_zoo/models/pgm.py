"""A probabilistic graphical model as an RPN: log densities of tuples of features."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.models.parts import stacked
from rpn_zoo.nn import RPN


def pgm(
    dims: Sequence[int],
    d: int = 2,
    with_replacement: bool = False,
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    bias: bool = True,
    seed: int = 0,
) -> RPN:
    r"""A graphical model over all tuples: :math:`\sum_T w_{cT} \log p(x_T) + b_c`.

    T runs over all tuples of up to d features, p is their joint standard normal density.

    Args:
        dims: the widths [d_0, ..., d_K]; two for the model proper.
        d: largest number of features in a tuple.
        with_replacement: whether a feature may stand in a tuple several times.
        reconciliation: psi of all layers.
        remainder: pi of all layers.
        bias: whether layers have a bias.
        seed: seed of the initial weights.

    Raises:
        ValueError: if d is larger than a width, or for bad sizes.

    Example:
        >>> pgm([4, 3]).num_parameters  # 3 (4 + 6) + 3
        33
    """
    head = {
        "expansion": {
            "name": "combinatorial_normal_expansion",
            "d": d,
            "with_replacement": with_replacement,
        },
        "reconciliation": reconciliation,
        "remainder": remainder,
        "bias": bias,
    }
    return RPN(stacked(dims, head, head), seed=seed)
