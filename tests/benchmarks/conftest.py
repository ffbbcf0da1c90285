"""A measurement so small that it says nothing about speed, only that everything runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from benchmarks.settings import Settings


@pytest.fixture
def settings() -> Iterator[Settings]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine threads wait for each other
    yield Settings(batch=4, rounds=3, slot=0.0, budget=0.0, threads=1, quick=True)
    torch.set_num_threads(before)


@pytest.fixture
def networks() -> dict[str, dict[str, Any]]:
    taylor = {"name": "taylor_expansion", "postprocess_functions": "layer_norm"}
    heads = [{"expansion": taylor, "reconciliation": "dual_lphm_reconciliation"}]
    layers = [{"heads": heads}, {"heads": [{"expansion": "bspline_expansion"}]}]
    return {"tiny": {"dims": [48, 12, 3], "layers": layers}}
