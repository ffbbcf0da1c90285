"""Kernels of inner products of columns."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.kernels.precision import in_single_precision


def centre(C: Tensor, centered: bool = True) -> Tensor:
    """Subtract from each column of C (..., s, n) its own mean (not if ``centered`` is False)."""
    return C - C.mean(-2, keepdim=True) if centered else C


@in_single_precision
def linear_kernel(C: Tensor, centered: bool = False) -> Tensor:
    """The inner products of all columns.

    Args:
        C: (..., s, n).
        centered: whether each column's mean is subtracted first.

    Returns:
        (..., n, n).

    Example:
        >>> linear_kernel(torch.tensor([[1.0, 2.0]]))
        tensor([[1., 2.],
                [2., 4.]])
    """
    C = centre(C, centered)
    return C.mT @ C


@in_single_precision
def polynomial_kernel(C: Tensor, c: float = 0.0, d: float = 1, centered: bool = False) -> Tensor:
    """(<u, v> + c)^d of all columns; NaN for a negative base and a fractional d.

    Args:
        C: (..., s, n).
        c: what is added to the inner products.
        d: the exponent.
        centered: whether each column's mean is subtracted first.

    Returns:
        (..., n, n).

    Raises:
        ValueError: if d < 0 and a base is 0 (not checked in compiled code).
    """
    base = linear_kernel(C, centered)
    if c != 0:
        base = base + check_finite("c", c)
    if check_finite("d", d) == 1:
        return base
    # Compiled code cannot branch on data, and there is none on the device "meta".
    if d < 0 and not torch.compiler.is_compiling() and not base.is_meta and (base == 0).any():
        raise ValueError(f"a negative exponent needs bases that are not 0, got d = {d} and a 0.")
    return base.pow(d)


@in_single_precision
def hyperbolic_tangent_kernel(
    C: Tensor, c: float = 0.0, alpha: float = 1.0, centered: bool = False
) -> Tensor:
    """tanh(alpha <u, v> + c) of all columns.

    Args:
        C: (..., s, n).
        c: what is added.
        alpha: the factor of the inner products.
        centered: whether each column's mean is subtracted first.

    Returns:
        (..., n, n).
    """
    C = centre(C, centered)
    # The factor is applied to the columns, of which there are fewer numbers.
    A = C.mT @ (C if check_finite("alpha", alpha) == 1 else alpha * C)
    return (A if check_finite("c", c) == 0 else A + c).tanh()


@in_single_precision
def cosine_similarity_kernel(C: Tensor, centered: bool = False) -> Tensor:
    """The cosines of the angles of all columns; 0 for a column of zeros, also with itself.

    Args:
        C: (..., s, n).
        centered: whether each column's mean is subtracted first.

    Returns:
        (..., n, n).

    Example:
        >>> cosine_similarity_kernel(torch.tensor([[3.0, 0.0], [4.0, 0.0]]))
        tensor([[1., 0.],
                [0., 0.]])
    """
    C = centre(C, centered)
    squares = C.square().sum(-2, keepdim=True)
    unit = C * torch.where(squares == 0, 1, squares).rsqrt()
    return unit.mT @ unit
