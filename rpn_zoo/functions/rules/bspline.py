"""B-splines with dense rows on a fine grid: gather the columns of W whose splines are not zero."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import BsplineExpansion
from rpn_zoo.functions.expansion.bspline_basis import active_values, locate
from rpn_zoo.functions.reconciliation import IdentityReconciliation, Reconciliation
from rpn_zoo.functions.transformation import Transformation

SPLINES_PER_ACTIVE = 5
LARGEST_ROWS = 128
SMALLEST_BATCH = 64
"""Gathering is faster than a product with kappa(x) on fine grids, for not too many rows of W, which
it copies, and for batches that make up for the copy (measured: 1.1 to 10 times)."""


def _fine_grid(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    assert isinstance(expansion, BsplineExpansion)
    t, d, rows = expansion.t, expansion.d, reconciliation.n * reconciliation.channels
    return t + d >= SPLINES_PER_ACTIVE * (d + 1) and rows <= LARGEST_ROWS


@register_rule(BsplineExpansion, IdentityReconciliation, when=_fine_grid)
def bspline_identity(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """Without gradients :func:`active_columns`: b n m (d + 1) products instead of b n m (t + d).

    In training the gradient of W is a product with kappa(x) in any case, small batches do not make
    up for the copy of W, a traced program must not depend on the batch, and accelerators are best
    at products: these build kappa(x), which with its inner values is more than twice the arguments
    where W has few rows.
    """
    assert isinstance(expansion, BsplineExpansion)
    W = reconciliation.weight().flatten(0, 1)
    trained = torch.is_grad_enabled() and (x.requires_grad or W.requires_grad)
    gathered = x.device.type == "cpu" and not torch.compiler.is_compiling()
    if trained or not gathered or len(x) < SMALLEST_BATCH:
        z = functional.linear(expansion.expanded(x), W)
    else:
        z = active_columns(expansion.steps(x), W, expansion.t, expansion.d)
    return z.unflatten(-1, (reconciliation.channels, reconciliation.n))


def active_columns(u: Tensor, W: Tensor, t: int, d: int) -> Tensor:
    """Evaluate kappa(u) W^T for a B-spline basis kappa by the d + 1 columns that meet a value.

    Args:
        u: data (b, m), in steps of the grid.
        W: (n, m (t + d)).
        t: number of intervals.
        d: degree.

    Returns:
        (b, n). Costs b n m (d + 1) products, a copy of W and b m (d + 1) numbers.

    Example:
        >>> active_columns(torch.tensor([[0.25]]), torch.tensor([[1.0, 2.0, 3.0]]), t=2, d=1)
        tensor([[1.2500]])
    """
    (b, m), n = u.shape, W.shape[0]
    places, f = locate(u, t, d)
    # For every input the columns of W as rows, with zeros for splines outside the grid.
    width = t + 3 * d + 2
    rows = W.new_zeros(m, width, n)
    rows[:, d + 1 : t + 2 * d + 1] = W.view(n, m, t + d).permute(1, 2, 0)
    first = places.view(b, m) - m * width * torch.arange(b, device=u.device).unsqueeze(-1)
    index = first.unsqueeze(-1) + torch.arange(d + 1, device=u.device)
    values = torch.stack(active_values(f, d), dim=-1).view(b, -1)
    return functional.embedding_bag(
        index.flatten(1), rows.flatten(0, 1), mode="sum", per_sample_weights=values
    )
