"""The cheaper order of a product with a matrix A that is itself a product."""

from __future__ import annotations

import torch


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
