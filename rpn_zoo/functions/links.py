"""Matrices with few entries at fixed places: products along links, never of n x n numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions.kernels.precision import is_autocast

CSR_DTYPES = (torch.float32, torch.float64)
CSR_DEVICES = ("cpu", "cuda")


class Links(nn.Module):
    r"""The places (source, target) of a matrix (n, n') that may differ from 0, ordered by target.

    Values at these places are vectors (..., E) in the order of ``source`` and ``target``.

    Args:
        places: (2, E), the sources and the targets, each pair once.
        shape: the numbers n of sources and n' of targets.

    Attributes:
        places: (2, E), in the order of all values.

    Example:
        >>> links = Links(torch.tensor([[0, 1, 1], [1, 0, 1]]), (2, 2))
        >>> links.places
        tensor([[1, 0, 1],
                [0, 1, 1]])
        >>> links.sums(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[10.0], [1.0]]))
        tensor([[ 1.],
                [23.]])
    """

    places: Tensor
    _given: Tensor
    _starts: Tensor
    _order: Tensor
    _target_by_source: Tensor
    _starts_by_source: Tensor

    def __init__(self, places: Tensor, shape: tuple[int, int]) -> None:
        super().__init__()
        self.shape = shape
        given = torch.argsort(places[1] * shape[0] + places[0])
        places = places[:, given]
        order = torch.argsort(places[0], stable=True)
        follow = {
            "places": places,
            "_given": given,
            "_starts": _starts(places[1], shape[1]),
            "_order": order,
            "_target_by_source": places[1, order].contiguous(),
            "_starts_by_source": _starts(places[0], shape[0]),
        }
        for name, value in follow.items():
            self.register_buffer(name, value, persistent=False)

    @property
    def source(self) -> Tensor:
        """The sources (E)."""
        return self.places[0]

    @property
    def target(self) -> Tensor:
        """The targets (E), ascending."""
        return self.places[1]

    def sorted_values(self, values: Tensor) -> Tensor:
        """Values (..., E) in the order in which the places were given, in that of the links."""
        return values.index_select(-1, self._given)

    def products(self, K: Tensor, Q: Tensor) -> Tensor:
        """The inner products <K[source], Q[target]>, (..., E).

        Args:
            K: (..., n, k).
            Q: (..., n', k).
        """
        if self._compressed(K, Q):
            return LinkProducts.apply(K, Q, self)
        return self.products_of_rows(K, Q)

    def products_of_rows(self, K: Tensor, Q: Tensor) -> Tensor:
        """The inner products by ordinary operations, for any leading axes."""
        rows = K.index_select(-2, self.source) * Q.index_select(-2, self.target)
        return rows.sum(-1)

    def sums(self, values: Tensor, V: Tensor) -> Tensor:
        """The product of the matrix's transpose with V: y[target] = sum of values V[source].

        Args:
            values: (..., E).
            V: (..., n, D).

        Returns:
            (..., n', D). Costs E D products; with the same values for all leading axes no more
            memory than the result, else E D numbers.
        """
        if not self.bags(values, V):
            return self.sums_of_rows(values, V, False)
        return by_columns(lambda V: LinkSums.apply(values, V, self, False), V)

    def sums_of_rows(self, values: Tensor, V: Tensor, by_source: bool) -> Tensor:
        """The sums by ordinary operations, for any leading axes; by source: over the targets."""
        to, of = (self.source, self.target) if by_source else (self.target, self.source)
        rows = values.unsqueeze(-1) * V.index_select(-2, of)
        count = self.shape[0 if by_source else 1]
        zeros = rows.new_zeros(*rows.shape[:-2], count, rows.shape[-1])
        return zeros.index_add(-2, to, rows)

    def softmax(self, scores: Tensor) -> Tensor:
        """The softmax of the scores over the links of each target; a score of exactly 0 is no link.

        Args:
            scores: (..., E).

        Returns:
            (..., E), 0 where a score is 0.
        """
        target = self.target.expand_as(scores)
        scores = scores.masked_fill(scores == 0, -math.inf)
        lowest = scores.new_full((*scores.shape[:-1], self.shape[1]), -math.inf)
        top = lowest.scatter_reduce(-1, target, scores.detach(), "amax")
        top = top.masked_fill(top == -math.inf, 0)  # no links: nothing to subtract
        powers = (scores - top.index_select(-1, self.target)).exp()
        totals = torch.zeros_like(top).index_add(-1, self.target, powers)
        totals = totals.masked_fill(totals == 0, 1)
        return powers * totals.reciprocal().index_select(-1, self.target)

    def dense(self, values: Tensor) -> Tensor:
        """The matrix (..., n, n') with the values (..., E)."""
        A = values.new_zeros(*values.shape[:-1], *self.shape)
        A[..., self.source, self.target] = values
        return A

    def bags(self, values: Tensor, V: Tensor) -> bool:
        """Whether torch's weighted sums of rows do it; their gradients need the sparse kernels."""
        return (
            values.dim() == 1
            and values.dtype == V.dtype
            and V.device.type in CSR_DEVICES
            and V.numel() > 0
            and self.places.shape[1] > 0
            and not torch.compiler.is_compiling()
            and (not values.requires_grad or (V.dim() == 2 and self._compressed(V, V)))
        )

    def _compressed(self, K: Tensor, Q: Tensor) -> bool:
        """Whether torch's sparse kernels do it: single matrices, neither compiled nor autocast."""
        return (
            K.dim() == Q.dim() == 2
            and K.dtype == Q.dtype
            and K.dtype in CSR_DTYPES
            and K.device.type in CSR_DEVICES
            and not torch.compiler.is_compiling()
            and not is_autocast(K.device)
        )

    def compressed(self, values: Tensor, by_source: bool) -> Tensor:
        """The compressed sparse matrix (n, n') with rows of sources, or its transpose (n', n)."""
        if by_source:
            starts, columns = self._starts_by_source, self._target_by_source
            values, shape = values.index_select(0, self._order), self.shape
        else:
            starts, columns, shape = self._starts, self.source, self.shape[::-1]
        with warnings.catch_warnings():
            # torch calls the layout a beta version, once in a process.
            warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
            return torch.sparse_csr_tensor(starts, columns, values, shape, check_invariants=False)

    def weighted_sums(self, values: Tensor, V: Tensor, by_source: bool) -> Tensor:
        """The sums of V's rows (n, D) by torch's kernel for weighted bags of an embedding.

        It keeps nothing but its result, and is faster than the sparse product.
        """
        if by_source:
            starts, rows = self._starts_by_source, self._target_by_source
            values = values.index_select(0, self._order)
        else:
            starts, rows = self._starts, self.source
        return nn.functional.embedding_bag(
            rows,
            V.contiguous(),
            starts,
            mode="sum",
            per_sample_weights=values,
            include_last_offset=True,
        )

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.shape[0]} x {self.shape[1]}, {self.places.shape[1]} links"


def by_columns(product: Callable[[Tensor], Tensor], V: Tensor) -> Tensor:
    """A product with V (..., n, D) by one that takes (n, D): leading axes are further columns."""
    if V.dim() == 2:
        return product(V)
    columns = V.movedim(-2, 0)
    return product(columns.flatten(1)).view(-1, *columns.shape[1:]).movedim(0, -2)


class LinkProducts(torch.autograd.Function):
    """Inner products along links; its gradients are sums along links and so differentiable."""

    @staticmethod
    def forward(K: Tensor, Q: Tensor, links: Links) -> Tensor:
        """<K[source], Q[target]>, (E)."""
        pattern = links.compressed(K.new_zeros(links.places.shape[1]), by_source=False)
        return torch.sparse.sampled_addmm(pattern, Q, K.mT, beta=0.0).values()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep both factors."""
        K, Q, ctx.links = inputs
        ctx.save_for_backward(K, Q)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of K and Q."""
        K, Q = ctx.saved_tensors
        return (
            LinkSums.apply(g, Q, ctx.links, True) if ctx.needs_input_grad[0] else None,
            LinkSums.apply(g, K, ctx.links, False) if ctx.needs_input_grad[1] else None,
            None,
        )

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[Any, ...], K: Tensor, Q: Tensor, links: Links
    ) -> tuple[Tensor, int]:
        """One more axis in front, of either factor or both."""
        K, Q = (t if d is None else t.movedim(d, 0) for t, d in zip((K, Q), in_dims, strict=False))
        return links.products_of_rows(K, Q), 0


class LinkSums(torch.autograd.Function):
    """Sums along links; its gradients are products and sums along links and so differentiable."""

    @staticmethod
    def forward(values: Tensor, V: Tensor, links: Links, by_source: bool) -> Tensor:
        """Sum of values V[source] at each target; by source: of values V[target] at each source."""
        return links.weighted_sums(values, V, by_source)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the values and the rows."""
        values, V, ctx.links, ctx.by_source = inputs
        # The rows are needed only for gradients of the values.
        ctx.save_for_backward(values, V if ctx.needs_input_grad[0] else None)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of values and V."""
        values, V = ctx.saved_tensors
        by_values = by_rows = None
        if ctx.needs_input_grad[0]:
            K, Q = (g, V) if ctx.by_source else (V, g)
            by_values = LinkProducts.apply(K, Q, ctx.links)
        if ctx.needs_input_grad[1]:
            by_rows = LinkSums.apply(values, g, ctx.links, not ctx.by_source)
        return by_values, by_rows, None, None

    @staticmethod
    def vmap(
        info: Any,
        in_dims: tuple[Any, ...],
        values: Tensor,
        V: Tensor,
        links: Links,
        by_source: bool,
    ) -> tuple[Tensor, int]:
        """One more axis in front, of the values, the rows or both."""
        values, V = (
            t if d is None else t.movedim(d, 0) for t, d in zip((values, V), in_dims, strict=False)
        )
        return links.sums_of_rows(values, V, by_source), 0


def _starts(rows: Tensor, count: int) -> Tensor:
    """Where each of ``count`` rows begins among the sorted row numbers."""
    counts = torch.bincount(rows, minlength=count)
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])
