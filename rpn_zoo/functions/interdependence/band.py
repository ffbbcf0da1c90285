"""Square matrices whose entries lie near the diagonal: products by blocks along it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

BLOCK = 32
"""Columns of a block: products of this size are fast, and a band of 20 makes it little wider."""


class Band(nn.Module):
    r"""A matrix A (n, n) with :math:`A_{ij} = 0` outside :math:`-left \le i - j \le right`.

    A is cut into blocks of 32 columns, each with the rows in which it has entries. A product is
    then one batch of small dense products, forward and backward.

    Args:
        product: Z (rows, n) -> Z A in float64, from which the entries are read.
        n: number of rows and of columns.
        left: how far entries reach above the diagonal.
        right: how far they reach below it.

    Example:
        >>> band = Band(lambda Z: Z.cumsum(-1), 3, 2, 0)
        >>> band(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[1., 3., 6.]])
    """

    block_bits: Tensor
    transposed_bits: Tensor

    def __init__(self, product: Callable[[Tensor], Tensor], n: int, left: int, right: int) -> None:
        super().__init__()
        self.n = n
        self.left, self.right = min(left, n - 1), min(right, n - 1)
        # Rows that are a period apart do not meet in any column: so many rows of Z show all of A.
        period = self.left + self.right + 1
        rows = torch.arange(n)
        probe = torch.zeros(period, n, dtype=torch.float64)
        probe[rows % period, rows] = 1.0
        table = product(probe)
        forward = self._blocks(self.left, self.right, lambda i, j: table[i % period, j])
        backward = self._blocks(self.right, self.left, lambda i, j: table[j % period, i])
        # Bits of float64 stay exact under any cast.
        self.register_buffer("block_bits", forward.view(torch.int64), persistent=False)
        self.register_buffer("transposed_bits", backward.view(torch.int64), persistent=False)

    def _blocks(self, left: int, right: int, entry: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """The blocks (count, columns, rows) of a matrix, from its entries at [i, j]."""
        size = min(BLOCK, self.n)
        count = -(-self.n // size)
        first = torch.arange(count).view(-1, 1, 1) * size
        j = first + torch.arange(size).view(1, -1, 1)
        i = first - left + torch.arange(left + size + right).view(1, 1, -1)
        inside = (i >= 0) & (i < self.n) & (j < self.n) & (i - j >= -left) & (i - j <= right)
        values = entry(i.clamp(0, self.n - 1), j.clamp(max=self.n - 1))
        return torch.where(inside, values, 0).contiguous()

    def forward(self, V: Tensor) -> Tensor:
        """The product of the transpose with V: A^T V for V (..., n, D), as rows of instances.

        Costs n (32 + left + right) D products.
        """
        if torch.compiler.is_compiling():
            return band_product(V, self.block_bits, self.left, self.right)
        return BandProduct.apply(V, self.block_bits, self.transposed_bits, self.left, self.right)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.n} x {self.n}, left={self.left}, right={self.right}"


def band_product(V: Tensor, bits: Tensor, left: int, right: int) -> Tensor:
    """A^T V by the blocks (count, columns, rows) of A, bits of float64; V (..., n, D)."""
    n, blocks = V.shape[-2], bits.view(torch.float64).to(V)
    count, size, window = blocks.shape
    padded = nn.functional.pad(V, (0, 0, left, count * size - n + right))
    windows = padded.unfold(-2, window, size).mT  # (..., count, window, D), overlapping
    return (blocks @ windows).flatten(-3, -2)[..., :n, :]


class BandProduct(torch.autograd.Function):
    """The product, whose gradient is the product with the transposed matrix's blocks.

    Ordinary operations would add the overlapping windows up, which takes twice as long.
    """

    @staticmethod
    def forward(V: Tensor, bits: Tensor, transposed: Tensor, left: int, right: int) -> Tensor:
        """A^T V."""
        return band_product(V, bits, left, right)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep both directions' blocks."""
        _, bits, transposed, ctx.left, ctx.right = inputs
        ctx.save_for_backward(bits, transposed)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """A g."""
        bits, transposed = ctx.saved_tensors
        return BandProduct.apply(g, transposed, bits, ctx.right, ctx.left), None, None, None, None

    @staticmethod
    def vmap(
        info: Any,
        in_dims: tuple[Any, ...],
        V: Tensor,
        bits: Tensor,
        transposed: Tensor,
        left: int,
        right: int,
    ) -> tuple[Tensor, int]:
        """One more leading axis of V."""
        return BandProduct.apply(V.movedim(in_dims[0], 0), bits, transposed, left, right), 0
