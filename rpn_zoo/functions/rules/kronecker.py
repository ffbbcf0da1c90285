"""Kronecker reconciliations (hm, lphm, dual_lphm): two small products instead of W."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import PowersExpansion
from rpn_zoo.functions.reconciliation import KroneckerReconciliation, Reconciliation
from rpn_zoo.functions.rules.taylor_rows import taylor_rows
from rpn_zoo.functions.transformation import Transformation

DENSE_ENTRIES = 50_000
"""Up to this many entries of W building it is as fast (measured by `make bench`)."""
FLAT = 2
"""So many times more entries in the flat layout, which combines less easily."""
POWERS_PER_MEETING = 3
"""How many numbers of a power of order 3 or more cost as much as one of a correlation (measured;
with order 2 both cost about the same)."""


def large(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether W is so large that the factored way is faster."""
    assert isinstance(reconciliation, KroneckerReconciliation)
    entries = reconciliation.n * reconciliation.D * reconciliation.channels
    return entries > DENSE_ENTRIES * (FLAT if reconciliation.layout == "flat" else 1)


def large_powers(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Whether the way by correlations moves fewer numbers than the powers of the row have."""
    assert isinstance(expansion, PowersExpansion)
    assert isinstance(reconciliation, KroneckerReconciliation)
    if expansion.d < 2 or not large(expansion, reconciliation):
        return False
    correlations = reconciliation.channels * reconciliation.inner_rows
    meetings = expansion.D // expansion.M + reconciliation.q
    cost = 1 if expansion.d == 2 else POWERS_PER_MEETING
    return cost * correlations * meetings <= expansion.D


@register_rule(Transformation, KroneckerReconciliation, when=large)
def any_kronecker(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """Cut kappa(x) into q rows, multiply by T, combine. Costs b D beta products, no W.

    kappa(x) is built: b D numbers, more than twice the arguments, as the factors are tiny.
    """
    assert isinstance(reconciliation, KroneckerReconciliation)
    factors = reconciliation.factors()
    q, t = reconciliation.q, reconciliation.t
    # One plain product: an einsum over three axes takes twice the time.
    U = functional.linear(expansion.expanded(x).reshape(-1, t), factors.T.flatten(0, 1))
    U = U.view(x.shape[0], q, U.shape[-1]).mT
    return reconciliation.combine(U.unflatten(1, factors.T.shape[:2]), factors)


@register_rule(PowersExpansion, KroneckerReconciliation, when=large_powers)
def powers_kronecker(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """Correlations of the row with the rows of T, then combine.

    Costs b channels beta FFTs of length 2 M for d = 2 and q = M; for d = 3 and other cuts b
    channels beta (M^(d-1) + q) products. Neither kappa(x) nor W is made, but some ten arrays of
    b channels beta (M^(d-1) + q) numbers: more than twice the arguments, as the factors are tiny.
    """
    assert isinstance(expansion, PowersExpansion)
    assert isinstance(reconciliation, KroneckerReconciliation)
    factors = reconciliation.factors()
    T = factors.T.flatten(0, 1)
    U = taylor_rows(expansion.row(x), T, reconciliation.q, expansion.d)
    return reconciliation.combine(U.unflatten(1, factors.T.shape[:2]), factors)
