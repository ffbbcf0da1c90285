"""The recurrent head: every position of a row takes from those before it."""

from __future__ import annotations

from typing import Any

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan


def chain_interdependence_head(
    context: Context,
    m: int,
    n: int,
    chain_length: int,
    channel_num: int = 1,
    bi_directional: bool = False,
    with_multihop: bool = False,
    h: int = 1,
    accumulative: bool = False,
    with_inverse_approx: bool = False,
    with_exponential_approx: bool = False,
    self_dependence: bool = True,
    self_scaling: float = 1.0,
    with_taylor: bool = False,
    d: int = 2,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_residual: bool = False,
    with_batch_norm: bool = False,
    with_relu: bool = True,
    with_softmax: bool = True,
    with_dropout: bool = False,
    p: float = 0.25,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.chain_interdependence_head``: m and n are those of one position.

    Batch norm sees the n columns of a position; the softmax runs over the whole row.
    """
    for name, value in (("m", m), ("n", n), ("chain_length", chain_length)):
        check_positive_int(name, value)
    if with_taylor:
        context.at("with_taylor").warn(
            "has no effect in tinybig: chains take the data as they are."
        )
    positions: dict[str, Any] = {"count": chain_length}
    if with_softmax:
        positions["row_functions"] = ["softmax"]
    config = {
        "positions": positions,
        "instance_interdependence": {
            **links(
                context,
                bi_directional,
                (with_exponential_approx, with_inverse_approx, with_multihop),
                h,
                accumulative,
                self_dependence,
                self_scaling,
            ),
            "chain_length": chain_length,
        },
        "reconciliation": reconciliation(with_dual_lphm, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(context, with_batch_norm, with_relu, with_dropout, p),
    }
    return plan(chain_length * m, chain_length * n, config, parameters_init_method)


def links(
    context: Context,
    bi_directional: bool,
    kinds: tuple[bool, bool, bool],
    h: int,
    accumulative: bool,
    self_dependence: bool,
    self_scaling: float,
) -> dict[str, Any]:
    """The chain function: exponential, inverse, several hops, or one; the first switched on."""
    exponential, inverse, multihop = kinds
    chain: dict[str, Any] = {"bi_directional": bi_directional}
    if exponential:
        return {"name": "exponential_approx_multihop_chain_interdependence", **chain}
    if inverse:
        return {"name": "inverse_approx_multihop_chain_interdependence", **chain}
    chain["self_dependence"] = self_dependence
    if multihop:
        if self_scaling != 1:
            context.at("self_scaling").warn("has no effect in tinybig's multi-hop chains.")
        powers = {"h": h, "accumulative": accumulative}
        return {"name": "multihop_chain_interdependence", **powers, **chain}
    return {"name": "chain_interdependence", "self_scaling": self_scaling, **chain}
