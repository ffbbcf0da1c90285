"""Distances of all pairs of columns, a block of columns at a time: never s n n numbers at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import torch
from torch import Tensor

BLOCK_NUMBERS = {"cpu": 2**19, "cuda": 2**24}
"""How many differences are held at once: on a CPU as many as its cache holds."""

Pairs: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"


class Distance(Protocol):
    """A symmetric function of two columns, 0 for equal ones, and its derivative."""

    def value(self, u: Tensor, v: Tensor) -> Tensor:
        """The distances (..., n, n') of u (..., s, n, 1) and v (..., s, 1, n')."""
        ...

    def slope(self, u: Tensor, v: Tensor) -> Tensor:
        """The derivatives (..., s, n, n') in the coordinates of u."""
        ...


def block_size(C: Tensor) -> int:
    """How many of the n columns of C (..., s, n) are compared with all others at once."""
    n = C.shape[-1]
    if torch.compiler.is_exporting():
        return n  # the exported graph serves several sizes: no loop over blocks
    limit = BLOCK_NUMBERS.get(C.device.type, BLOCK_NUMBERS["cuda"])
    return max(1, min(n, limit // max(1, math.prod(C.shape))))


def blockwise(C: Tensor, pairs: Pairs) -> Tensor:
    """A symmetric matrix (..., n, n) with the diagonal 0, of which half is computed.

    Args:
        C: (..., s, n).
        pairs: gives the entries (..., n', n'') of u (..., s, n', 1) and v (..., s, 1, n'').
    """
    n, size = C.shape[-1], block_size(C)
    v = C.unsqueeze(-2)
    if size >= n:
        upper = pairs(C.unsqueeze(-1), v)
    else:
        rows = [
            torch.nn.functional.pad(pairs(C[..., i : i + size, None], v[..., i:]), (i, 0))
            for i in range(0, n, size)
        ]
        upper = torch.cat(rows, dim=-2)
    upper = upper.triu(1)
    return upper + upper.mT


class PairwiseDistances(torch.autograd.Function):
    """The distances of all columns and their gradient, block by block.

    A second derivative is taken through all s n n differences at once.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(C: Tensor, distance: Distance) -> Tensor:
        """From C (..., s, n) to (..., n, n)."""
        return blockwise(C, distance.value)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the columns."""
        C, ctx.distance = inputs
        ctx.save_for_backward(C)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        """The gradient of column i: the sum of (g_ij + g_ji) slope(c_i, c_j) over all j."""
        (C,) = ctx.saved_tensors
        n, S, v = C.shape[-1], g + g.mT, C.unsqueeze(-2)
        size = n if torch.is_grad_enabled() else block_size(C)
        parts = []
        for i in range(0, n, size):
            slope = ctx.distance.slope(C[..., i : i + size, None], v)
            parts.append((slope * S[..., None, i : i + size, :]).sum(-1))
        return torch.cat(parts, dim=-1), None


def pairwise(C: Tensor, distance: Distance) -> Tensor:
    """The distances (..., n, n) of all columns of C (..., s, n)."""
    return PairwiseDistances.apply(C, distance)
