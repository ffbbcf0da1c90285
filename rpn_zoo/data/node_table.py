"""A graph whose nodes have features and classes, and its ``.npz`` file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.data.degree import degree_normalize
from rpn_zoo.data.graph import graph_of
from rpn_zoo.data.npz import Arrays, check_integers, read_npz, write_npz
from rpn_zoo.functions.graph import Graph, csr_tensor

PARTS = ("train", "val", "test")
FEATURES = ("x_data", "x_indices", "x_indptr", "x_shape")


@dataclass(frozen=True, eq=False)
class NodeTable:
    """Nodes 0 .. N-1 with m features, a class or none, and the links between them.

    Args:
        indptr: int64, (N + 1,): the stored features of node i are indptr[i] .. indptr[i + 1] - 1.
        indices: int64, (nnz,): which feature each of them is.
        values: float32, (nnz,): its value; what is not stored is 0.
        num_features: m.
        labels: int64, (N,): classes 0 .. C-1, or -1 for a node without one.
        graph: the links.
        parts: indices of the nodes, int64, under ``train``, ``val`` and ``test``.
    """

    indptr: Tensor
    indices: Tensor
    values: Tensor
    num_features: int
    labels: Tensor
    graph: Graph
    parts: dict[str, Tensor]

    @property
    def num_classes(self) -> int:
        """The number C of classes."""
        return int(self.labels.max()) + 1

    def features(self, normalize: bool = True, sparse: bool = False) -> Tensor:
        """The features as one matrix, float32, (N, m).

        Args:
            normalize: divide each row by its sum; a row of zeros stays.
            sparse: give a sparse CSR tensor instead of a dense one.
        """
        size = (len(self.labels), self.num_features)
        if sparse:
            x = csr_tensor(self.indptr, self.indices, self.values, size)
        else:
            rows = torch.arange(size[0]).repeat_interleave(self.indptr.diff())
            x = torch.zeros(size).index_put_((rows, self.indices), self.values)
        return degree_normalize(x, "row") if normalize else x

    def describe_sizes(self) -> str:
        """Nodes, links and sizes of the parts in words."""
        sizes = "/".join(f"{len(self.parts[part]):,}" for part in PARTS)
        return f"{self.graph.num_nodes:,} nodes, {self.graph.links.shape[1]:,} links, {sizes}"


def read_nodes(path: Path) -> NodeTable:
    """Read a node table and check it.

    The file holds ``x_data``, ``x_indices``, ``x_indptr``, ``x_shape`` (features in CSR form),
    ``y`` (classes, -1 for none), ``edges`` as for :func:`~rpn_zoo.data.graph.load_graph`, and node
    indices ``train``, ``val``, ``test``.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming the file and what is wrong with it.

    Example: see :func:`~rpn_zoo.data.block_model.stochastic_block_model`.
    """
    arrays = read_npz(path, [*FEATURES, "y", "edges", *PARTS], ["num_nodes", "directed"])
    graph = graph_of(path, arrays)
    labels = check_integers(path, "y", arrays["y"], "(N,)")
    if labels.min() < -1 or labels.max() < 1:
        raise ValueError(
            f"{path}: y must hold classes 0, 1, ... (two at least), or -1 for none, got values "
            f"from {labels.min()} to {labels.max()}."
        )
    indptr, indices, values, num_features = _features(path, arrays, len(labels))
    parts = {part: _part(path, part, arrays, labels) for part in PARTS}
    for i, first in enumerate(PARTS):
        for second in PARTS[i + 1 :]:
            if shared := np.intersect1d(parts[first], parts[second]).tolist():
                raise ValueError(
                    f"{path}: {first} and {second} must not share nodes, got node {shared[0]} in "
                    "both."
                )
    return NodeTable(
        torch.from_numpy(indptr),
        torch.from_numpy(indices),
        torch.from_numpy(values),
        num_features,
        torch.from_numpy(labels),
        graph,
        {part: torch.from_numpy(rows) for part, rows in parts.items()},
    )


def write_nodes(path: Path, table: NodeTable) -> None:
    """Write a node table to the file that :func:`read_nodes` reads, in one step.

    Args:
        path: the file; an existing one is replaced.
        table: the table. Of links that go both ways one is written; if some do not, all are, with
            ``directed`` = True.
    """
    source, target = table.graph.links
    undirected = torch.equal(table.graph.undirected().links, table.graph.links)
    edges = table.graph.links[:, source <= target] if undirected else table.graph.links
    arrays: Arrays = {
        "x_data": table.values.numpy(),
        "x_indices": table.indices.numpy().astype(np.int32),
        "x_indptr": table.indptr.numpy().astype(np.int32),
        "x_shape": np.array([len(table.labels), table.num_features]),
        "y": table.labels.numpy(),
        "edges": edges.numpy().astype(np.int32),
        **{part: rows.numpy() for part, rows in table.parts.items()},
    }
    write_npz(path, arrays if undirected else {**arrays, "directed": np.array(True)})


def _features(
    path: Path, arrays: Arrays, nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], int]:
    shape = check_integers(path, "x_shape", arrays["x_shape"], "(N,)")
    if len(shape) != 2 or shape[0] != nodes or shape[1] < 1:
        raise ValueError(
            f"{path}: x_shape must be [{nodes}, number of features] for the {nodes} labels of y, "
            f"got {shape.tolist()}."
        )
    indptr = check_integers(path, "x_indptr", arrays["x_indptr"], "(N,)")
    indices = check_integers(path, "x_indices", arrays["x_indices"], "(N,)")
    values = arrays["x_data"]
    if not np.issubdtype(values.dtype, np.floating) or values.shape != indices.shape:
        raise ValueError(
            f"{path}: x_data must be floating point of shape {indices.shape} like x_indices, got "
            f"{values.dtype} of shape {values.shape}."
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: x_data must be finite, got NaN or infinity.")
    ends = (indptr[0], indptr[-1]) if len(indptr) == nodes + 1 else None
    if ends != (0, len(indices)) or (np.diff(indptr) < 0).any():
        raise ValueError(
            f"{path}: x_indptr must hold {nodes + 1} numbers that rise from 0 to the "
            f"{len(indices)} stored values."
        )
    inside = (indices >= 0) & (indices < shape[1])
    rises = np.diff(indices, append=shape[1]) > 0
    rises[indptr[1:-1][indptr[1:-1] > 0] - 1] = True  # a new row may start lower
    if not (inside & rises).all():
        raise ValueError(
            f"{path}: x_indices must be in 0..{shape[1] - 1} and rise within each row, which they "
            f"do not at place {int(np.argmin(inside & rises))}."
        )
    return indptr, indices, values.astype(np.float32), int(shape[1])


def _part(path: Path, part: str, arrays: Arrays, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = check_integers(path, part, arrays[part], "(N,)")
    if not len(rows) or rows.min() < 0 or rows.max() >= len(labels):
        raise ValueError(
            f"{path}: {part} must hold nodes in 0..{len(labels) - 1}, at least one, got "
            f"{len(rows)} from {rows.min(initial=0)} to {rows.max(initial=0)}."
        )
    if len(np.unique(rows)) != len(rows):
        raise ValueError(f"{path}: {part} must hold each node once, got some twice.")
    if (labels[rows] < 0).any():
        node = int(rows[np.argmax(labels[rows] < 0)])
        raise ValueError(f"{path}: {part} must hold nodes with a class, node {node} has none.")
    return rows
