"""The cheaper order of a product with a matrix A that is itself a product."""

from __future__ import annotations

import torch
from torch import Tensor


def product_of_three(Z: Tensor, K: Tensor, Q: Tensor) -> Tensor:
    """Z K^T Q in the cheaper order, so that A = K^T Q is not formed where that costs more.

    Args:
        Z: (..., rows, n).
        K: (..., k, n).
        Q: (..., k, n').

    Returns:
        (..., rows, n').
    """
    if spares_matrix(Z.shape[-2], K.shape[-2], K.shape[-1], Q.shape[-1]):
        return (Z @ K.mT) @ Q
    return Z @ (K.mT @ Q)


def spares_matrix(rows: int, k: int, n: int, columns: int) -> bool:
    """Whether (Z K^T) Q costs fewer products than Z (K^T Q).

    Example:
        >>> spares_matrix(rows=64, k=64, n=784, columns=784)
        True
        >>> spares_matrix(rows=500, k=784, n=64, columns=64)
        False
    """
    if torch.compiler.is_exporting():
        return True  # the exported graph serves several sizes: no branch on them
    return rows * k * (n + columns) <= n * columns * (k + rows)
