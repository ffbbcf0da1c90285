"""Naive Bayes as an RPN: log densities of single features, weighted and added."""

from __future__ import annotations

from collections.abc import Sequence

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.models.parts import stacked
from rpn_zoo.nn import RPN

DISTRIBUTIONS = ("normal", "exponential", "cauchy", "gamma", "chi2", "laplace")


def naive_bayes(
    dims: Sequence[int],
    distribution: str = "normal",
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    bias: bool = True,
    seed: int = 0,
) -> RPN:
    r"""Naive Bayes: :math:`\sum_i w_{ci} \log p(x_i) + b_c`, logits of class c.

    Features are independent given the class, so that their log densities add up; the bias is the
    log prior. The densities are fixed, the weights are trained.

    Args:
        dims: the widths [d_0, ..., d_K]; two for naive Bayes proper.
        distribution: ``normal``, ``exponential``, ``cauchy``, ``gamma``, ``chi2`` or ``laplace``.
        reconciliation: psi of all layers.
        remainder: pi of all layers.
        bias: whether layers have a bias.
        seed: seed of the initial weights.

    Raises:
        ValueError: for an unknown distribution or bad sizes.

    Example:
        >>> naive_bayes([4, 3]).num_parameters
        15
    """
    check_choice("distribution", distribution, DISTRIBUTIONS)
    head = {
        "expansion": f"naive_{distribution}_expansion",
        "reconciliation": reconciliation,
        "remainder": remainder,
        "bias": bias,
    }
    return RPN(stacked(dims, head, head), seed=seed)
