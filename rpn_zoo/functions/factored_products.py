"""Products with a fabricated W from the left, and in bilinear forms, by the factors of W."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from rpn_zoo.functions.reconciliation import (
    KroneckerReconciliation,
    LowRankReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.square_scores import SquareScores, has_square_halves

DENSE_ENTRIES = 20_000
"""Up to this many entries of W building it is as fast as using its factors."""


def left_product(reconciliation: Reconciliation, Z: Tensor) -> Tensor:
    """Z W with the W (n, D) of a reconciliation of one channel.

    (:func:`rpn_zoo.functions.contract` gives products with the transpose, k W^T.)

    Args:
        reconciliation: fabricates W.
        Z: (..., n).

    Returns:
        (..., D). Large W of low rank or with Kronecker structure are not built: a row costs
        r (n + D), or n beta + alpha beta (p + q) + beta D products (alpha, beta: the inner sizes
        of the factors).

    Example:
        >>> from rpn_zoo import functions
        >>> psi = functions.create("lorr_reconciliation", n=300, D=200)
        >>> left_product(psi, torch.ones(5, 300)).shape
        torch.Size([5, 200])
    """
    if reconciliation.n * reconciliation.D > DENSE_ENTRIES:
        if isinstance(reconciliation, LowRankReconciliation) and is_thin(reconciliation):
            A, B = reconciliation.factors()
            return nn.functional.linear(Z, A[0].mT) @ B[0]
        if isinstance(reconciliation, KroneckerReconciliation):
            product = as_kronecker(reconciliation)
            if product is None:
                T = reconciliation.factors().T
                return (_flat_left(reconciliation, Z) @ T[0]).flatten(-2)
            return _kronecker_left(product, Z)
    return Z @ reconciliation.weight()[0]


def score_factors(reconciliation: Reconciliation, Y: Tensor) -> tuple[Tensor, Tensor]:
    """K and Q with K Q^T = Y W Y^T for a square W (d, d) of a reconciliation of one channel.

    Args:
        reconciliation: fabricates W.
        Y: (..., o, d).

    Returns:
        K and Q, both (..., o, k): k is the rank r of a low-rank W, the product of the ranks of the
        factors of a Kronecker product (the smaller side of one without low rank), and at most d.

    Example:
        >>> from rpn_zoo import functions
        >>> psi = functions.create("dual_lphm_reconciliation", n=64, D=64, r=2)
        >>> K, Q = score_factors(psi, torch.ones(5, 64))
        >>> K.shape, Q.shape
        (torch.Size([5, 4]), torch.Size([5, 4]))
    """
    if isinstance(reconciliation, LowRankReconciliation) and is_thin(reconciliation):
        A, B = reconciliation.factors()
        # One pass over Y. The gradient of thin rows is several times as fast as of thin columns.
        both = nn.functional.linear(Y, torch.cat([A[0].mT, B[0]]))
        K, Q = both.split(reconciliation.r, dim=-1)
        return K, Q
    if isinstance(reconciliation, KroneckerReconciliation):
        if has_square_halves(reconciliation):
            return SquareScores.apply(Y, reconciliation.w, reconciliation)
        product = as_kronecker(reconciliation)
        if product is not None:
            return _kronecker_scores(product, Y)
        T = reconciliation.factors().T
        if reconciliation.q * T.shape[1] < reconciliation.D:
            Q = Y.unflatten(-1, (reconciliation.q, reconciliation.t)) @ T[0].mT
            return _flat_left(reconciliation, Y).flatten(-2), Q.flatten(-2)
        if reconciliation.n * reconciliation.D > DENSE_ENTRIES:
            return Y, _flat_right(reconciliation, Y)
    return Y, Y @ reconciliation.weight()[0].mT


def is_thin(reconciliation: LowRankReconciliation) -> bool:
    """Whether the rank is so low that two thin products are fewer than one with W."""
    n, D = reconciliation.n, reconciliation.D
    return reconciliation.r * (n + D) < n * D


class Product(NamedTuple):
    """The factors of one W = A (x) B, A = P Q (or Q alone), B = S T (or T alone)."""

    P: Tensor | None
    Q: Tensor
    S: Tensor | None
    T: Tensor


def as_kronecker(reconciliation: KroneckerReconciliation) -> Product | None:
    """The factors of W as a Kronecker product; None for a flat layout that is none.

    A flat W is one too where s and q divide: with q | s of A as a column (p q) and the numbers of
    B as (s/q, D), with s | q of the numbers of A as (n, q/s) and B as a row (s t).
    """
    P, Q, S, T = reconciliation.factors()
    first, third = None if P is None else P[0], None if S is None else S[0]
    if reconciliation.layout == "kronecker":
        return Product(first, Q[0], third, T[0])
    q, s = reconciliation.q, reconciliation.s
    if s % q and q % s:
        return None
    A = Q[0] if first is None else first @ Q[0]
    B = T[0] if third is None else third @ T[0]
    if s % q == 0:
        return Product(None, A.reshape(-1, 1), None, B.reshape(s // q, -1))
    return Product(None, A.reshape(-1, q // s), None, B.reshape(1, -1))


def _kronecker_left(product: Product, Z: Tensor) -> Tensor:
    """Z W with W = (P Q) (x) (S T)."""
    P, Q, S, T = product
    rows = Z.unflatten(-1, (-1, (T if S is None else S).shape[0]))
    rows = (rows if S is None else rows @ S).mT  # (..., beta, p)
    rows = (rows if P is None else rows @ P) @ Q
    return (rows.mT @ T).flatten(-2)


def _flat_left(reconciliation: KroneckerReconciliation, Z: Tensor) -> Tensor:
    """Z M (..., q, beta) with W = M (I (x) T) in the flat layout.

    M[P s + i', (q', f)] = A[P, k // s] S[k % s, f] with k = i' q + q'.
    """
    P, Q, S, _ = reconciliation.factors()
    entry, index = reconciliation.flat_places()
    A = (Q if P is None else P @ Q)[0][:, entry]  # (p, s, q)
    rows = Z.unflatten(-1, (reconciliation.p, reconciliation.s))
    H = torch.einsum("...ps,psq->...sq", rows, A)
    if S is not None:
        return torch.einsum("...sq,sqf->...qf", H, S[0][index])
    # Without S the rows with the same k % s are added up.
    sums = torch.zeros_like(H).scatter_add(-2, index.expand_as(H), H)
    return sums.mT


def _flat_right(reconciliation: KroneckerReconciliation, Y: Tensor) -> Tensor:
    """Y W^T in the flat layout, by the two steps of a contraction."""
    factors = reconciliation.factors()
    rows = Y.reshape(-1, reconciliation.q, reconciliation.t)
    U = torch.einsum("bqt,cft->bcfq", rows, factors.T)
    return reconciliation.combine(U, factors).reshape(Y.shape)


def _kronecker_scores(product: Product, Y: Tensor) -> tuple[Tensor, Tensor]:
    """W = (L (x) M) (L' (x) M') with inner sizes as small as possible; None is an identity."""
    L, L_prime = _halves(product.P, product.Q)
    M, M_prime = _halves(product.S, product.T)
    s = (product.T if product.S is None else product.S).shape[0]
    K = _times(Y.unflatten(-1, (-1, s)), L, M)
    Q = _times(
        Y.unflatten(-1, (-1, product.T.shape[1])),
        None if L_prime is None else L_prime.mT,
        None if M_prime is None else M_prime.mT,
    )
    return K, Q


def _halves(left: Tensor | None, right: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """Two factors of left @ right with the smallest inner size; None for an identity."""
    p, q = (right if left is None else left).shape[-2], right.shape[-1]
    if left is not None:
        if left.shape[-1] < min(p, q):
            return left, right
        right = left @ right
    return (None, right) if p <= q else (right, None)


def _times(rows: Tensor, L: Tensor | None, M: Tensor | None) -> Tensor:
    """Rows (..., p, s) of Y, times L (p, a) (x) M (s, e): (..., e a)."""
    rows = (rows if M is None else nn.functional.linear(rows, M.mT)).mT
    return (rows if L is None else rows @ L).flatten(-2)
