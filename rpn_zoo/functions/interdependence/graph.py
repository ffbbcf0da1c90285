"""Graph interdependence: every node gathers from the nodes that link to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.adjacency import LinkList, adjacency, make_graph
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.links import Links
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

SOURCE = "RPN 2, arXiv:2411.11162, section 4 (graph based interdependence functions)"


@register
class GraphInterdependence(Interdependence):
    r"""The adjacency matrix of a graph, :math:`A_{ij} = [i \to j]`: few entries, never a matrix.

    :math:`y_j = \sum_{i \to j} A_{ij} z_i`: what a node holds flows along its links. Links that
    stand several times count once; the link of a node to itself is an entry of the diagonal, to
    which the self dependence is added. Costs E products for each column of Z, E the number of
    entries.

    Args:
        m: number of attributes; in attribute mode the number of nodes.
        graph: name of a known graph or path of an ``.npz`` file with ``edges``
            (:func:`rpn_zoo.data.load_graph`), or a :class:`Graph` (which no config can hold).
        nodes: instead of ``graph``: the nodes' names in the order of the objects, or their number.
        links: with ``nodes``: pairs (source, target) of names, or a tensor or array of positions
            (2, E) (which no config can hold).
        directed: whether links go one way only.
        self_dependence: whether ``self_scaling`` is added to the diagonal.
        self_scaling: what is added.
        normalization: whether A is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` (each node averages what comes in),
            ``"row_column"`` (rows by the root of their sums, then columns by the root of the sums
            that this leaves) or ``"symmetric"`` (every entry by the roots of the sums of its row
            and of its column, as in graph convolutional networks).
        b: number of instances; in instance mode the number of nodes (None: taken from the graph).
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: for a graph given twice or not at all, an unknown or repeated node, or a number
            of nodes that is not that of the objects.

    Example:
        >>> f = GraphInterdependence(m=1, nodes=3, links=[[0, 1], [1, 2]])
        >>> f(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[0., 1., 2.]])
    """

    formula = "A[i, j] = [i -> j] + self_scaling [i = j], normalised by row or column sums if asked"
    source = SOURCE
    default_type = "instance"
    links: Links
    value_bits: Tensor

    def __init__(
        self,
        m: int,
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
        made = make_graph(graph, nodes, links)
        places, values = adjacency(
            made,
            directed,
            check_finite("self_scaling", self_scaling) if self_dependence else 0.0,
            normalization_mode if normalization else None,
        )
        in_instances = self.mode_of(interdependence_type) == "instance"
        name, size = ("b", b) if in_instances else ("m", m)
        if size is not None and size != made.num_nodes:
            raise ValueError(
                f"{name} must be the number of nodes, {made.num_nodes}, got {name} = {size}."
            )
        super().__init__(
            m,
            made.num_nodes if in_instances else b,
            interdependence_type,
            preprocess_functions=preprocess_functions,
            postprocess_functions=postprocess_functions,
        )
        self.links = Links(places, (made.num_nodes, made.num_nodes))
        # They follow from the options: not saved. Bits of float64 stay exact under any cast.
        self.register_buffer("value_bits", values.view(torch.int64), persistent=False)

    def step(self, Z: Tensor) -> Tensor:
        """Z Adj for Z (..., rows, n)."""
        return self.links.sums(self.values(Z), Z.mT).mT

    def values(self, like: Tensor) -> Tensor:
        """The entries of Adj, (E,), in the dtype and on the device of ``like``."""
        return self.value_bits.view(torch.float64).to(like)

    def build(self, C: Tensor) -> Tensor:
        """The adjacency matrix (n, n)."""
        return self.links.dense(self.values(C))

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by the entries of A."""
        return self.step(Z)

    def pattern(self) -> Tensor | None:
        """The links, with the diagonal under self dependence."""
        return self.links.places

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The entries of A at any places (2, K), found among the links: (K,)."""
        n, places = C.shape[-1], self.links.places
        values = self.values(C)
        if not len(values):
            return values.new_zeros(pattern.shape[1])
        keys, wanted = places[1] * n + places[0], pattern[1] * n + pattern[0]
        at = torch.searchsorted(keys, wanted).clamp(max=len(values) - 1)
        return torch.where(keys[at] == wanted, values[at], 0)

    @property
    def config(self) -> dict[str, Any]:
        """The config; a graph or links that were given as objects have none."""
        for name in ("graph", "links"):
            if isinstance(self._options.get(name), (Graph, Tensor, np.ndarray)):
                raise TypeError(
                    f"{self.key()}: option {name} was given as an object and has no config; save "
                    "edges (2, E) and num_nodes as an .npz file and give its path as graph instead."
                )
        return super().config

    def extra_repr(self) -> str:
        """The mode, the sizes and the options, of nodes and links only the numbers."""
        hidden = {"graph", "nodes", "links"}
        options = {k: v for k, v in self._options.items() if k not in hidden}
        size = f"{self.links.shape[0]} nodes, {self.links.places.shape[1]} entries"
        return ", ".join(
            [self.mode, f"m={self.m}", size, *(f"{k}={v!r}" for k, v in options.items())]
        )
