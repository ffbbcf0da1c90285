"""The citation graphs Cora, Citeseer and Pubmed with the public Planetoid split."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar

from rpn_zoo.data.locate import find_file
from rpn_zoo.data.node_data import NodeData
from rpn_zoo.data.node_table import NodeTable, read_nodes
from rpn_zoo.data.planetoid_original import ConversionError, convert_original
from rpn_zoo.functions.checks import check_choice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Citations:
    """What is known of a data set without reading it.

    Attributes:
        title: its name in words, which is also that of the folder of the original files.
        nodes: number of documents.
        features: number of words in the dictionary.
        class_names: in the order of the class numbers.
    """

    title: str
    nodes: int
    features: int
    class_names: tuple[str, ...]


class Planetoid(NodeData):
    """Documents that cite each other, to be classified by their words and their citations.

    The public split: 20 training nodes of each class, 500 validation and 1,000 test nodes; all
    other nodes take part without their class being used. Citations are links in both directions.
    Features are bags of words, divided by their sum.

    ===========  ======  ========  =======  =======
    name          nodes  features  classes  links / 2
    ===========  ======  ========  =======  =======
    cora          2,708     1,433        7    5,278
    citeseer      3,327     3,703        6    4,552
    pubmed       19,717       500        3   44,324
    ===========  ======  ========  =======  =======

    15 test documents of Citeseer have neither words nor a class nor citations; they are nodes
    without links and are never scored.

    The data are looked for as ``planetoid/<name>.npz`` (see
    :func:`~rpn_zoo.data.node_table.read_nodes`). If there is no such file, ``prepare_data`` makes
    it once from the original files, which PyTorch Geometric reads and, if need be, downloads; that
    needs the extra ``graph``.

    Args:
        name: ``"cora"``, ``"citeseer"`` or ``"pubmed"``.
        root: folder that holds ``planetoid/<name>.npz``; searched first. None searches
            ``$RPN_ZOO_DATA``, then ``datasets/`` of the working directory.
        normalize: divide the features of each node by their sum.
        sparse: hand the features out as a sparse CSR tensor (see :class:`NodeData`).
        download: whether the original files may be fetched and converted if the ``.npz`` is not
            found. When off, an explicit ``root`` without it is an error.

    Attributes:
        num_features: number of words, known before any file is read.
        num_classes: number of classes, likewise.
        comparable: True, as it is the public split.

    Raises:
        ValueError: an argument is invalid (here), or the file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, listing the places searched and what to do.

    Example:
        >>> cora = Planetoid("cora")
        >>> cora.num_features, cora.num_classes, cora.class_names[3]
        (1433, 7, 'Neural Networks')

    Source: Z. Yang, W. Cohen, R. Salakhutdinov, "Revisiting semi-supervised learning with graph
    embeddings", ICML 2016; P. Sen et al., "Collective classification in network data", AI Magazine
    29(3), 2008.
    """

    sets: ClassVar[dict[str, Citations]] = {
        "cora": Citations(
            "Cora", 2708, 1433,
            ("Theory", "Reinforcement Learning", "Genetic Algorithms", "Neural Networks",
             "Probabilistic Methods", "Case Based", "Rule Learning"),
        ),
        "citeseer": Citations(
            "CiteSeer", 3327, 3703, ("AI", "ML", "IR", "DB", "Agents", "HCI")
        ),
        "pubmed": Citations("PubMed", 19717, 500, ("0", "1", "2")),
    }  # fmt: skip
    sizes: ClassVar[tuple[int, int, int]] = (20, 500, 1000)
    """Training nodes of each class, validation and test nodes."""

    comparable: ClassVar[bool] = True

    def __init__(
        self,
        name: str = "cora",
        root: str | None = None,
        normalize: bool = True,
        sparse: bool = False,
        download: bool = True,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        self.name = check_choice("name", name, self.sets)
        self.known = self.sets[name]
        super().__init__(f"planetoid/{name}.npz", root, normalize, sparse, self.known.class_names)
        self.download = download
        for key in ("path", "class_names"):  # they follow from the name
            del self.hparams[key]
        self.save_hyperparameters({"name": name, "download": download}, logger=False)

    def prepare_data(self) -> None:
        """Make the ``.npz`` from the original files if it is wanted and not there.

        A failure is only logged; what then follows is decided by :meth:`setup`.
        """
        if not self.download or find_file(self.path, self.root).raw is not None:
            return
        try:
            convert_original(self.known.title, self.path, self.root)
        except ConversionError as error:
            logger.warning("%s could not be made: %s", self.path, error)

    @property
    def num_features(self) -> int:
        """The number of words in the dictionary."""
        return self.known.features

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.known.class_names)

    @property
    def split_name(self) -> str:
        """Data set and split in words."""
        return f"{self.known.title}, public split, {self._ready.describe_sizes()}"

    def _read(self) -> NodeTable:
        search = find_file(self.path, self.root)
        only_root = self.root is not None and not self.download
        if search.raw is None or (only_root and not search.in_root):
            searched = search.searched[0] if only_root else search.describe()
            raise FileNotFoundError(
                f"{self.path} was not found; searched: {searched}. Put it there, or install the "
                "extra 'graph' (pip install 'rpn-zoo[graph]') and run with download=True on a "
                "machine with network."
            )
        if self.root is not None and not search.in_root:
            logger.warning("root=%r does not hold %s; using %s", self.root, self.path, search.raw)
        table = read_nodes(search.raw)
        self._check(table, str(search.raw))
        return table

    def _check(self, table: NodeTable, path: str) -> None:
        """Refuse files that are not the complete data set with its public split."""
        each, val, test = self.sizes
        parts = table.parts
        found = {
            "nodes": (table.graph.num_nodes, self.known.nodes),
            "features": (table.num_features, self.known.features),
            "classes": (table.num_classes, len(self.known.class_names)),
            "validation nodes": (len(parts["val"]), val),
            "test nodes": (len(parts["test"]), test),
        }
        for what, (count, expected) in found.items():
            if count != expected:
                raise ValueError(
                    f"{path}: {self.known.title} has {expected:,} {what}, got {count:,}; other "
                    "versions are refused, as figures on them are not comparable."
                )
        counts = table.labels[parts["train"]].bincount(minlength=table.num_classes).tolist()
        if set(counts) != {each}:
            raise ValueError(
                f"{path}: the public split has {each} training nodes of each class, got {counts}."
            )
