"""Graph interdependence over several hops: powers of the adjacency matrix."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.adjacency import LinkList
from rpn_zoo.functions.interdependence.graph import SOURCE, GraphInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


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

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The entries of A, which is formed, at the places ``pattern`` (2, K): (K,)."""
        return self.build(C)[pattern[0], pattern[1]]


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
        links: pairs (source, target) of names, or an array.
        directed: whether links go one way only.
        self_dependence: whether ``self_scaling`` is added to the diagonal.
        self_scaling: what is added.
        normalization: whether Adj is normalised by its sums (its powers are not again).
        normalization_mode: ``"row"``, ``"column"``, ``"row_column"`` or ``"symmetric"``.
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
