"""The attention head: bilinear scores between the rows of a batch."""

from __future__ import annotations

import math
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.reconciliation.kronecker import balanced_divisor
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.perceptron import expansion
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan


def bilinear_interdependence_head(
    context: Context,
    m: int,
    n: int,
    batch_num: int | None = None,
    channel_num: int = 1,
    with_dual_lphm_interdependence: bool = False,
    with_lorr_interdependence: bool = False,
    r_interdependence: int = 3,
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
    """``tinybig.head.bilinear_interdependence_head``: scores times sqrt(n), zeros masked."""
    for name, value in (("m", m), ("n", n)):
        check_positive_int(name, value)
    scores = bilinear(
        m, with_lorr_interdependence, with_dual_lphm_interdependence, r_interdependence
    )
    config = {
        "expansion": expansion(with_taylor, False, d),
        "instance_interdependence": {**scores, "postprocess_functions": masked_softmax(n**0.5)},
        "reconciliation": reconciliation(with_dual_lphm, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(
            context, with_batch_norm, with_relu, with_dropout, p, with_softmax
        ),
    }
    return plan(m, n, config, parameters_init_method)


def bilinear(m: int, with_lorr: bool, with_dual_lphm: bool, r: int) -> dict[str, Any]:
    """The scores x W x^T: W of low rank, or dual LPHM with p = q the balanced divisor, or full."""
    check_positive_int("m", m)
    check_positive_int("r_interdependence", r)
    if with_lorr:
        return {"name": "lowrank_parameterized_bilinear_interdependence", "r": r}
    if with_dual_lphm:
        size = balanced_divisor(m)
        return {
            "name": "dual_lphm_parameterized_bilinear_interdependence",
            "r": r,
            "p": size,
            "q": size,
            "layout": "flat",
        }
    return {"name": "parameterized_bilinear_interdependence"}


def masked_softmax(factor: float = 1.0) -> Spec:
    """Softmax over each column of the rescaled scores; a score of exactly 0 counts as none."""
    softmax: dict[str, Any] = {
        "name": "operator_based_normalize_matrix",
        "mask_zeros": True,
        "mode": "column",
    }
    return softmax if math.isclose(factor, 1.0) else {**softmax, "rescale_factor": factor}
