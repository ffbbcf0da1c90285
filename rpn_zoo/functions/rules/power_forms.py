"""Kronecker powers times a few dense rows: forms of order d, contracted axis by axis."""

from __future__ import annotations

from torch import Tensor


def power_forms(r: Tensor, W: Tensor, d: int) -> Tensor:
    r"""Evaluate :math:`z_i = W^{(1)}_i r + r^T W^{(2)}_i r + \dots` for every row i of W.

    The highest power is contracted with r first, then each lower one is added before the next
    contraction (Horner's scheme), so that the largest array has b n M^(d-1) numbers, not b M^d.

    Args:
        r: rows of shape (b, M).
        W: (n, M + ... + M^d); row i holds W1_i (M), then W2_i (M, M), ...
        d: order, >= 2.

    Returns:
        (b, n), equal to ``kron_powers(r, d) @ W.T``. Costs 2 b n M^d products.

    Example:
        >>> import torch
        >>> power_forms(torch.tensor([[2.0, 3.0]]), torch.ones(1, 6), 2)
        tensor([[30.]])
    """
    (b, M), n = r.shape, W.shape[0]
    blocks = W.split([M**p for p in range(1, d + 1)], dim=-1)
    # (b, n M^(d-2), M), then (b, n M^(d-3), M), ...; sizes in full, as an empty batch tells none.
    inner = (r @ blocks[-1].reshape(-1, M).T).view(b, n * M ** (d - 2), M)
    for p in range(d - 2, 0, -1):
        inner = (inner + blocks[p].reshape(-1, M)) @ r.unsqueeze(-1)
        inner = inner.view(b, n * M ** (p - 1), M)
    return r @ blocks[0].T + (inner @ r.unsqueeze(-1)).view(b, n)
