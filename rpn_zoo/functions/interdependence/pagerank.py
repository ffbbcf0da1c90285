"""Graph interdependence over all hops, with restarts: personalised PageRank."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.adjacency import LinkList
from rpn_zoo.functions.interdependence.chain import warn_of_loops
from rpn_zoo.functions.interdependence.graph import SOURCE
from rpn_zoo.functions.interdependence.multihop_graph import GraphPowers
from rpn_zoo.functions.kernels.precision import HALF
from rpn_zoo.functions.links import Links, by_columns
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

FEW_NODES = 1024
"""Up to this many nodes the product with A is faster than the iteration."""
MOST_STEPS = 700
"""The most steps in float64 for which PageRank iterates."""


@register
class PagerankMultihopGraphInterdependence(GraphPowers):
    r"""Personalised PageRank, :math:`A = c\,(I - (1 - c)\,Adj)^{-1}` without self dependence.

    For graphs normalised by rows, by columns or symmetrically
    :math:`u \leftarrow (1 - c)\, u\, Adj + c Z` is iterated until the rest is below the rounding of
    the dtype, :math:`(1-c)^K` after K sparse products, or with Chebyshev's weights
    :math:`((1-c) / (1 + \sqrt{1 - (1-c)^2}))^K` where all links go both ways; no matrix is made.
    For up to 1024 nodes, and where there is no such bound or it takes over 700 steps (as for
    ``row_column`` and without normalisation), A is computed once and kept: n^2 numbers twice,
    :math:`O(n^3)` operations once.

    Args:
        m: number of attributes; in attribute mode the number of nodes.
        c: probability of a restart, in (0, 1].
        graph: see :class:`GraphInterdependence`, also for all further arguments.
        nodes: the nodes' names, or their number.
        links: pairs (source, target) of names, or an array.
        directed: whether links go one way only.
        self_dependence: has no effect here (a warning says so).
        self_scaling: has no effect here.
        normalization: whether Adj is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"``, ``"row_column"`` or ``"symmetric"``.
        b: number of instances; in instance mode the number of nodes.
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: for c outside (0, 1], a singular matrix, or as :class:`GraphInterdependence`.

    Example:
        >>> f = PagerankMultihopGraphInterdependence(m=1, c=0.5, nodes=2, links=[[0, 1]])
        >>> f(torch.tensor([[1.0], [1.0]])).T
        tensor([[0.5000, 0.7500]])
    """

    formula = "A = c (I - (1 - c) Adj)^-1"
    source = SOURCE
    kept_bits: Tensor | None
    single_bits: Tensor | None

    def __init__(
        self,
        m: int,
        c: float = 0.15,
        graph: str | Graph | None = None,
        nodes: int | Sequence[Hashable] | None = None,
        links: LinkList | None = None,
        directed: bool = True,
        self_dependence: bool = False,
        self_scaling: float = 1.0,
        normalization: bool = False,
        normalization_mode: str = "row",
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        if not 0 < check_finite("c", c) <= 1:
            raise ValueError(f"c must be in (0, 1], got {c!r}: without restarts there is no limit.")
        warn_of_loops(self.key(), self_dependence, self_scaling)
        super().__init__(
            m, graph, nodes, links, directed, False, self_scaling, normalization,
            normalization_mode, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip
        self.c = float(c)
        n = self.links.shape[0]
        bound = 1.0 if normalization and normalization_mode == "symmetric" else self._norm()
        self.contraction = (1 - self.c) * bound  # 1 is a bound of that 2-norm
        self.symmetric = self._is_symmetric()
        steps = self._steps(torch.finfo(torch.float64).eps)
        keeps = n <= FEW_NODES or steps is None or steps > MOST_STEPS
        # It follows from the options: not saved. Bits stay exact under any cast. In both
        # precisions: to round n^2 numbers at each call takes a tenth of the product's time.
        kept = self._solved(n) if keeps else None
        for name, dtype, bits in (
            ("kept_bits", torch.float64, torch.int64),
            ("single_bits", torch.float32, torch.int32),
        ):
            value = None if kept is None else kept.to(dtype).view(bits)
            self.register_buffer(name, value, persistent=False)

    def _solved(self, n: int) -> Tensor:
        """A (n, n), float64, by the factors of I - (1 - c) Adj."""
        identity = torch.eye(n, dtype=torch.float64)
        Adj = self.links.dense(self.values(identity))
        factors, pivots, info = torch.linalg.lu_factor_ex(identity - (1 - self.c) * Adj)
        sizes = factors.diagonal().abs()
        if info or sizes.min() < 1e-14 * sizes.max():
            raise ValueError(f"I - (1 - c) Adj is singular for c = {self.c!r} and this graph.")
        A = torch.linalg.lu_solve(factors, pivots, self.c * identity)
        # Exactly 0 where no path leads: rounding would hide that from a mask.
        return A.masked_fill(~reachable(Adj), 0)

    def _norm(self) -> float:
        """A bound of the spectral radius: the smaller of the largest row sum and column sum."""
        values = self.value_bits.view(torch.float64).abs()
        sides = (torch.zeros(n, dtype=torch.float64) for n in self.links.shape)
        sums = [
            zeros.index_add(0, side, values)
            for zeros, side in zip(sides, self.links.places, strict=True)
        ]
        return min(float(s.max()) for s in sums)

    def _is_symmetric(self) -> bool:
        """Whether every link goes both ways: then all eigenvalues of Adj are real."""
        n, (source, target) = self.links.shape[0], self.links.places
        return torch.equal((source * n + target).sort().values, target * n + source)

    def _steps(self, accuracy: float) -> int | None:
        """The number of steps that leave an error below ``accuracy``; None: there is none."""
        q = self.contraction
        if q >= 1:
            return None
        if q == 0:
            return 1
        if not self.symmetric:
            return math.ceil(math.log(accuracy) / math.log(q))
        # The bound holds in the norm in which Adj is symmetric, which differs by up to n.
        q /= 1 + math.sqrt(1 - q * q)
        return math.ceil(math.log(accuracy / (2 * self.links.shape[0])) / math.log(q))

    def build(self, C: Tensor) -> Tensor:
        """The matrix, kept or by the iteration."""
        kept = self._kept(C)
        return super().build(C) if kept is None else kept

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by the kept matrix, or by the iteration."""
        kept = self._kept(Z)
        if kept is not None:
            return self.times(Z, kept)
        return self._iterate(Z.float() if Z.dtype in HALF else Z).to(Z.dtype)

    def _kept(self, like: Tensor) -> Tensor | None:
        """The matrix in the dtype and on the device of ``like``, if it is kept."""
        if self.kept_bits is None or self.single_bits is None:
            return None
        if like.dtype == torch.float64:
            return self.kept_bits.view(torch.float64).to(like)
        return self.single_bits.view(torch.float32).to(like)

    def _iterate(self, Z: Tensor) -> Tensor:
        """The fixed point of u = (1 - c) u Adj + c Z."""
        values, V = self.values(Z), Z.mT
        weights = self._weights(torch.finfo(Z.dtype).eps)
        if self.links.bags(values, V):
            return by_columns(
                lambda V: FixedPoint.apply(V, values, self.links, self.c, weights, False), V
            ).mT
        start = self.c * Z
        previous = u = start
        for weight in weights:
            following = torch.add(start, self.step(u), alpha=1 - self.c)
            previous, u = u, torch.lerp(previous, following, weight)
        return u

    def _weights(self, accuracy: float) -> list[float]:
        """The weight of each step: 1, or Chebyshev's where all eigenvalues are real."""
        weights = [1.0] * (self._steps(accuracy) or 1)
        if self.symmetric:
            omega = 2.0
            for k in range(1, len(weights)):
                omega = 1 / (1 - self.contraction**2 * omega / 4)
                weights[k] = omega
        return weights


