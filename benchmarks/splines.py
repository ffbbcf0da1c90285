"""Kolmogorov-Arnold networks (B-splines, dense rows) against MLPs of the same widths."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.networks import gradients, outputs
from benchmarks.results import Goal, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import interleave
from rpn_zoo.models.kan import kan
from rpn_zoo.models.mlp import mlp

WIDTHS = (784, 64, 10)
GRIDS = (5, 10, 20, 40)
USUAL_GRID = 5
TIMES_THE_MLP = 20.0


def measure(
    settings: Settings, widths: Sequence[int] = WIDTHS, grids: Sequence[int] = GRIDS
) -> Section:
    """Time forward and backward, and evaluation, over the number of intervals of the grid.

    Args:
        settings: how to measure.
        widths: of both networks.
        grids: numbers of intervals t.
    """
    dims = list(widths)
    name = "-".join(map(str, dims))
    section = Section("splines", f"KAN {name} (d = 3) against the MLP, b = {settings.batch}")
    for t in grids:
        networks = {"kan": kan(dims, t=t), "mlp": mlp(dims)}
        trained = interleave(
            {k: gradients(network, dims, settings) for k, network in networks.items()}, settings
        )
        evaluated = interleave(
            {k: outputs(network, dims, settings) for k, network in networks.items()}, settings
        )
        ratio = trained.ratio("kan", "mlp")
        row: Row = {
            "grid": f"t = {t}",
            "parameters": f"{networks['kan'].num_parameters:,}",
            "KAN": trained.time("kan"),
            "MLP": trained.time("mlp"),
            "KAN / MLP": ratio,
            "KAN, no gradients": evaluated.time("kan"),
            "KAN / MLP, no gradients": evaluated.ratio("kan", "mlp"),
        }
        section.rows.append(row)
        if t == USUAL_GRID:
            goal = f"KAN {name}, t = {t}: forward and backward, KAN / MLP"
            section.goals.append(Goal(goal, ratio, TIMES_THE_MLP))
    section.notes.append(
        "rpn_zoo.models.kan (with its linear remainder) and rpn_zoo.models.mlp, in one process, "
        "without the optimiser's step."
    )
    return section
