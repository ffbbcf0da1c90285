"""A small random graph with classes, for tests, examples and experiments without data files."""

from __future__ import annotations

import numpy as np
import torch

from rpn_zoo.data.node_table import NodeTable
from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.graph import Graph


def stochastic_block_model(
    num_classes: int = 3,
    nodes_per_class: int = 20,
    num_features: int = 12,
    inside: float = 0.2,
    between: float = 0.02,
    train_per_class: int = 4,
    val_per_class: int = 6,
    seed: int = 0,
) -> NodeTable:
    """Draw a graph of communities, with word-like features that tell a little about the class.

    Nodes i and j are linked with probability ``inside`` if they have the same class, else
    ``between``. Feature k of a node is 1 with probability 0.4 if k mod C is its class, else with
    probability 0.1. Classes take turns: node i has class i mod C. The first nodes are the training
    part, then come validation and test, so that each part has as many nodes of every class.

    Args:
        num_classes: number C of classes, >= 2.
        nodes_per_class: nodes of each class.
        num_features: number m of features.
        inside: probability of a link within a class, in [0, 1].
        between: probability of a link between two classes, in [0, 1].
        train_per_class: training nodes of each class.
        val_per_class: validation nodes of each class; at least one node of each has to be left.
        seed: determines everything; no global random state is read or changed.

    Returns:
        The table; :func:`~rpn_zoo.data.node_table.write_nodes` writes it to a file.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> import pathlib, tempfile
        >>> from rpn_zoo.data.node_table import read_nodes, write_nodes
        >>> table = stochastic_block_model(seed=1)
        >>> table.describe_sizes()
        '60 nodes, 284 links, 12/18/30'
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "blocks.npz")
        ...     write_nodes(path, table)
        ...     again = read_nodes(path)
        >>> torch.equal(again.features(), table.features())
        True

    Source: P. W. Holland, K. B. Laskey, S. Leinhardt, "Stochastic blockmodels: first steps",
    Social Networks 5(2), 1983.
    """
    check_positive_int("num_classes", num_classes, minimum=2)
    check_positive_int("num_features", num_features)
    check_positive_int("train_per_class", train_per_class)
    check_positive_int("val_per_class", val_per_class)
    check_positive_int("nodes_per_class", nodes_per_class, train_per_class + val_per_class + 1)
    for name, value in (("inside", inside), ("between", between)):
        if not 0 <= check_finite(name, value) <= 1:
            raise ValueError(f"{name} must be in [0, 1], got {value!r}.")
    generator = np.random.default_rng(check_positive_int("seed", seed, minimum=0))
    # In turn, so that the first C t nodes are t of each class.
    labels = np.tile(np.arange(num_classes), nodes_per_class)
    same = labels[:, None] == labels[None, :]
    drawn = generator.random(same.shape) < np.where(same, inside, between)
    links = np.stack(np.nonzero(np.triu(drawn, k=1)))
    own = np.arange(num_features)[None, :] % num_classes == labels[:, None]
    words = generator.random(own.shape) < np.where(own, 0.4, 0.1)
    indptr = np.concatenate([[0], words.sum(1).cumsum()])
    first, second = num_classes * train_per_class, num_classes * (train_per_class + val_per_class)
    rows = torch.arange(len(labels))
    return NodeTable(
        indptr=torch.from_numpy(indptr),
        indices=torch.from_numpy(np.nonzero(words)[1]),
        values=torch.ones(int(indptr[-1])),
        num_features=num_features,
        labels=torch.from_numpy(labels),
        graph=Graph(len(labels), torch.from_numpy(links)).undirected(),
        parts={"train": rows[:first], "val": rows[first:second], "test": rows[second:]},
    )
