"""The adjacency matrix of a graph as a list of entries, and products with it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.matrix_normalization import check_mode, normalize_links_by_degree


def make_graph(
    graph: str | Graph | None,
    nodes: int | Sequence[Hashable] | None,
    links: Sequence[Sequence[Hashable]] | Tensor | None,
) -> Graph:
    """The graph that the options of an interdependence function name.

    Args:
        graph: a name or the path of an ``.npz`` file (see :func:`rpn_zoo.data.load_graph`), or a
            graph; None: it is given by the next two.
        nodes: the nodes' names in order, or their number.
        links: pairs (source, target) of names, or integers of shape (2, E).

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
    if isinstance(links, Tensor):
        count = nodes if isinstance(nodes, int) else len(nodes)
        return Graph(count, links)
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
        normalization_mode: ``"row"``, ``"column"``, ``"row_column"`` or None.

    Returns:
        places, int64 (2, E), row 0 the sources, each place once; and values, float64 (E,).

    Example:
        >>> places, values = adjacency(Graph(2, torch.tensor([[0], [1]])), False, 1.0, "column")
        >>> places.tolist(), values.tolist()
        ([[0, 0, 1, 1], [0, 1, 0, 1]], [0.5, 0.5, 0.5, 0.5])
    """
    n = graph.num_nodes
    links = graph.links if directed else graph.undirected().links
    keys, values = links[0] * n + links[1], torch.ones(links.shape[1], dtype=torch.float64)
    if self_scaling:
        loops = torch.arange(n) * (n + 1)
        keys = torch.cat([keys, loops])
        values = torch.cat([values, torch.full((n,), self_scaling, dtype=torch.float64)])
        keys, place = keys.unique(return_inverse=True)
        values = torch.zeros(len(keys), dtype=torch.float64).index_add_(0, place, values)
    places = torch.stack([keys.div(n, rounding_mode="floor"), keys % n])
    if normalization_mode is not None:
        check_mode(normalization_mode)
        values = normalize_links_by_degree(values, places, (n, n), normalization_mode)
    return places, values


def times_entries(Z: Tensor, places: Tensor, values: Tensor, size: int) -> Tensor:
    """The product Z A for a matrix A of few entries, never formed.

    Args:
        Z: (..., rows, n).
        places: (2, E), row and column of each entry of A.
        values: (E,) or (..., E) with Z's leading axes, the entries.
        size: number of columns of A.

    Returns:
        (..., rows, size). Costs rows E products and as many numbers.
    """
    # Entries pick rows of the transposed operand: contiguous where instances are mixed.
    z = Z.mT.index_select(-2, places[0]) * values.unsqueeze(-1)
    y = z.new_zeros(*z.shape[:-2], size, z.shape[-1])
    return y.index_add(-2, places[1], z).mT
