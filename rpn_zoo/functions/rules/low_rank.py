"""Low-rank reconciliations (lorr, random matrix adaption): two thin products instead of W."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.reconciliation import LowRankReconciliation, Reconciliation
from rpn_zoo.functions.rules.rows import rows_product, structured
from rpn_zoo.functions.transformation import Transformation

DENSE_ENTRIES = 20_000
"""Up to this many entries of W building it is as fast (measured: above 1.1 to 6 times slower)."""


def _thin(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    assert isinstance(reconciliation, LowRankReconciliation)
    if structured(expansion, reconciliation.r * reconciliation.channels):
        return True
    n, D, channels = reconciliation.n, reconciliation.D, reconciliation.channels
    return n * D * channels > DENSE_ENTRIES and 2 * reconciliation.r <= n


@register_rule(Transformation, LowRankReconciliation, when=_thin)
def any_low_rank(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """(kappa B^T) A^T. Costs b r (n + D) products for each channel, no W.

    The first product goes by the expansion's structure where it has one. Otherwise kappa(x) is
    built: b D numbers, more than twice the arguments where b > r.
    """
    assert isinstance(reconciliation, LowRankReconciliation)
    _, B = reconciliation.factors()
    low = rows_product(expansion, B.flatten(0, 1), x)
    return reconciliation.combine(low.unflatten(-1, (-1, reconciliation.r)))
