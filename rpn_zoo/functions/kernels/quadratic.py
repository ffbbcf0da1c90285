"""Squared Euclidean distances of all pairs of columns, with a backward pass of one product."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.kernels.pairwise import blockwise


class GramDistances(torch.autograd.Function):
    """Squared distances from the Gram matrix of the centred columns.

    Without the mean column, which no distance depends on, fewer digits cancel. The diagonal is
    exactly 0.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(C: Tensor, weights: Tensor | None) -> Tensor:
        """From C (..., s, n) and weights (s, 1) of the coordinates (None: 1) to (..., n, n)."""
        C = C - C.mean(-1, keepdim=True)
        D = C.mT @ (C if weights is None else weights * C)
        squares = D.diagonal(dim1=-2, dim2=-1).clone()
        D = D.mul_(-2).add_(squares.unsqueeze(-1)).add_(squares.unsqueeze(-2))
        # A sum of squares is not negative; with weights of both signs it may be.
        return D.clamp_(min=0) if weights is None else D

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the columns."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        """The gradient; made of ordinary operations, so differentiable again."""
        C, weights = ctx.saved_tensors
        return quadratic_gradient(C, g, weights), None


class ExactDistances(torch.autograd.Function):
    """Squared distances from differences: relatively exact, and 0 for equal columns."""

    generate_vmap_rule = True

    @staticmethod
    def forward(C: Tensor) -> Tensor:
        """From C (..., s, n) to (..., n, n), a block of columns at a time."""
        return blockwise(C, lambda u, v: (u - v).square_().sum(-3))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the columns."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        """The gradient; made of ordinary operations, so differentiable again."""
        (C,) = ctx.saved_tensors
        return quadratic_gradient(C, g, None)


def quadratic_gradient(C: Tensor, g: Tensor, weights: Tensor | None) -> Tensor:
    r"""The gradient :math:`2 \sum_j (g_{ij} + g_{ji}) (c_i - c_j)` of sum(g D) in the columns.

    Args:
        C: (..., s, n).
        g: (..., n, n).
        weights: of the coordinates, (s, 1); None: 1.

    Returns:
        (..., s, n), by one product.
    """
    C = C - C.mean(-1, keepdim=True)
    S = g + g.mT
    gradient = 2 * (C * S.sum(-1).unsqueeze(-2) - C @ S)
    return gradient if weights is None else weights * gradient


def squared_distances(C: Tensor, weights: Tensor | None = None) -> Tensor:
    r"""The squared distances :math:`\sum_k w_k (C_{ki} - C_{kj})^2` of all columns, by one product.

    An entry has an error of some units in the last place of the columns' squared lengths (after
    the mean column has been subtracted): small distances are less exact than by
    :func:`exact_squared_distances`.

    Args:
        C: (..., s, n).
        weights: (s), of any sign; None: all 1.

    Returns:
        (..., n, n). Costs n^2 s products; keeps no array larger than the result.

    Example:
        >>> squared_distances(torch.tensor([[0.0, 3.0], [0.0, 4.0]]))
        tensor([[ 0., 25.],
                [25.,  0.]])
    """
    return GramDistances.apply(C, None if weights is None else weights.unsqueeze(-1))


def exact_squared_distances(C: Tensor) -> Tensor:
    r"""The squared distances of all columns from their differences: 0 where two are equal.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n). Costs n^2 s / 2 differences; keeps no array larger than the result.

    Example:
        >>> exact_squared_distances(torch.tensor([[0.0, 3.0], [0.0, 4.0]]))
        tensor([[ 0., 25.],
                [25.,  0.]])
    """
    return ExactDistances.apply(C)
