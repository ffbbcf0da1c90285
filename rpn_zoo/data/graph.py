"""Graphs read from a file or known by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_zoo.data.locate import find_file, require_file
from rpn_zoo.data.npz import Arrays, check_integers, read_npz
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.graph import Graph

NAMES = ("cora", "citeseer", "pubmed")
"""Graphs that are known by name; each is looked for as ``planetoid/<name>.npz``."""


def load_graph(name_or_path: str, root: str | None = None) -> Graph:
    """Read the graph of a data set by name, or of an ``.npz`` file.

    The file holds ``edges``, integers (2, E), and the number of nodes, as ``num_nodes`` (a single
    integer) or by the length of the labels ``y``. Its links are taken as undirected and come back
    in both directions, unless it holds ``directed`` = True. Duplicates count once; links of a node
    to itself are kept (:meth:`Graph.without_self_links` drops them).

    Args:
        name_or_path: one of ``cora``, ``citeseer``, ``pubmed``, looked for as
            ``planetoid/<name>.npz``; or a path that ends in ``.npz``.
        root: the folder to look in first, then ``$RPN_ZOO_DATA``, then ``datasets/``. A path is
            relative to it if it is given, else to the working directory or one of these places.

    Raises:
        FileNotFoundError: listing the places searched.
        ValueError: an unknown name, or naming the file and what is wrong with it.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name, "path3.npz")
        >>> np.savez(path, num_nodes=3, edges=np.array([[0, 1], [1, 2]]))
        >>> graph = load_graph(str(path))
        >>> graph.num_nodes, graph.pairs()
        (3, [(0, 1), (1, 0), (1, 2), (2, 1)])
        >>> folder.cleanup()
    """
    if not name_or_path.endswith(".npz"):
        check_choice("graph", name_or_path, NAMES)
        path = _find_named(f"planetoid/{name_or_path}.npz", root)
    else:
        path = require_file(name_or_path, root)
    arrays = read_npz(path, ["edges"], ["num_nodes", "y", "directed"])
    return graph_of(path, arrays)


def _find_named(path: str, root: str | None) -> Path:
    search = find_file(path, root)
    if search.raw is None:
        raise FileNotFoundError(f"{path} was not found; searched: {search.describe()}.")
    return search.raw


def graph_of(path: Path, arrays: Arrays) -> Graph:
    """The graph in the arrays ``edges``, ``num_nodes``, ``y`` and ``directed`` of a file.

    Raises:
        ValueError: naming the file and what is wrong with it.
    """
    edges = check_integers(path, "edges", arrays["edges"], "(2, E)")
    try:
        graph = Graph(_count_nodes(path, arrays), torch.from_numpy(edges))
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).replace('links', 'edges')}") from error
    directed: NDArray[np.bool_] = np.asarray(arrays.get("directed", False))
    if directed.ndim or directed.dtype != np.bool_:
        raise ValueError(
            f"{path}: directed must be a single truth value, got {directed.dtype} of shape "
            f"{directed.shape}."
        )
    return graph if directed else graph.undirected()


def _count_nodes(path: Path, arrays: Arrays) -> int:
    counts = {}
    if "num_nodes" in arrays:
        counts["num_nodes"] = int(check_integers(path, "num_nodes", arrays["num_nodes"], "()"))
    if "y" in arrays:
        counts["y"] = len(check_integers(path, "y", arrays["y"], "(N,)"))
    if not counts:
        raise ValueError(f"{path}: needs num_nodes, or y, to tell the number of nodes.")
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"{path}: num_nodes = {counts['num_nodes']:,} and the {counts['y']:,} labels of y "
            "must be the same number."
        )
    return next(iter(counts.values()))
