"""The product of an expansion with given dense rows, by the expansion's structure."""

from __future__ import annotations

from functools import singledispatch

from torch import Tensor, nn

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import ExtendedExpansion, NestedExpansion
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.reconciliation import (
    IdentityReconciliation,
    MaskingReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.rules.power_forms import power_forms
from rpn_zoo.functions.transformation import Transformation

NARROWEST_POWERS = 64
BASES_PER_ROW = 4
"""Forms are faster than the powers themselves for rows of this width, and this many times fewer
rows of W than that (measured)."""


@singledispatch
def rows_product(expansion: Transformation, W: Tensor, x: Tensor) -> Tensor:
    """Evaluate kappa(x) W^T for the bare expansion and dense rows.

    Args:
        expansion: kappa.
        W: (rows, D).
        x: pre-processed data (b, m).

    Returns:
        (b, rows). Costs b D numbers and b rows D products unless the expansion has a structure.
    """
    return nn.functional.linear(expansion.expanded(x), W)


@rows_product.register
def _powers(expansion: PowersExpansion, W: Tensor, x: Tensor) -> Tensor:
    """Forms of order d where W has few rows: b rows M^(d-1) numbers instead of b M^d."""
    r = expansion.row(x)
    if expansion.d > 1 and few_rows(expansion, W.shape[0]):
        return power_forms(r, W, expansion.d)
    return nn.functional.linear(expansion.expanded(x), W)


@rows_product.register
def _folded(expansion: FoldedExpansion, W: Tensor, x: Tensor) -> Tensor:
    """Columns of W that meet the same feature are added first: b rows m products, no kappa(x)."""
    return nn.functional.linear(expansion.features(x), expansion.fold(W))


@rows_product.register
def _extended(expansion: ExtendedExpansion, W: Tensor, x: Tensor) -> Tensor:
    """The sum over the inner expansions, each with its block of columns; nothing is joined."""
    blocks = W.split([part.D for part in expansion.parts], dim=-1)
    total: Tensor | None = None
    for part, block in zip(expansion.parts, blocks, strict=True):
        assert isinstance(part, Transformation)
        z = processed_rows_product(part, block, x)
        total = z if total is None else total + z
    assert total is not None
    return total


@rows_product.register
def _nested(expansion: NestedExpansion, W: Tensor, x: Tensor) -> Tensor:
    """The product of the last inner expansion, of the data after the others."""
    *first, last = expansion.parts
    for part in first:
        x = part(x)
    assert isinstance(last, Transformation)
    return processed_rows_product(last, W, x)


def processed_rows_product(part: Transformation, W: Tensor, x: Tensor) -> Tensor:
    """:func:`rows_product` for an inner expansion with its own pre- and post-processing."""
    if len(part.postprocess):
        return nn.functional.linear(part(x), W)
    return rows_product(part, W, part.prepare(x))


def few_rows(expansion: PowersExpansion, rows: int) -> bool:
    """Whether forms are faster than the powers."""
    return expansion.M >= NARROWEST_POWERS and BASES_PER_ROW * rows <= expansion.M


def structured(expansion: Transformation, rows: int) -> bool:
    """Whether :func:`rows_product` does better than building kappa(x)."""
    if isinstance(expansion, PowersExpansion):
        return expansion.d > 1 and few_rows(expansion, rows)
    if isinstance(expansion, ExtendedExpansion):
        return True
    if isinstance(expansion, NestedExpansion):
        last = expansion.parts[-1] if len(expansion.parts) else None
        if not isinstance(last, Transformation) or len(last.postprocess):
            return False
        return structured(last, rows)
    return isinstance(expansion, FoldedExpansion)


def _structured(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    return structured(expansion, reconciliation.n * reconciliation.channels)


@register_rule(Transformation, IdentityReconciliation, when=_structured)
def rows_identity(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """All channels as rows of one product, by the expansion's structure."""
    z = rows_product(expansion, reconciliation.weight().flatten(0, 1), x)
    return z.unflatten(-1, (reconciliation.channels, reconciliation.n))


@register_rule(Transformation, MaskingReconciliation, when=_structured)
def rows_masking(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The same with the masked rows."""
    return rows_identity(expansion, reconciliation, x)
