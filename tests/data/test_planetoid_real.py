"""Cora and Citeseer; these tests exist only where $RPN_ZOO_DATA holds them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from rpn_zoo.data import Planetoid, load_graph
from rpn_zoo.data.locate import find_file

ROOT = os.environ.get("RPN_ZOO_DATA")
if ROOT is not None:
    ROOT = str(Path(ROOT).absolute())

FACTS = {
    "cora": ([351, 217, 418, 818, 426, 298, 180], 5278, (1708, 2707), 0),
    "citeseer": ([249, 590, 668, 701, 596, 508], 4552, (2312, 3326), 15),
}

for NAME in FACTS:
    if ROOT is None or not find_file(f"planetoid/{NAME}.npz", ROOT).in_root:
        FACTS = {}
        break

if FACTS:

    @pytest.mark.parametrize("name", FACTS)
    def test_public_split(name: str) -> None:
        classes, links, test, isolated = FACTS[name]
        data = Planetoid(name, root=ROOT, download=False)
        data.setup()
        each = data.num_classes
        assert data.labels[data.labels >= 0].bincount().tolist() == classes
        assert (data.labels < 0).sum() == isolated
        assert data.split("train").nodes.tolist() == list(range(20 * each))
        assert data.split("val").nodes.tolist() == list(range(20 * each, 20 * each + 500))
        found = data.split("test").nodes
        assert len(found) == 1000 and (int(found.min()), int(found.max())) == test
        assert len(data.links()) == 2 * links
        assert torch.equal(data.graph.undirected().links, data.graph.links)
        assert not (data.graph.links[0] == data.graph.links[1]).any()
        assert torch.equal(load_graph(name, ROOT).links, data.graph.links)
        sums = data.split("train").x.sum(1)
        assert ((sums - 1).abs() < 1e-5).sum() == data.nodes - isolated
        assert (sums == 0).sum() == isolated

    @pytest.mark.parametrize("name", FACTS)
    def test_sparse_features_are_the_same(name: str) -> None:
        dense, sparse = (Planetoid(name, ROOT, sparse=flag) for flag in (False, True))
        dense.setup()
        sparse.setup()
        assert torch.equal(sparse.split("val").x.to_dense(), dense.split("val").x)
