"""The section on chains and graphs at tiny sizes."""

from __future__ import annotations

import math

from benchmarks import structure
from benchmarks.results import Quantity
from benchmarks.settings import Settings


def test_structure(settings: Settings) -> None:
    section = structure.measure(settings, chain=9, nodes=7, links=10)
    assert len(section.rows) == len(structure.CHAINS) + len(structure.GRAPHS)
    assert len({tuple(row) for row in section.rows}) == 1
    for row in section.rows:
        quantities = [cell for cell in row.values() if isinstance(cell, Quantity)]
        assert len(quantities) == 4
        assert all(math.isfinite(q.value) and q.value > 0 for q in quantities)
    (goal,) = section.goals
    assert goal.reached.value <= len(section.rows)
