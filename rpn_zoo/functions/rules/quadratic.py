"""Taylor d = 2 with dense or low-rank rows: quadratic forms instead of a wide expansion."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import TaylorExpansion
from rpn_zoo.functions.reconciliation import (
    IdentityReconciliation,
    LowRankReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.transformation import Transformation


def quadratic_forms(x: Tensor, W: Tensor) -> Tensor:
    r"""Evaluate :math:`z_i = W^{(1)}_i x + x^T W^{(2)}_i x` for every row i of W.

    Args:
        x: data of shape (b, m).
        W: (n, m + m^2); row i holds W1_i (m), then W2_i (m, m).

    Returns:
        (b, n), equal to ``kron_powers(x, 2) @ W.T``. One (b, m) x (m, n m) product; memory b n m
        instead of b m^2 numbers.

    Example:
        >>> import torch
        >>> quadratic_forms(torch.tensor([[2.0, 3.0]]), torch.ones(1, 6))
        tensor([[30.]])
    """
    (b, m), n = x.shape, W.shape[0]
    W1, W2 = W[:, :m], W[:, m:].reshape(n * m, m)
    inner = (x @ W2.T).view(b, n, m)
    return x @ W1.T + (inner @ x.unsqueeze(-1)).squeeze(-1)


def _few_rows(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Where the intermediate (b, rows, m) is much smaller than the dense (b, m^2) (measured)."""
    assert isinstance(expansion, TaylorExpansion)
    rows = getattr(reconciliation, "r", reconciliation.n) * reconciliation.channels
    return expansion.d == 2 and expansion.m >= 64 and 4 * rows <= expansion.m


@register_rule(TaylorExpansion, IdentityReconciliation, when=_few_rows)
def taylor_identity(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """Quadratic forms with a full matrix each. Costs 2 b n m^2 products, b n m numbers."""
    z = quadratic_forms(x, reconciliation.weight().flatten(0, 1))
    return z.unflatten(-1, (reconciliation.channels, reconciliation.n))


@register_rule(TaylorExpansion, LowRankReconciliation, when=_few_rows)
def taylor_low_rank(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """(kappa B^T) A^T with r quadratic forms. Costs 2 b r m^2 + b r n products, b r m numbers."""
    assert isinstance(reconciliation, LowRankReconciliation)
    _, B = reconciliation.factors()
    low = quadratic_forms(x, B.flatten(0, 1)).unflatten(-1, (-1, reconciliation.r))
    return reconciliation.combine(low)
