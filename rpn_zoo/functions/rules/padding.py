"""Duplicated paddings: sum what meets equal entries of W first, then multiply once."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import PowersExpansion
from rpn_zoo.functions.reconciliation import (
    DuplicatedDiagonalPaddingReconciliation,
    DuplicatedPaddingReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.rules import kronecker
from rpn_zoo.functions.transformation import Transformation


@register_rule(Transformation, DuplicatedPaddingReconciliation, when=kronecker.large)
def any_duplicated(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """Add up the q parts of kappa(x), multiply by w (s, t), repeat p times.

    Costs b D additions and b s t products. The flat layout takes the way of all Kronecker products.
    """
    assert isinstance(reconciliation, DuplicatedPaddingReconciliation)
    if reconciliation.layout == "flat":
        return kronecker.any_kronecker(expansion, reconciliation, x)
    w = reconciliation.factors().T
    parts = expansion.expanded(x).unflatten(-1, (reconciliation.q, reconciliation.t)).sum(1)
    z = torch.nn.functional.linear(parts, w.flatten(0, 1))
    return z.unflatten(-1, w.shape[:2]).repeat(1, 1, reconciliation.p)


@register_rule(PowersExpansion, DuplicatedPaddingReconciliation, when=kronecker.large_powers)
def powers_duplicated(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """The way of all Kronecker products; neither kappa(x) nor W is made."""
    return kronecker.powers_kronecker(expansion, reconciliation, x)


@register_rule(Transformation, DuplicatedDiagonalPaddingReconciliation)
def any_diagonal(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """z_i = <the i-th group of l features, w>: b D products for each channel, no W."""
    groups = expansion.expanded(x).unflatten(-1, (reconciliation.n, reconciliation.l))
    return torch.nn.functional.linear(groups, reconciliation.w).mT
