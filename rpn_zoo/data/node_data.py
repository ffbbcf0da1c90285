"""A graph with features and classes as a LightningDataModule: the whole graph is one batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.batches import NodeBatch
from rpn_zoo.data.locate import require_file
from rpn_zoo.data.node_table import PARTS, NodeTable, read_nodes
from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.graph import Graph

logger = logging.getLogger(__name__)


class NodeData(LightningDataModule):
    """Classification of the nodes of a graph from an ``.npz`` file (transductive, full batch).

    Every loader gives one batch, a :class:`~rpn_zoo.data.batches.NodeBatch` (x, y, nodes): the
    features of all N nodes, and classes and indices of the part's nodes. A
    :class:`~rpn_zoo.training.ClassificationTask` runs the network on all nodes and scores those of
    the part, so one epoch is one step.

    The links belong to the network: a graph interdependence takes them by the same file, or from
    :attr:`graph`, :attr:`nodes` and :meth:`links`.

    Args:
        path: the file, see :func:`~rpn_zoo.data.node_table.read_nodes`; absolute, or relative to
            the working directory, ``root``, ``$RPN_ZOO_DATA`` or ``datasets/``.
        root: folder in which a relative path must be, or None.
        normalize: divide the features of each node by their sum.
        sparse: hand the features out as a sparse CSR tensor. A first layer whose expansion is
            linear takes it; others need dense features.
        class_names: names of the classes; None takes their numbers.

    Raises:
        ValueError: an argument is invalid (here), or the file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, listing the places searched.

    Example:
        >>> import pathlib, tempfile
        >>> from rpn_zoo.data.block_model import stochastic_block_model
        >>> from rpn_zoo.data.node_table import write_nodes
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = pathlib.Path(folder.name, "blocks.npz")
        >>> write_nodes(path, stochastic_block_model())
        >>> data = NodeData(str(path))
        >>> data.setup()
        >>> x, y, nodes = next(iter(data.train_dataloader()))
        >>> tuple(x.shape), y.tolist(), nodes.tolist()
        ((60, 12), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
        >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str,
        root: str | None = None,
        normalize: bool = True,
        sparse: bool = False,
        class_names: Sequence[str] | None = None,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        super().__init__()
        for name, text in (("path", path), ("root", root)):
            if not (isinstance(text, str) and text) and not (name == "root" and text is None):
                raise ValueError(f"{name} must be a path as text, got {text!r}.")
        self.path = path
        self.root = root
        self.normalize = normalize
        self.sparse = sparse
        self._names = None if class_names is None else tuple(map(str, class_names))
        self.save_hyperparameters(
            {
                "path": path,
                "root": root,
                "normalize": normalize,
                "sparse": sparse,
                "class_names": None if class_names is None else list(class_names),
            },
            logger=False,
        )
        self._table: NodeTable | None = None
        self._x = torch.empty(0)

    def setup(self, stage: str | None = None) -> None:
        """Read the file; once only.

        Args:
            stage: not used, as all parts come from the same file.
        """
        if self._table is not None:
            return
        table = self._read()
        if self._names is not None and len(self._names) != table.num_classes:
            raise ValueError(
                f"class_names must hold one name for each of the {table.num_classes} classes, got "
                f"{len(self._names)}."
            )
        self._x = table.features(self.normalize, self.sparse)
        self._table = table
        logger.info("data: %s", self.split_name)

    def split(self, part: str) -> NodeBatch:
        """The batch of a part, without loader.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            x of all nodes, float32, (N, m), and y, nodes, int64, of the part. Do not change them.

        Raises:
            ValueError: another ``part``.
            RuntimeError: before :meth:`setup`.
        """
        nodes = self._ready.parts[check_choice("part", part, PARTS)]
        return NodeBatch(self._x, self._ready.labels[nodes], nodes)

    def train_dataloader(self) -> DataLoader[Any]:
        """One batch: the graph, scored on the training nodes."""
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Any]:
        """One batch: the graph, scored on the validation nodes."""
        return self._loader("val")

    def test_dataloader(self) -> DataLoader[Any]:
        """One batch: the graph, scored on the test nodes."""
        return self._loader("test")

    def predict_dataloader(self) -> DataLoader[Any]:
        """The batch of :meth:`test_dataloader`, still with its targets."""
        return self.test_dataloader()

    @property
    def graph(self) -> Graph:
        """The links between the nodes, undirected ones in both directions."""
        return self._ready.graph

    @property
    def nodes(self) -> int:
        """The number N of nodes, as a graph interdependence takes it."""
        return self.graph.num_nodes

    def links(self) -> list[tuple[int, int]]:
        """The links as pairs (source, target), as a graph interdependence takes them."""
        return self.graph.pairs()

    @property
    def labels(self) -> Tensor:
        """The classes of all nodes, int64, (N,); -1 for a node without one."""
        return self._ready.labels

    @property
    def num_features(self) -> int | None:
        """The number m of features; None while no file is read."""
        return None if self._table is None else self._table.num_features

    @property
    def num_classes(self) -> int | None:
        """The number of classes; None while no file is read."""
        return None if self._table is None else self._table.num_classes

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes."""
        if self._names is not None:
            return self._names
        return tuple(map(str, range(self._ready.num_classes)))

    @property
    def split_name(self) -> str:
        """Data set and split in words."""
        return f"{self.path}, {self._ready.describe_sizes()}"

    @property
    def _ready(self) -> NodeTable:
        if self._table is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._table

    def _read(self) -> NodeTable:
        return read_nodes(require_file(self.path, self.root))

    def _loader(self, part: str) -> DataLoader[Any]:
        # Each pass draws a seed for workers, by default from the global generator.
        return DataLoader([self.split(part)], batch_size=None, generator=torch.Generator())  # type: ignore[arg-type]
