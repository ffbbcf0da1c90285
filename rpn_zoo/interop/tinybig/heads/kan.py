"""The head of Kolmogorov-Arnold networks."""

from __future__ import annotations

from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation
from rpn_zoo.interop.tinybig.plans import HeadPlan


def kan_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    grid_range: list[float] = [-1, 1],  # noqa: B006 - never modified
    t: int = 5,
    d: int = 3,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_batch_norm: bool = False,
    with_softmax: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.kan_head``: B-splines with the remainder silu(x w^T)."""
    config = {
        "expansion": {"name": "bspline_expansion", "grid_range": list(grid_range), "t": t, "d": d},
        "reconciliation": reconciliation(False, with_lorr, r),
        "remainder": {"name": "linear_remainder", "activation_functions": "silu"},
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(context, with_batch_norm, softmax=with_softmax),
    }
    return plan(m, n, config, parameters_init_method)
