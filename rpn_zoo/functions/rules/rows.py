"""The product of an expansion with given dense rows, by the expansion's structure."""

from __future__ import annotations

from functools import singledispatch

from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.basic.composition import sum_of
from rpn_zoo.functions.contraction import register_rule, resolve
from rpn_zoo.functions.expansion import ExtendedExpansion
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.folded_norm import FoldedNorm
from rpn_zoo.functions.reconciliation import (
    IdentityReconciliation,
    MaskingReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.rules.power_forms import inner_order, power_forms
from rpn_zoo.functions.transformation import Transformation

NARROWEST_POWERS = 4000
POWERS_PER_FORM = 3
"""Forms are faster than the powers themselves where these have so many numbers, and this many for
each number of a form (measured: 1.1 to 40 times)."""


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
    return functional.linear(expansion.expanded(x), W)


@rows_product.register
def _powers(expansion: PowersExpansion, W: Tensor, x: Tensor) -> Tensor:
    """Forms of order d where W has few rows: b rows M^(d-c) numbers instead of b M^d."""
    if few_rows(expansion, W.shape[0]):
        return power_forms(expansion.row(x), W, expansion.d)
    return functional.linear(expansion.expanded(x), W)


@rows_product.register
def _folded(expansion: FoldedExpansion, W: Tensor, x: Tensor) -> Tensor:
    """Columns of W that meet the same feature are added first: b rows M products, no kappa(x)."""
    if not expansion.folds:
        return functional.linear(expansion.expanded(x), W)
    return functional.linear(expansion.features(x), *expansion.fold(W))


@rows_product.register
def _extended(expansion: ExtendedExpansion, W: Tensor, x: Tensor) -> Tensor:
    """The sum over the inner expansions, each with its block of columns; nothing is joined."""
    parts = [part for part in expansion.parts if isinstance(part, Transformation)]
    blocks = W.split([part.D for part in parts], dim=-1)
    products = [contract_rows(part, block, x) for part, block in zip(parts, blocks, strict=True)]
    return sum_of(products)


def contract_rows(expansion: Transformation, W: Tensor, x: Tensor) -> Tensor:
    """:func:`rows_product` with the expansion's pre- and post-processing.

    Args:
        expansion: kappa, (b, m) -> (b, D).
        W: (rows, D).
        x: data of shape (b, m).

    Returns:
        (b, rows).
    """
    plan = resolve(expansion)
    x = plan.data(expansion, x)
    z = rows_product(plan.core, W, x)
    if plan.norm is None:
        return z
    moments, sums = plan.core.moments(x), W.sum(-1).unsqueeze(0)
    return FoldedNorm.apply(z.unsqueeze(1), *moments, sums, plan.norm.eps).squeeze(1)


def few_rows(expansion: PowersExpansion, rows: int) -> bool:
    """Whether forms are faster than the powers."""
    M, d = expansion.M, expansion.d
    if d == 1 or expansion.D < NARROWEST_POWERS:
        return False
    return POWERS_PER_FORM * rows * M ** (d - inner_order(M, rows, d)) <= expansion.D


def structured(core: Transformation, rows: int) -> bool:
    """Whether :func:`rows_product` does better than building kappa(x)."""
    if isinstance(core, PowersExpansion):
        return few_rows(core, rows)
    if isinstance(core, ExtendedExpansion):
        parts = [part for part in core.parts if isinstance(part, Transformation)]
        return any(structured(resolve(part).core, rows) for part in parts)
    return isinstance(core, FoldedExpansion) and core.folds


def _structured(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    return structured(expansion, reconciliation.n * reconciliation.channels)


@register_rule(Transformation, IdentityReconciliation, when=_structured)
def rows_identity(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """All channels as rows of one product, by the expansion's structure.

    Costs for the powers of a row: b n M^d products and b (M^c + n M^(d-c)) numbers, for d = 2 b n M
    (more than twice the arguments where b > 2 M), besides a copy of W from d = 3 on; for folded
    expansions: n D additions and b n M products; for several expansions: the sum of theirs.
    """
    z = rows_product(expansion, reconciliation.weight().flatten(0, 1), x)
    return z.unflatten(-1, (reconciliation.channels, reconciliation.n))


@register_rule(Transformation, MaskingReconciliation, when=_structured)
def rows_masking(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The same with the masked rows, which are a copy of W."""
    return rows_identity(expansion, reconciliation, x)
