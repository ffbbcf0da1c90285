"""What the ready-made heads share: their switches for fabrication, remainder and output."""

from __future__ import annotations

from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.interop.tinybig.allocation import check_count
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.rpn_head import init_method, without_defaults
from rpn_zoo.interop.tinybig.plans import HeadPlan

FROZEN_NORM: dict[str, Spec] = {
    "frozen": {"name": "batch_norm", "trainable": False},
    "plain": {"name": "batch_norm", "affine": False},
    "trained": "batch_norm",
}


def reconciliation(with_dual_lphm: bool, with_lorr: bool, r: int) -> Spec:
    """Dual LPHM with automatic p and q, or low rank, or every entry.

    Example:
        >>> reconciliation(False, True, 3)
        {'name': 'lorr_reconciliation', 'r': 3}
    """
    check_positive_int("r", r)
    if with_dual_lphm:
        return {"name": "dual_lphm_reconciliation", "r": r, "layout": "flat"}
    return {"name": "lorr_reconciliation", "r": r} if with_lorr else "identity_reconciliation"


def remainder(with_residual: bool) -> Spec:
    """A linear map without bias, or nothing."""
    return "linear_remainder" if with_residual else "zero_remainder"


def output(
    context: Context,
    batch_norm: bool = False,
    relu: bool = False,
    dropout: bool = False,
    p: float = 0.5,
    softmax: bool = False,
    log: bool = False,
) -> list[Spec]:
    """Batch norm, ReLU, dropout and softmax, as switched on, in this order.

    tinybig keeps them in a list: the batch norm's weights are then neither trained nor saved.

    Example:
        >>> output(Context("a head"), relu=True, dropout=True, p=0.1)
        ['relu', {'name': 'dropout', 'p': 0.1}]
    """
    found: list[Spec] = [FROZEN_NORM[context.listed_norms]] if batch_norm else []
    found += ["relu"] if relu else []
    found += [{"name": "dropout", "p": p}] if dropout else []
    return [*found, "log_softmax" if log else "softmax"] if softmax else found


def plan(m: int, n: int, config: dict[str, Any], parameters_init_method: str) -> HeadPlan:
    """A head of checked sizes."""
    check_positive_int("m", m)
    check_positive_int("n", n)
    check_count("channel_num", config.get("channels", 1))
    return HeadPlan(m, n, without_defaults(config), init_method(parameters_init_method))