class FixedPoint(torch.autograd.Function):
    """The iteration in three arrays; its gradient is the same one against the links."""

    @staticmethod
    def forward(
        V: Tensor, values: Tensor, links: Links, c: float, weights: list[float], by_source: bool
    ) -> Tensor:
        """The fixed point of u = (1 - c) Adj^T u + c V, (n, D)."""
        start = c * V.contiguous()
        u, previous = start.clone(), start.clone()
        for weight in weights:
            following = links.weighted_sums(values, u, by_source).mul_(1 - c).add_(start)
            u, previous = previous.lerp_(following, weight), u
        return u

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the matrix."""
        _, values, ctx.links, ctx.c, ctx.weights, ctx.by_source = inputs
        ctx.save_for_backward(values)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        """The same for the transpose."""
        (values,) = ctx.saved_tensors
        against = not ctx.by_source
        y = FixedPoint.apply(g, values, ctx.links, ctx.c, ctx.weights, against)
        return y, None, None, None, None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], V: Tensor, *arguments: Any) -> tuple[Tensor, int]:
        """One more leading axis of V."""
        return by_columns(lambda V: FixedPoint.apply(V, *arguments), V.movedim(in_dims[0], 0)), 0


def reachable(adjacency: Tensor) -> Tensor:
    """Which nodes (columns) a path leads to from which (rows), each node to itself: bool (n, n).

    Example:
        >>> reachable(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        tensor([[ True,  True],
                [False,  True]])
    """
    n = adjacency.shape[0]
    reached = (adjacency != 0).double() + torch.eye(n, dtype=torch.float64, device=adjacency.device)
    for _ in range(n.bit_length()):  # paths of twice the length
        reached = (reached @ reached > 0).double()
    return reached > 0
