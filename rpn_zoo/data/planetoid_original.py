"""The original Planetoid files, read by PyTorch Geometric and converted once to ``.npz``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch

from rpn_zoo.data.locate import DEFAULT_FOLDER, search_places
from rpn_zoo.data.node_table import NodeTable, write_nodes
from rpn_zoo.functions.graph import Graph
from rpn_zoo.offline import check_online

logger = logging.getLogger(__name__)

SUFFIXES = ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index")


class ConversionError(OSError):
    """The original files could not be read or fetched, or the result not be written."""


def convert_original(title: str, target: str, root: str | None = None) -> Path:
    """Convert a Planetoid data set to the ``.npz`` form, in one step.

    The original files are looked for as ``planetoid/<title>/raw/ind.<name>.*`` in the places that
    data are looked for in; where they are not found they are downloaded. The ``.npz`` is written
    to the same place.

    Args:
        title: ``"Cora"``, ``"CiteSeer"`` or ``"PubMed"``.
        target: the file to write, relative to that place.
        root: the place to look in first, and to download to; None: ``datasets/``.

    Returns:
        The file written.

    Raises:
        ConversionError: PyTorch Geometric is not installed, or reading, fetching or writing failed.
    """
    try:
        from torch_geometric.datasets import Planetoid as Original
    except ImportError as error:
        raise ConversionError(
            "the original files are read by PyTorch Geometric, which is not installed: "
            "pip install 'rpn-zoo[graph]'"
        ) from error
    place = _place(title, root)
    try:
        if not _complete(place, title):
            check_online(f"the original files of {title}")
        original = Original(root=str(place / "planetoid"), name=title, split="public")
        table = table_of(original[0])
        write_nodes(place / target, table)
    except Exception as error:  # of the network, of unpickling, of the disk
        raise ConversionError(f"{type(error).__name__}: {error}") from error
    logger.info("converted %s to %s", title, place / target)
    return place / target


def table_of(data: Any) -> NodeTable:
    """The node table of a PyTorch Geometric ``Data`` of a Planetoid data set.

    Nodes amid the test nodes that are not test nodes themselves are the ones that the original
    files leave out (15 in Citeseer); PyTorch Geometric gives them class 0, here they have none.

    Args:
        data: with ``x`` (dense), ``y``, ``edge_index`` and the masks of the parts.
    """
    x = data.x.to_sparse_csr()
    parts = {
        part: mask.nonzero().flatten()
        for part, mask in (
            ("train", data.train_mask), ("val", data.val_mask), ("test", data.test_mask),
        )
    }  # fmt: skip
    labels = data.y.long().clone()
    first, last = int(parts["test"].min()), int(parts["test"].max())
    labels[first : last + 1][~data.test_mask[first : last + 1]] = -1
    return NodeTable(
        indptr=x.crow_indices().long(),
        indices=x.col_indices().long(),
        values=x.values().to(torch.float32),
        num_features=x.shape[1],
        labels=labels,
        graph=Graph(len(labels), data.edge_index).undirected().without_self_links(),
        parts=parts,
    )


def _place(title: str, root: str | None) -> Path:
    """Where the original files are, or else are to be downloaded to."""
    for _, place in search_places(root):
        if place is not None and _complete(place, title):
            return place
    return Path.cwd() / DEFAULT_FOLDER if root is None else Path(root).expanduser()


def _complete(place: Path, title: str) -> bool:
    """Whether a place holds all original files."""
    raw = place / "planetoid" / title / "raw"
    return all((raw / f"ind.{title.lower()}.{suffix}").is_file() for suffix in SUFFIXES)
