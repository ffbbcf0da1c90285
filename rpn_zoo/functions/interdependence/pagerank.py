"""Graph interdependence over all hops, with restarts: personalised PageRank."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.adjacency import LinkList
from rpn_zoo.functions.interdependence.chain import warn_of_loops
from rpn_zoo.functions.interdependence.graph import SOURCE, GraphInterdependence
from rpn_zoo.functions.interdependence.multihop_graph import GraphPowers
from rpn_zoo.functions.kernels.precision import HALF
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

FACTORED_NODES = 256
"""Up to this many nodes PageRank solves by factors of the matrix."""
MOST_STEPS = 700
"""The most steps in float64 for which PageRank iterates."""


@register
class PagerankMultihopGraphInterdependence(GraphPowers):
    r"""Personalised PageRank, :math:`A = c\,(I - (1 - c)\,Adj)^{-1}` without self dependence.

    For graphs normalised by rows or by columns :math:`u \leftarrow (1 - c)\, u\, Adj + c Z` is
    iterated until the rest is below the rounding of the dtype, :math:`(1-c)^K` after K sparse
    products, or with Chebyshev's weights :math:`((1-c) / (1 + \sqrt{1 - (1-c)^2}))^K` where all
    links go both ways; no matrix is made. Graphs of up to 256 nodes, and those for which there is
    no such bound or it takes over 700 steps, are solved by the factors (n, n) of the matrix, taken
    once when the function is made: :math:`O(n^3)` then, :math:`O(n^2)` for each column of Z.

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
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
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
    factors: Tensor | None
    pivots: Tensor | None
    reached: Tensor | None

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
        self.contraction = (1 - self.c) * self._norm()
        self.symmetric = self._is_symmetric()
        factors = pivots = reached = None
        steps = self._steps(torch.finfo(torch.float64).eps)
        if n <= FACTORED_NODES or steps is None or steps > MOST_STEPS:
            identity = torch.eye(n, dtype=torch.float64)
            adjacency = GraphInterdependence.build(self, identity)
            matrix = identity - (1 - self.c) * adjacency
            factors, pivots, info = torch.linalg.lu_factor_ex(matrix)
            sizes = factors.diagonal().abs()
            if info or sizes.min() < 1e-14 * sizes.max():
                raise ValueError(f"I - (1 - c) Adj is singular for c = {c!r} and this graph.")
            factors, reached = factors.view(torch.int64), reachable(adjacency)
        self.register_buffer("factors", factors, persistent=False)
        self.register_buffer("pivots", pivots, persistent=False)
        self.register_buffer("reached", reached, persistent=False)

    def build(self, C: Tensor) -> Tensor:
        """The matrix; exactly 0 where no path leads, which rounding would hide from a mask."""
        A = super().build(C)
        return A if self.reached is None else A.masked_fill(~self.reached, 0)

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

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by a solution with the factors, or by iteration."""
        if self.factors is not None and self.pivots is not None:
            # In float64: torch solves neither in half precision nor with factors of another dtype.
            factors = self.factors.view(torch.float64)
            y = torch.linalg.lu_solve(factors, self.pivots, Z.double(), left=False)
            return (self.c * y).to(Z.dtype)
        return self._iterate(Z.float() if Z.dtype in HALF else Z).to(Z.dtype)

    def _iterate(self, Z: Tensor) -> Tensor:
        """The fixed point of u = (1 - c) u Adj + c Z."""
        start = self.c * Z
        previous, u, omega = start, torch.add(start, self.step(start), alpha=1 - self.c), 2.0
        for _ in range((self._steps(torch.finfo(Z.dtype).eps) or 1) - 1):
            following = torch.add(start, self.step(u), alpha=1 - self.c)
            if self.symmetric:  # Chebyshev's weights: as many steps as the root of the condition
                omega = 1 / (1 - self.contraction**2 * omega / 4)
                following = torch.lerp(previous, following, omega)
            previous, u = u, following
        return u


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
