"""Graph interdependence over several hops: powers of the adjacency matrix, and PageRank."""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.graph import SOURCE, GraphInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

FACTORED_NODES = 256
"""Up to this many nodes PageRank solves by factors of the matrix."""
SLOWEST_CONTRACTION = 0.95
"""The largest factor per step for which PageRank iterates: about 700 steps in float64."""


class GraphPowers(GraphInterdependence):
    """What the graph functions over several hops share: A is a function of the adjacency matrix.

    A has many more entries than the graph has links, so it has no pattern, and is applied step by
    step.
    """

    def build(self, C: Tensor) -> Tensor:
        """The matrix, column by column of its product with the identity."""
        n = C.shape[-1]
        return self.mix(C, torch.eye(n, dtype=C.dtype, device=C.device))

    def pattern(self) -> Tensor | None:
        """None: any entry may differ from 0."""
        return None


@register
class MultihopGraphInterdependence(GraphPowers):
    r"""A power of the adjacency matrix, :math:`A = Adj^h`, or :math:`\sum_{k=1}^h Adj^k`.

    Costs h sparse products, no matrix.

    Args:
        m: number of attributes; in attribute mode the number of nodes.
        h: number of hops, >= 0; 0 is the identity, and accumulated the zero matrix (an empty sum).
        accumulative: whether the powers 1 .. h are added up.
        graph: see :class:`GraphInterdependence`, also for all further arguments.
        nodes: the nodes' names, or their number.
        links: pairs (source, target) of names.
        directed: whether links go one way only.
        self_dependence: whether ``self_scaling`` is added to the diagonal.
        self_scaling: what is added.
        normalization: whether Adj is normalised by its sums (its powers are not again).
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        b: number of instances; in instance mode the number of nodes.
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: for h < 0, or as :class:`GraphInterdependence`.

    Example:
        >>> f = MultihopGraphInterdependence(m=1, h=2, nodes=3, links=[[0, 1], [1, 2]])
        >>> f(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[0., 0., 1.]])
    """

    formula = "A = Adj^h, or Adj + Adj^2 + ... + Adj^h if accumulative"
    source = SOURCE

    def __init__(
        self,
        m: int,
        h: int = 1,
        accumulative: bool = False,
        graph: str | Graph | None = None,
        nodes: int | Sequence[Hashable] | None = None,
        links: Sequence[Sequence[Hashable]] | Tensor | None = None,
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
        check_positive_int("h", h, minimum=0)
        super().__init__(
            m, graph, nodes, links, directed, self_dependence, self_scaling, normalization,
            normalization_mode, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip
        self.h, self.accumulative = h, accumulative

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by h sparse products."""
        if not self.accumulative:
            for _ in range(self.h):
                Z = self.step(Z)
            return Z
        total = torch.zeros_like(Z)
        for _ in range(self.h):  # Z (A + A^2) = (Z + Z A) A, and so on
            total = self.step(Z + total)
        return total


@register
class PagerankMultihopGraphInterdependence(GraphPowers):
    r"""Personalised PageRank, :math:`A = c\,(I - (1 - c)\,Adj)^{-1}` without self dependence.

    For normalised graphs :math:`u \leftarrow (1 - c)\, u\, Adj + c Z` is iterated until the rest is
    below the rounding of the dtype, :math:`(1-c)^K` after K sparse products; no matrix is made.
    Graphs of up to 256 nodes, and those for which the iteration would hardly contract, are solved
    by the factors (n, n) of the matrix, taken once when the function is made.

    Args:
        m: number of attributes; in attribute mode the number of nodes.
        c: probability of a restart, in (0, 1].
        graph: see :class:`GraphInterdependence`, also for all further arguments.
        nodes: the nodes' names, or their number.
        links: pairs (source, target) of names.
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

    def __init__(
        self,
        m: int,
        c: float = 0.15,
        graph: str | Graph | None = None,
        nodes: int | Sequence[Hashable] | None = None,
        links: Sequence[Sequence[Hashable]] | Tensor | None = None,
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
        if self_dependence:
            message = f"{self.key()}: self_dependence has no effect, PageRank has no self links."
            warnings.warn(message, stacklevel=2)
        super().__init__(
            m, graph, nodes, links, directed, False, self_scaling, normalization,
            normalization_mode, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip
        self.c = float(c)
        n = self.size or 0
        self.contraction = (1 - self.c) * _norm(self.places, self.value_bits, n)
        factors = pivots = None
        if n <= FACTORED_NODES or self.contraction > SLOWEST_CONTRACTION:
            identity = torch.eye(n, dtype=torch.float64)
            matrix = identity - (1 - self.c) * GraphInterdependence.build(self, identity)
            factors, pivots, info = torch.linalg.lu_factor_ex(matrix)
            small = factors.diagonal().abs().min() < 1e-14 * factors.diagonal().abs().max()
            if info or small:
                raise ValueError(f"I - (1 - c) Adj is singular for c = {c!r} and this graph.")
            factors = factors.view(torch.int64)
        self.register_buffer("factors", factors, persistent=False)
        self.register_buffer("pivots", pivots, persistent=False)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by a solution with the factors, or by iteration."""
        if self.factors is not None and self.pivots is not None:
            # In float64: torch solves neither in half precision nor with factors of another dtype.
            factors = self.factors.view(torch.float64)
            y = torch.linalg.lu_solve(factors, self.pivots, Z.double(), left=False)
            return (self.c * y).to(Z.dtype)
        steps = 0
        if self.contraction:
            steps = math.ceil(math.log(torch.finfo(Z.dtype).eps) / math.log(self.contraction))
        start = self.c * Z
        u = start
        for _ in range(steps):
            u = start + (1 - self.c) * self.step(u)
        return u


def _norm(places: Tensor, value_bits: Tensor, n: int) -> float:
    """A bound of the spectral radius: the smaller of the largest row sum and column sum."""
    values = value_bits.view(torch.float64).abs()
    sums = [torch.zeros(n, dtype=torch.float64).index_add_(0, side, values) for side in places]
    return min(float(s.max()) for s in sums)
