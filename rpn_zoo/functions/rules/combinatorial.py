"""Combinatorial expansions with a Kronecker product: W is folded to the width of the data."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.reconciliation import (
    DuplicatedPaddingReconciliation,
    KroneckerReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.rules.rows import rows_identity
from rpn_zoo.functions.transformation import Transformation


@register_rule(FoldedExpansion, KroneckerReconciliation)
def folded_kronecker(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """Build W (channels n D numbers, more than its factors have), add up its columns, multiply.

    Costs channels n D additions and b channels n m products; kappa(x) (b D) is never made.
    """
    return rows_identity(expansion, reconciliation, x)


@register_rule(FoldedExpansion, DuplicatedPaddingReconciliation)
def folded_duplicated(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """The way of all Kronecker products."""
    return rows_identity(expansion, reconciliation, x)
