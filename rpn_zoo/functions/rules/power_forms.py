"""Kronecker powers times dense rows: forms of order d, without the highest powers.

A row w of W holds the coefficients of the orders 1 to d. With c of the d factors contracted first,
it falls into a head for the orders below c and, lying one after the other, the rows of a matrix T_w
with M^c columns, one for each entry of s = (1, r, ..., r^(d-c)). So

    <k_d, w> = <k_{c-1}, w_head> + s^T T_w p,    p = r^(c) = r (x) ... (x) r,

where all T_w p are one product with a matrix that is W itself, unless there is a head.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.expansion.kron_powers import kron_powers

COPY = 0.4
"""What copying a number of W costs, in numbers of a work array (measured, b = 1 to 64)."""


def power_forms(r: Tensor, W: Tensor, d: int) -> Tensor:
    r"""Evaluate :math:`z_i = W^{(1)}_i r + r^T W^{(2)}_i r + \dots` for every row i of W.

    Args:
        r: rows of shape (b, M).
        W: (n, M + ... + M^d); row i holds W1_i (M), then W2_i (M, M), ...
        d: order, >= 2.

    Returns:
        (b, n), equal to ``kron_powers(r, d) @ W.T`` by as many products. The largest array has
        b (M^c + n M^(d-c)) numbers instead of b M^d, c as :func:`inner_order` says. With c > 1 W,
        and in training its gradient, is copied once.

    Example:
        >>> power_forms(torch.tensor([[2.0, 3.0]]), torch.ones(1, 6), 2)
        tensor([[30.]])
    """
    (b, M), n = r.shape, W.shape[0]
    # A traced program must not depend on the batch.
    c = inner_order(M, n, d, None if torch.compiler.is_compiling() else b)
    s = functional.pad(kron_powers(r, d - c), (1, 0), value=1.0)
    if c == 1:
        return _forms(r, s, W.reshape(-1, M))
    below = sum(M**p for p in range(1, c))
    lower, p = kron_powers(r, c).split([below, M**c], dim=-1)
    head, tail = W.split([below, W.shape[1] - below], dim=-1)
    return _forms(p, s, tail.reshape(-1, M**c)) + functional.linear(lower, head)


def _forms(p: Tensor, s: Tensor, T: Tensor) -> Tensor:
    """All s^T T_i p from p (b, u), s (b, v) and the rows of T_1, T_2, ... (n v, u): (b, n)."""
    v = s.shape[1]
    # The sizes in full, as an empty batch tells none.
    products = (p @ T.mT).view(p.shape[0], T.shape[0] // v, v)
    return (products @ s.unsqueeze(-1)).squeeze(-1)


def inner_order(M: int, n: int, d: int, b: int | None = None) -> int:
    """How many of the d factors are contracted first, so that the fewest numbers are moved.

    Args:
        M: width of the rows.
        n: number of rows of W.
        d: order.
        b: number of rows of data; None: so many that a copy of W does not count.

    Example:
        >>> inner_order(64, 10, 2), inner_order(64, 10, 3), inner_order(64, 10, 3, b=1)
        (1, 2, 1)
    """

    def moved(c: int) -> float:
        numbers = M**c + n * M ** (d - c)
        return numbers if b is None else b * numbers + COPY * (c > 1) * n * M**d

    return min(range(1, d), key=moved)
