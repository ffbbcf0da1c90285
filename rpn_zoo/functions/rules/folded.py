"""Folded expansions with a Kronecker product: W is folded to the width of the features."""

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


def folds(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether folding is faster than a product with the wide data."""
    assert isinstance(expansion, FoldedExpansion)
    return expansion.folds


@register_rule(FoldedExpansion, KroneckerReconciliation, when=folds)
def folded_kronecker(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """Build W, add up its columns, multiply.

    Costs channels n D additions and b channels n M products. kappa(x) (b, D) is never made, but W
    is: channels n D numbers, more than twice the factors, since adding them up is faster than a
    product of wide data with the factors.
    """
    return rows_identity(expansion, reconciliation, x)


@register_rule(FoldedExpansion, DuplicatedPaddingReconciliation, when=folds)
def folded_duplicated(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """The same: W, more than twice its parameters, is built by repeating them."""
    return rows_identity(expansion, reconciliation, x)
