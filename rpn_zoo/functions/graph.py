"""Graphs as a number of nodes and an array of links."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes 0 .. N-1 and directed links i -> j between them; an undirected link is there twice.

    Links are kept sorted by source, then target, and each once. A link of a node to itself is
    allowed.

    Args:
        num_nodes: the number N of nodes, >= 1.
        links: integers of shape (2, E): row 0 the sources, row 1 the targets. E may be 0.

    Attributes:
        links: int64, shape (2, E), sorted, without duplicates.

    Raises:
        ValueError: another dtype or shape, or a link with a node that is not in 0 .. N-1.

    Example:
        >>> graph = Graph(3, torch.tensor([[2, 0, 2], [1, 1, 1]]))
        >>> graph.links.tolist()
        [[0, 2], [1, 1]]
        >>> graph.undirected().pairs()
        [(0, 1), (1, 0), (1, 2), (2, 1)]
        >>> graph.adjacency().to_dense().tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """

    num_nodes: int
    links: Tensor

    def __post_init__(self) -> None:
        """Check the links, then sort them and drop duplicates."""
        check_positive_int("num_nodes", self.num_nodes)
        links = self.links
        if links.dim() != 2 or links.shape[0] != 2 or links.is_floating_point():
            raise ValueError(
                f"links must be integers of shape (2, E), got {links.dtype} of shape "
                f"{tuple(links.shape)}."
            )
        links = links.long()
        outside = ((links < 0) | (links >= self.num_nodes)).any(0).nonzero()
        if len(outside):
            place = int(outside[0])
            raise ValueError(
                f"links must join nodes in 0..{self.num_nodes - 1}, got "
                f"{tuple(links[:, place].tolist())} as link {place}."
            )
        keys = (links[0] * self.num_nodes + links[1]).unique(sorted=True)
        sources = keys.div(self.num_nodes, rounding_mode="floor")
        object.__setattr__(self, "links", torch.stack([sources, keys - sources * self.num_nodes]))

    @classmethod
    def from_pairs(
        cls, nodes: int | Sequence[Hashable], pairs: Sequence[Sequence[Hashable]]
    ) -> Graph:
        """Make a graph from pairs (source, target) of node names.

        Args:
            nodes: the names in order, or a number N for the names 0 .. N-1.
            pairs: the links; none, [], is allowed.

        Raises:
            ValueError: a name twice, a link that is no pair, or one with an unknown name.

        Example:
            >>> Graph.from_pairs(["a", "b", "c"], [("c", "a"), ("a", "b")]).pairs()
            [(0, 1), (2, 0)]
        """
        names = range(nodes) if isinstance(nodes, int) else list(nodes)
        place = {name: i for i, name in enumerate(names)}
        if len(place) != len(names):
            twice = next(name for i, name in enumerate(names) if place[name] != i)
            raise ValueError(f"nodes must be different from each other, got {twice!r} twice.")
        for k, pair in enumerate(pairs):
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise ValueError(f"links must be pairs (source, target), got {pair!r} as link {k}.")
            for name in pair:
                if name not in place:
                    raise ValueError(
                        f"links must join nodes of the graph, got the unknown {name!r} in link "
                        f"{k}, {tuple(pair)!r}."
                    )
        array = [[place[pair[side]] for pair in pairs] for side in (0, 1)]
        return cls(len(names), torch.tensor(array, dtype=torch.int64).view(2, len(pairs)))

    def undirected(self) -> Graph:
        """The graph with every link in both directions."""
        return Graph(self.num_nodes, torch.cat([self.links, self.links.flip(0)], dim=1))

    def without_self_links(self) -> Graph:
        """The graph without links of a node to itself."""
        return Graph(self.num_nodes, self.links[:, self.links[0] != self.links[1]])

    def pairs(self) -> list[tuple[int, int]]:
        """The links as a list of (source, target)."""
        return list(zip(*self.links.tolist(), strict=True))

    def adjacency(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """The sparse CSR matrix (N, N) with entry [i, j] = 1 for each link i -> j.

        Args:
            dtype: of the entries.
        """
        degrees = self.links[0].bincount(minlength=self.num_nodes)
        indptr = torch.cat([degrees.new_zeros(1), degrees.cumsum(0)])
        ones = torch.ones(self.links.shape[1], dtype=dtype, device=self.links.device)
        return csr_tensor(indptr, self.links[1], ones, (self.num_nodes, self.num_nodes))


def csr_tensor(indptr: Tensor, indices: Tensor, values: Tensor, size: tuple[int, int]) -> Tensor:
    """``torch.sparse_csr_tensor`` without the warning that its interface may still change."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*CSR.*beta state")
        return torch.sparse_csr_tensor(indptr, indices, values, size, check_invariants=True)
