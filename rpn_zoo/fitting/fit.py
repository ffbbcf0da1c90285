"""Fit a small network to the rows of an equation by least squares, in memory and in float64."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.data.catalogue import Equation
from rpn_zoo.data.equation_rows import Part, draw_parts, map_of_x
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.nn import RPN
from rpn_zoo.training import LevenbergMarquardt, Residuals


@dataclass(frozen=True, eq=False)
class FitRows:
    """The rows of an equation: inputs in [-1, 1], targets of mean 0 and deviation 1 in training.

    Args:
        train: x (N, v) and y (N, 1), float64.
        val: the same.
        test: the same.
        scale: the deviation of the training targets, in their unit.
    """

    train: Part
    val: Part
    test: Part
    scale: float


@dataclass(frozen=True)
class FitResult:
    """How well a model fits.

    Args:
        parameters: their number.
        steps: steps after which the validation error was least.
        validation: NRMSE on the validation rows: RMSE divided by the deviation of the targets.
        nrmse: the same on the test rows.
        rmse: on the test rows, in the unit of the targets.
        seconds: wall time.
    """

    parameters: int
    steps: int
    validation: float
    nrmse: float
    rmse: float
    seconds: float

    @property
    def r2(self) -> float:
        """The coefficient of determination on the test rows."""
        return 1 - self.nrmse**2


def prepare(equation: Equation, sample_seed: int = 0, num: int = 2000, val: int = 500) -> FitRows:
    """Draw the rows of an equation, as :class:`~rpn_zoo.data.Equations` does.

    Args:
        equation: the equation.
        sample_seed: determines the rows.
        num: number of training and test rows together, half of them each.
        val: number of validation rows.

    Example:
        >>> from rpn_zoo.data import equation
        >>> rows = prepare(equation("elementary", "E.0"))
        >>> [tuple(part[0].shape) for part in (rows.train, rows.val, rows.test)]
        [(1000, 2), (500, 2), (1000, 2)]
    """
    parts, _ = draw_parts(equation, (num, val), sample_seed=sample_seed, dtype=torch.float64)
    x_map = map_of_x("range", equation, parts["train"][0])
    y_map = Standardization.fit(parts["train"][1])
    ready = {part: (x_map(x), y_map(y)) for part, (x, y) in parts.items()}
    return FitRows(ready["train"], ready["val"], ready["test"], y_map.scale.item())


def fit_network(config: dict[str, Any], rows: FitRows, steps: int, seed: int = 0) -> FitResult:
    """Fit a network by Levenberg-Marquardt steps; the best step on validation rows counts.

    Args:
        config: of the network, v inputs and one output.
        rows: see :func:`prepare`.
        steps: how many steps are taken at most; fewer if none lowers the error any more.
        seed: of the initial weights.

    Returns:
        The errors of the step with the least validation error; test rows are read once.

    Example:
        >>> from rpn_zoo.data import equation
        >>> rows = prepare(equation("elementary", "E.2"))
        >>> heads = [{"expansion": "taylor_expansion", "bias": True}]
        >>> found = fit_network({"dims": [2, 1], "layers": [{"heads": heads}]}, rows, 20)
        >>> found.nrmse < 1e-6, found.parameters
        (True, 7)
    """
    start = time.perf_counter()
    network = RPN(config, seed=seed).double()
    optimizer = LevenbergMarquardt(network.parameters(), scaled=True)
    problem = Residuals(network, *rows.train)
    best, state, kept, last = math.inf, copy.deepcopy(network.state_dict()), 0, math.inf
    for step in range(1, steps + 1):
        loss = optimizer.step(lambda: problem)
        if loss == last:  # the step before changed nothing
            break
        last = loss
        if (error := nrmse(network, rows.val)) < best:
            best, state, kept = error, copy.deepcopy(network.state_dict()), step
    network.load_state_dict(state)
    seconds = time.perf_counter() - start
    return measure(network, network.num_parameters, kept, rows, seconds)


def measure(model: Any, parameters: int, steps: int, rows: FitRows, seconds: float) -> FitResult:
    """The errors of a model, maps (b, v) to (b, 1), on validation and test rows."""
    test = nrmse(model, rows.test)
    deviation = float(rows.test[1].std(correction=0)) * rows.scale
    validation = nrmse(model, rows.val)
    return FitResult(parameters, steps, validation, test, test * deviation, round(seconds, 2))


@torch.no_grad()
def nrmse(model: Any, part: tuple[Tensor, Tensor]) -> float:
    """RMSE divided by the standard deviation of the targets (divisor N); NaN counts as infinite."""
    x, y = part
    found = float((model(x) - y).square().mean().sqrt() / y.std(correction=0))
    return found if math.isfinite(found) else math.inf
