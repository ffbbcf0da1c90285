"""Kronecker reconciliations (hm, lphm, dual_lphm): two small products instead of W."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import TaylorExpansion
from rpn_zoo.functions.reconciliation import KroneckerReconciliation, Reconciliation
from rpn_zoo.functions.rules.taylor_rows import taylor_rows
from rpn_zoo.functions.transformation import Transformation

DENSE_ENTRIES = 50_000
"""Up to this many entries of W building it is as fast (measured by `make bench`)."""


def large(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether W is so large that the factored way is faster."""
    return reconciliation.n * reconciliation.D * reconciliation.channels > DENSE_ENTRIES


def large_second_order(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """The same for Taylor expansions of order 2."""
    assert isinstance(expansion, TaylorExpansion)
    return expansion.d == 2 and large(expansion, reconciliation)


@register_rule(Transformation, KroneckerReconciliation, when=large)
def any_kronecker(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """Cut kappa(x) into q rows, multiply by T, combine. Costs b D beta products, no W."""
    assert isinstance(reconciliation, KroneckerReconciliation)
    factors = reconciliation.factors()
    rows = expansion.expand(x).unflatten(-1, (reconciliation.q, reconciliation.t))
    return reconciliation.combine(torch.einsum("bqt,cft->bcfq", rows, factors.T), factors)


@register_rule(TaylorExpansion, KroneckerReconciliation, when=large_second_order)
def taylor_kronecker(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """Correlations of x with the rows of T, then combine.

    Costs b channels beta FFTs of length 2 m for q = m; neither kappa(x) nor W is made.
    """
    assert isinstance(reconciliation, KroneckerReconciliation)
    factors = reconciliation.factors()
    U = taylor_rows(x, factors.T.flatten(0, 1), reconciliation.q)
    return reconciliation.combine(U.unflatten(1, factors.T.shape[:2]), factors)
