"""The adjacency matrix of a graph as a list of entries."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.matrix_normalization import (
    check_mode,
    normalize_links_by_degree,
    normalize_links_symmetrically,
)

LinkList: TypeAlias = "Sequence[Sequence[Hashable]] | Tensor | npt.NDArray[Any]"
"""Links as options give them: pairs of names, or positions as an array (2, E)."""


def make_graph(
    graph: str | Graph | None,
    nodes: int | Sequence[Hashable] | None,
    links: LinkList | None,
) -> Graph:
    """The graph that the options of an interdependence function name.

    Args:
        graph: a name or the path of an ``.npz`` file (see :func:`rpn_zoo.data.load_graph`), or a
            graph; None: it is given by the next two.
        nodes: the nodes' names in order, or their number N for the names 0 .. N-1.
        links: pairs (source, target) of names, or a tensor or array of positions (2, E).

    Raises:
        ValueError: if the graph is given twice or not at all, a node stands twice, or a link has an
            unknown node.

    Example:
        >>> make_graph(None, ["a", "b"], [["a", "b"]]).pairs()
        [(0, 1)]
    """
    if graph is not None and (nodes is not None or links is not None):
        raise ValueError("the graph must be given by graph, or by nodes and links, not by both.")
    if isinstance(graph, Graph):
        return graph
    if graph is not None:
        from rpn_zoo.data.graph import load_graph  # here: files are no concern of other functions

        return load_graph(graph)
    if nodes is None or links is None:
        raise ValueError("the graph must be given: graph, or both nodes and links.")
    if isinstance(links, np.ndarray):
        links = torch.as_tensor(links)
    if isinstance(links, Tensor):
        return Graph(Graph.from_pairs(nodes, []).num_nodes, links)
    return Graph.from_pairs(nodes, links)


def adjacency(
    graph: Graph,
    directed: bool,
    self_scaling: float = 0.0,
    normalization_mode: str | None = None,
) -> tuple[Tensor, Tensor]:
    """The entries of the adjacency matrix that are not 0.

    Args:
        graph: nodes and links; a link that stands several times counts once.
        directed: whether links go one way only.
        self_scaling: what is added to the diagonal; the link of a node to itself counts besides.
        normalization_mode: ``"row"``, ``"column"``, ``"row_column"``, ``"symmetric"`` or None.

    Returns:
        places, int64 (2, E), row 0 the sources, each place once, ordered by target, then source;
        and values, float64 (E,).

    Raises:
        ValueError: for an unknown mode, or sums below 0, which have no root.

    Example:
        >>> places, values = adjacency(Graph(2, torch.tensor([[0], [1]])), False, 1.0, "column")
        >>> places.tolist(), values.tolist()
        ([[0, 1, 0, 1], [0, 0, 1, 1]], [0.5, 0.5, 0.5, 0.5])
    """
    n = graph.num_nodes
    links = graph.links if directed else graph.undirected().links
    keys = (links[1] * n + links[0]).sort().values
    values = torch.ones(len(keys), dtype=torch.float64)
    if self_scaling:
        loops = torch.arange(n) * (n + 1)
        keys, place = torch.cat([keys, loops]).unique(return_inverse=True)
        values = torch.cat([values, torch.full((n,), self_scaling, dtype=torch.float64)])
        values = torch.zeros(len(keys), dtype=torch.float64).index_add_(0, place, values)
    places = torch.stack([keys % n, keys.div(n, rounding_mode="floor")])
    if normalization_mode is not None:
        mode = check_mode(normalization_mode, more=("symmetric",))
        if mode == "symmetric":
            values = normalize_links_symmetrically(values, places, (n, n))
        else:
            values = normalize_links_by_degree(values, places, (n, n), mode)
        if not values.isfinite().all():
            raise ValueError(
                f"normalization_mode {normalization_mode!r} takes roots of sums: they must not be "
                f"negative, as they are with self_scaling = {self_scaling}."
            )
    return places, values
