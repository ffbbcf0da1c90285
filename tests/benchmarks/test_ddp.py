"""The section on data-parallel training at a tiny size."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmarks import ddp
from benchmarks.results import Quantity
from benchmarks.settings import Settings
from rpn_zoo.models import mlp


def test_ddp(settings: Settings) -> None:
    network = mlp([4, 3, 2], normalization="batch_norm").config
    section = ddp.measure(settings, {ddp.CNN: network}, batch=5)
    (row,) = section.rows
    quantities = [cell for cell in row.values() if isinstance(cell, Quantity)]
    assert len(quantities) == 4
    assert all(math.isfinite(q.value) and q.value > 0 for q in quantities)
    (goal,) = section.goals
    assert goal.at_least and goal.limit == ddp.TIMES_FASTER


def test_a_process_that_fails_is_an_error() -> None:
    broken: Any = {"dims": [4]}
    with pytest.raises(RuntimeError, match="ended early"):
        ddp.Group(broken, 2, 4)
