from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from torch import nn

from rpn_zoo import load_model, load_pipeline
from rpn_zoo.nn import RPN
from rpn_zoo.training import (
    ClassificationTask,
    LevenbergMarquardt,
    OptimizerConfig,
    RegressionTask,
    Residuals,
)
from rpn_zoo.zoo import evaluate
from tests.training.command_line import CommandLine
from tests.training.data import make_values, quiet_trainer

pytestmark = pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*LeafSpec")

HEAD = {"expansion": {"name": "chebyshev_expansion", "d": 4}, "bias": True}
NETWORK: dict[str, Any] = {"dims": [2, 3, 1], "layers": [{"heads": [HEAD]}, {"heads": [HEAD]}]}
CONSTANT = {"name": "constant"}


def rows(count: int = 60) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.rand(count, 2, generator=torch.Generator().manual_seed(0)).double() * 2 - 1
    return x, torch.sin(3 * x[:, :1]) * x[:, 1:].exp()


def test_jacobian_equals_finite_differences() -> None:
    network, (x, y) = RPN(NETWORK).double(), rows(7)
    problem = Residuals(network, x, y.repeat(1, 1))
    found, start = problem.jacobian(), 0
    assert found.shape == (7, network.num_parameters)
    for p in network.parameters():
        for i in range(p.numel()):
            ends = []
            for step in (1e-6, -2e-6):
                with torch.no_grad():
                    p.view(-1)[i] += step
                ends.append(problem.values())
            with torch.no_grad():
                p.view(-1)[i] += 1e-6
            torch.testing.assert_close(
                found[:, start + i], (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-6
            )
        start += p.numel()


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("count", [10, 60])  # fewer rows than parameters, and more
def test_a_step_solves_the_damped_equations(scaled: bool, count: int) -> None:
    network, (x, y) = RPN(NETWORK).double(), rows(count)
    problem = Residuals(network, x, y)
    j, r = problem.jacobian().numpy(), problem.values().numpy()
    before = torch.cat([p.detach().flatten() for p in network.parameters()]).numpy()
    damping = 50.0  # so much that the first try is taken
    method = LevenbergMarquardt(network.parameters(), damping=damping, scaled=scaled)
    assert method.step(lambda: problem) == pytest.approx((r**2).mean())
    diagonal = (j**2).sum(0)
    d = np.maximum(diagonal / diagonal.mean(), 1e-6) if scaled else np.ones(j.shape[1])
    expected = -np.linalg.solve(j.T @ j + damping * np.diag(d), j.T @ r)
    moved = torch.cat([p.detach().flatten() for p in network.parameters()]).numpy() - before
    np.testing.assert_allclose(moved, expected, rtol=1e-8, atol=1e-10)
    assert method.param_groups[0]["damping"] == pytest.approx(damping / 3)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), scaled=st.booleans())
def test_the_sum_of_squares_never_grows(seed: int, scaled: bool) -> None:
    network, (x, y) = RPN(NETWORK, seed=seed).double(), rows(20)
    problem = Residuals(network, x, y)
    method = LevenbergMarquardt(network.parameters(), scaled=scaled)
    losses = [method.step(lambda: problem) for _ in range(8)]
    assert all(b <= a for a, b in itertools.pairwise(losses))


def test_as_low_as_scipy() -> None:
    """Both methods find the minimum of a problem with one minimum: a line in a curved frame."""

    class Curve(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor([0.3, -0.2]).double())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.w[0].exp() * x[:, :1] + self.w[1] * x[:, 1:]

    curve, (x, _) = Curve(), rows(30)
    y = 2.0 * x[:, :1] - 0.7 * x[:, 1:] + 0.1 * torch.cos(9 * x[:, :1])
    method = LevenbergMarquardt(curve.parameters(), iterations=50)
    method.step(lambda: Residuals(curve, x, y))
    a = x.numpy()
    solved = least_squares(
        lambda w: np.exp(w[0]) * a[:, 0] + w[1] * a[:, 1] - y.numpy()[:, 0], [0.3, -0.2]
    )
    np.testing.assert_allclose(curve.w.detach().numpy(), solved.x, atol=1e-6)


