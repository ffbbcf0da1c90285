"""The head of naive Bayes classifiers."""

from __future__ import annotations

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan

DISTRIBUTIONS = ("normal", "exponential", "cauchy", "gamma", "chi2", "laplace")


def naive_bayes_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    distribution: str = "normal",
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_residual: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.naive_bayes_head``: log densities of one fixed distribution."""
    check_choice("distribution", distribution, DISTRIBUTIONS)
    config = {
        "expansion": f"naive_{distribution}_expansion",
        "reconciliation": reconciliation(False, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
    }
    return plan(m, n, config, parameters_init_method)
