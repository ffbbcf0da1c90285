"""The perceptron head."""

from __future__ import annotations

from rpn_zoo.functions import Spec
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan


def perceptron_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    with_taylor: bool = False,
    with_bspline: bool = False,
    with_hybrid_expansion: bool = False,
    d: int = 2,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = True,
    with_residual: bool = False,
    with_batch_norm: bool = False,
    with_relu: bool = False,
    with_dropout: bool = True,
    p: float = 0.5,
    with_softmax: bool = False,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.perceptron_head``: identity, Taylor or B-spline expansion."""
    if with_hybrid_expansion:
        context.at("with_hybrid_expansion").warn("has no effect in tinybig.")
    config = {
        "expansion": expansion(with_taylor, with_bspline, d),
        "reconciliation": reconciliation(with_dual_lphm, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(
            context, with_batch_norm, with_relu, with_dropout, p, with_softmax
        ),
    }
    return plan(m, n, config, parameters_init_method)


def expansion(with_taylor: bool, with_bspline: bool, d: int) -> Spec:
    """Taylor of order d, or B-splines of degree d on 5 intervals of (-1, 1), or the identity."""
    if with_taylor:
        return {"name": "taylor_expansion", "d": d}
    return {"name": "bspline_expansion", "d": d} if with_bspline else "identity_expansion"
