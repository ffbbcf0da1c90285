"""The head of probabilistic graphical models."""

from __future__ import annotations

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan


def pgm_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    distribution: str = "normal",
    d: int = 2,
    with_replacement: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_residual: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.pgm_head``: normal log densities of all tuples of up to d inputs."""
    check_choice("distribution", distribution, ("normal",))
    if with_replacement:
        context.at("with_replacement").warn("has no effect in tinybig: tuples never repeat.")
    config = {
        "expansion": {"name": "combinatorial_normal_expansion", "d": d},
        "reconciliation": reconciliation(False, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
    }
    return plan(m, n, config, parameters_init_method)