def test_at_a_minimum_nothing_moves() -> None:
    line = nn.Linear(2, 1).double()
    x, _ = rows(20)
    method = LevenbergMarquardt(line.parameters(), damping=1e-9, iterations=5)
    problem = Residuals(line, x, torch.cos(5 * x[:, :1]))
    method.step(lambda: problem)
    before = [p.detach().clone() for p in line.parameters()]
    method.step(lambda: problem)
    for p, q in zip(line.parameters(), before, strict=True):
        torch.testing.assert_close(p.detach(), q, rtol=0, atol=1e-12)
    assert math.isfinite(method.param_groups[0]["damping"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lr": 1.5}, r"lr must be in \(0, 1\], got 1.5"),
        ({"weight_decay": 0.1}, "weight_decay must be 0 for levenberg_marquardt, got 0.1"),
        ({"damping": 0.0}, "damping must be > 0"),
        ({"iterations": 0}, "iterations must be an integer >= 1"),
        ({"scaled": 1}, "scaled must be true or false"),
    ],
)
def test_arguments(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LevenbergMarquardt([nn.Parameter(torch.ones(1))], **options)


def test_what_cannot_be_fitted() -> None:
    normed = RPN({"dims": [2, 1], "layers": [{"heads": [{"input_functions": ["batch_norm"]}]}]})
    x, y = rows(5)
    with pytest.raises(ValueError, match="rows do not depend on one another"):
        Residuals(normed.double().train(), x, y).jacobian()
    line = nn.Linear(2, 1).double()
    with pytest.raises(ValueError, match="needs finite values"):
        LevenbergMarquardt(line.parameters()).step(lambda: Residuals(line, x, y * math.nan))


def test_tasks_check_what_goes_with_it() -> None:
    method = OptimizerConfig("levenberg_marquardt", lr=1.0)
    with pytest.raises(ValueError, match="ClassificationTask has another loss"):
        ClassificationTask({"dims": [4, 3]}, method, CONSTANT)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="schedule.name must be constant"):
        RegressionTask({"dims": [4, 2]}, method)


def test_in_a_trainer() -> None:
    """Linear regression of two targets of different size: solved to rounding, state kept."""
    task = RegressionTask(
        {"dims": [4, 2], "layers": [{"heads": [{"bias": True}]}]},
        OptimizerConfig("levenberg_marquardt", lr=1.0, options={"iterations": 5}),
        CONSTANT,  # type: ignore[arg-type]
    )
    data = make_values()
    data.batch_size = len(data.x)
    trainer = quiet_trainer(4, precision="64-true")
    trainer.fit(task, data)
    assert trainer.global_step == 4
    found = trainer.test(task, data, verbose=False)[0]
    assert found["test/mse"] == found["test/loss"] < 1e-12
    state = trainer.optimizers[0].state_dict()
    assert state["param_groups"][0]["damping"] != 1e-2


CONFIG = """
seed_everything: 0
run: {name: tiny}
model:
  class_path: rpn_zoo.training.RegressionTask
  init_args:
    network:
      dims: [2, 1]
      layers: [{heads: [{expansion: {name: chebyshev_expansion, d: 6}, bias: true}]}]
    optimizer: {name: levenberg_marquardt, lr: 1.0, options: {iterations: 3}}
    schedule: {name: constant}
data:
  class_path: rpn_zoo.data.Equations
  init_args:
    expression: sin(x)*exp(-y)
    variables: {x: [0, 3], y: [0, 1]}
    num: 200
    dtype: float64
    normalize_x: range
    batch_size: 100
trainer: {max_epochs: 3, precision: 64-true}
"""


def test_from_the_command_line(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(CONFIG)
    done = cli("fit", "--config", "tiny.yaml", "--run.folder", "run", cwd=tmp_path)
    assert done.status == 0, done.err
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["data"]["preprocess"]["name"] == "standardize_columns"
    assert metrics["test"]["mse"] == metrics["test"]["loss"] < metrics["baselines"]["mean"]["loss"]
    network = load_model(tmp_path / "run")
    assert all(p.dtype == torch.float64 for p in network.parameters())
    again = evaluate(tmp_path / "run")
    for name in ("mse", "rmse", "nrmse"):
        assert again[name] == pytest.approx(metrics["test"][name], rel=1e-4)
    # Raw variables in, values out.
    regressor = load_pipeline(tmp_path / "run")
    x = torch.tensor([[0.5, 0.25], [2.5, 0.75]], dtype=torch.float64)
    scaled = (x - torch.tensor([1.5, 0.5])) / torch.tensor([1.5, 0.5])
    expected = network(scaled).detach().numpy()
    np.testing.assert_allclose(regressor.predict(x.numpy()), expected, atol=1e-12)
    with pytest.raises(ValueError, match=r"shape \(N, 2\)"):
        regressor.predict(x[:, :1])
