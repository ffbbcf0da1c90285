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
from rpn_zoo.functions.rules.rows import few_rows, rows_product
from rpn_zoo.functions.rules.taylor_rows import taylor_rows
from rpn_zoo.functions.transformation import Transformation

NARROWEST_CORRELATIONS = 4000
"""From so many powers on correlations are faster than these (measured: 1.4 to 20 times)."""


@register_rule(Transformation, DuplicatedPaddingReconciliation, when=kronecker.large)
def any_duplicated(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """Add up the q parts of kappa(x), multiply by w (s, t), repeat p times.

    Costs b D additions and b s t products; kappa(x) is built: b D numbers, more than twice the
    arguments of a wide expansion. The flat layout takes the way of all Kronecker products.
    """
    assert isinstance(reconciliation, DuplicatedPaddingReconciliation)
    if reconciliation.layout == "flat":
        return kronecker.any_kronecker(expansion, reconciliation, x)
    w = reconciliation.factors().T
    parts = expansion.expanded(x).unflatten(-1, (reconciliation.q, reconciliation.t)).sum(1)
    z = torch.nn.functional.linear(parts, w.flatten(0, 1))
    return z.unflatten(-1, w.shape[:2]).repeat(1, 1, reconciliation.p)


def few_blocks(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether forms are faster than the powers: for half as many rows as where nothing repeats."""
    assert isinstance(expansion, PowersExpansion)
    assert isinstance(reconciliation, DuplicatedPaddingReconciliation)
    return few_rows(expansion, 2 * reconciliation.s * reconciliation.channels)


def few_blocks_or_large(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Wherever the rule for all Kronecker products would apply, too."""
    return few_blocks(expansion, reconciliation) or kronecker.large_powers(
        expansion, reconciliation
    )


@register_rule(PowersExpansion, DuplicatedPaddingReconciliation, when=few_blocks_or_large)
def powers_duplicated(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """One product with the s rows of W that differ, repeated p times. kappa(x) is not made.

    Costs b s D products for each channel; the s rows have s D numbers, more than twice w (s, t)
    where q > 2. With many rows :func:`any_duplicated` is faster; the flat layout takes the way of
    all Kronecker products.
    """
    assert isinstance(reconciliation, DuplicatedPaddingReconciliation)
    if reconciliation.layout == "flat":
        return kronecker.powers_kronecker(expansion, reconciliation, x)
    if not few_blocks(expansion, reconciliation):
        return any_duplicated(expansion, reconciliation, x)
    w = reconciliation.factors().T
    z = rows_product(expansion, w.repeat(1, 1, reconciliation.q).flatten(0, 1), x)
    return z.unflatten(-1, w.shape[:2]).repeat(1, 1, reconciliation.p)


@register_rule(Transformation, DuplicatedDiagonalPaddingReconciliation)
def any_diagonal(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """z_i = <the i-th group of l features, w>: b D products for each channel, no W.

    kappa(x) is built: b D numbers, more than twice the arguments of a wide expansion.
    """
    groups = expansion.expanded(x).unflatten(-1, (reconciliation.n, reconciliation.l))
    return torch.nn.functional.linear(groups, reconciliation.w).mT


def wide_powers(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether correlations are faster than the powers."""
    assert isinstance(expansion, PowersExpansion)
    return expansion.d > 1 and expansion.D >= NARROWEST_CORRELATIONS


@register_rule(PowersExpansion, DuplicatedDiagonalPaddingReconciliation, when=wide_powers)
def powers_diagonal(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The groups as segments of the powers: correlations of the row with w, no kappa(x).

    Costs b channels (M^(d-1) + n) products and numbers, for d = 2 about M + n for a row of M inputs
    and n results (more than twice with many channels), and FFTs of length M + l or a product.
    """
    assert isinstance(expansion, PowersExpansion)
    return taylor_rows(expansion.row(x), reconciliation.w, reconciliation.n, expansion.d)
