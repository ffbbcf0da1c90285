"""Statistical kernels of columns: correlations, mutual information, divergence."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.kernels.precision import in_single_precision

FLOOR = 1e-10
"""The smallest variance and the smallest determinant in the mutual information."""


def deviations(C: Tensor) -> Tensor:
    """The columns of C (..., s, n) without their means; exactly 0 for a constant column."""
    # The mean of equal numbers is rounded too, so that a difference might remain.
    constant = (C[..., :1, :] == C).all(-2, keepdim=True)
    return (C - C.mean(-2, keepdim=True)).masked_fill(constant, 0)


def correlations(C: Tensor) -> Tensor:
    """The correlations of all columns of C (..., s, n): (..., n, n), 0 for a constant column."""
    X = deviations(C)
    squares = X.square().sum(-2, keepdim=True)
    unit = X * torch.where(squares == 0, 1, squares).rsqrt()
    return unit.mT @ unit


def fill_diagonal(A: Tensor, value: float) -> Tensor:
    """A copy of A (..., n, n) with another diagonal."""
    diagonal = A.new_full(A.shape[:-1], value)
    return A.diagonal_scatter(diagonal, dim1=-2, dim2=-1)


@in_single_precision
def pearson_correlation_kernel(C: Tensor) -> Tensor:
    """The correlations of all columns: 1 on the diagonal, else 0 with a constant column.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n). Costs one product of n^2 s.

    Example:
        >>> pearson_correlation_kernel(torch.tensor([[0.0, 2.0, 1.0], [1.0, 0.0, 1.0]])).round()
        tensor([[ 1., -1.,  0.],
                [-1.,  1.,  0.],
                [ 0.,  0.,  1.]])
    """
    return fill_diagonal(correlations(C), 1)


@in_single_precision
def rv_coefficient_kernel(C: Tensor) -> Tensor:
    """The correlations of all columns, negative ones as 0; the diagonal is 0.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n). Costs one product of n^2 s.
    """
    return fill_diagonal(correlations(C).clamp(0, 1), 0)


@in_single_precision
def mutual_information_kernel(C: Tensor) -> Tensor:
    r"""The mutual information of all columns if they were Gaussian; the diagonal is 0.

    .. math:: A_{ij} = \tfrac12 \log \frac{v_i v_j}{\max(v_i v_j - cov_{ij}^2, 10^{-10})}, \quad
        v = \max(variance, 10^{-10})

    and 0 where that is negative, as for columns that hardly vary.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n). Costs one product of n^2 s.
    """
    # sym_...: the number of rows of an exported graph is a symbol.
    X = deviations(C) / torch.sym_sqrt(torch.sym_max(C.shape[-2] - 1, 1))
    covariance = X.mT @ X
    v = covariance.diagonal(dim1=-2, dim2=-1).clamp(min=FLOOR)
    product = v.unsqueeze(-1) * v.unsqueeze(-2)
    determinant = torch.addcmul(product, covariance, covariance, value=-1).clamp(min=FLOOR)
    return fill_diagonal((0.5 * (product / determinant).log()).clamp(min=0), 0)


@in_single_precision
def kl_divergence_kernel(C: Tensor) -> Tensor:
    r"""The divergences :math:`\sum_k P_{ki} (\log P_{ki} - \log P_{kj})`, P = softmax of a column.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n), not symmetric, the diagonal is 0. Costs one product of n^2 s.

    Example:
        >>> kl_divergence_kernel(torch.tensor([[0.0, 0.0], [0.0, 0.0]]))
        tensor([[0., 0.],
                [0., 0.]])
    """
    log = C.log_softmax(-2)
    cross = log.exp().mT @ log
    return cross.diagonal(dim1=-2, dim2=-1).unsqueeze(-1) - cross
