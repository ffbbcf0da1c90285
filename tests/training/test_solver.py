"""Exact fits against numpy and scikit-learn, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lightning import Trainer
from sklearn.linear_model import Ridge
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data import Banknote, BatchIndexSampler, InMemoryDataset, NodeBatch, Pima
from rpn_zoo.data.equation_rows import split_rows
from rpn_zoo.functions import create
from rpn_zoo.nn import RPN
from rpn_zoo.training import ClassificationTask, RegressionTask, SolverConfig
from rpn_zoo.training.least_squares import LeastSquares
from rpn_zoo.training.linear_model import (
    NotLinearError,
    SharedDesign,
    TiedDesign,
    make_design,
)
from rpn_zoo.training.solver import ExactFit


def problem(rows: int = 60, p: int = 5, t: int = 2, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, p, generator=generator, dtype=torch.float64)
    noise = torch.randn(rows, t, generator=generator, dtype=torch.float64)
    y = x @ torch.randn(p, t, generator=generator, dtype=torch.float64) + 0.3 * noise + 5.0
    return x, y


def streamed(x: Tensor, y: Tensor, size: int, free: int = 0) -> LeastSquares:
    found = LeastSquares(x.shape[1], y.shape[1], free)
    for a, b in zip(x.split(size), y.split(size), strict=True):
        found.update(a, b)
    return found


@given(st.integers(1, 40), st.integers(1, 8), st.integers(1, 3), st.integers(1, 12))
def test_least_squares_is_that_of_numpy(rows: int, p: int, t: int, size: int) -> None:
    x, y = problem(rows, p, t)
    expected = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)[0]  # least norm if rows < p
    found = streamed(x, y, size).solve(0.0)
    np.testing.assert_allclose(found.coefficients.numpy(), expected, rtol=1e-7, atol=1e-8)
    assert found.rank == min(rows, p)


def test_dependent_columns_get_the_solution_of_least_norm() -> None:
    x, y = problem()
    x = torch.cat([x, x[:, :2], torch.zeros(len(x), 1)], dim=1)
    expected = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)[0]
    found = streamed(x, y, 7).solve(0.0)
    np.testing.assert_allclose(found.coefficients.numpy(), expected, atol=1e-10)
    assert found.rank == 5


@pytest.mark.parametrize("alpha", [1e-3, 1.0, 300.0])
@pytest.mark.parametrize("bias", [False, True])
def test_ridge_is_that_of_scikit_learn(alpha: float, bias: bool) -> None:
    x, y = problem()
    expected = Ridge(alpha=alpha, fit_intercept=bias).fit(x.numpy(), y.numpy())
    features = torch.cat([torch.ones(len(x), 1), x], dim=1) if bias else x
    found = streamed(features, y, 9, free=int(bias)).solve(alpha).coefficients.numpy()
    np.testing.assert_allclose(found[int(bias) :].T, expected.coef_, atol=1e-10)
    if bias:
        np.testing.assert_allclose(found[0], expected.intercept_, atol=1e-10)


def test_scaled_penalty_is_ridge_on_standardised_features() -> None:
    x, y = problem()
    x = x * torch.tensor([1e-3, 1.0, 50.0, 7.0, 0.2]) + 3.0
    z = (x - x.mean(0)) / x.std(0, correction=0)
    expected = Ridge(alpha=20.0).fit(z.numpy(), y.numpy()).predict(z.numpy())
    features = torch.cat([torch.ones(len(x), 1, dtype=torch.float64), x], dim=1)
    found = streamed(features, y, 13, free=1).solve(20.0, scaled=True).coefficients
    np.testing.assert_allclose((features @ found).numpy(), expected, atol=1e-9)


def test_a_constant_feature_does_no_harm() -> None:
    x, y = problem()
    features = torch.cat([torch.ones(60, 1), x, torch.full((60, 1), 0.3)], dim=1).double()
    for scaled in (False, True):
        found = streamed(features, y, 60, free=1).solve(0.0, scaled)
        expected = torch.linalg.lstsq(features, y, driver="gelsd").solution
        torch.testing.assert_close(features @ found.coefficients, features @ expected)
        assert float(found.coefficients.abs().max()) < 100


def test_alpha_by_generalised_cross_validation() -> None:
    x, y = problem(rows=40, p=12, t=2)
    alphas = [0.01, 0.1, 1.0, 10.0, 100.0]
    features = torch.cat([torch.ones(40, 1, dtype=torch.float64), x], dim=1)

    def criterion(alpha: float) -> float:  # from the hat matrix
        penalty = torch.diag(torch.tensor([0.0] + [alpha] * 12, dtype=torch.float64))
        hat = features @ torch.linalg.solve(features.T @ features + penalty, features.T)
        rss = float((y - hat @ y).square().sum())
        return 40 * rss / float(40 - hat.trace()) ** 2 / 2

    criteria = {alpha: criterion(alpha) for alpha in alphas}
    found = streamed(features, y, 8, free=1).solve(alphas)
    assert found.alpha == min(criteria, key=lambda a: criteria[a])
    assert found.gcv == pytest.approx(criteria[found.alpha])
    residual = y - features @ found.coefficients
    assert found.mse == pytest.approx(float(residual.square().mean()))


def test_an_ill_conditioned_problem_keeps_its_digits() -> None:
    # Condition number 4e9: the normal equations would have 1e19 and no digit left.
    x = torch.linspace(0, 1, 500, dtype=torch.float64)[:, None] ** torch.arange(13)
    y = x.sum(1, keepdim=True)
    found = streamed(x, y, 50).solve(0.0)
    assert found.condition > 1e8
    torch.testing.assert_close(x @ found.coefficients, y, rtol=0, atol=1e-13)
    assert float((found.coefficients - 1).abs().max()) < 1e-5


def test_bad_arguments_of_the_problem() -> None:
    x, y = problem()
    with pytest.raises(ValueError, match="needs rows"):
        LeastSquares(5, 2).solve(0.0)
    with pytest.raises(ValueError, match="alpha must be"):
        streamed(x, y, 60).solve([1.0, -1.0])
    with pytest.raises(ValueError, match=r"shapes \(b, 5\) and \(b, 2\)"):
        LeastSquares(5, 2).update(x, y[:, :1])
    with pytest.raises(ValueError, match="features .* must be finite"):
        LeastSquares(5, 2).update(x * torch.nan, y)
    with pytest.raises(ValueError, match="free must be at most"):
        LeastSquares(2, 1, free=3)
    for bad in ({"alpha": -1.0}, {"alpha": []}, {"scaled": 1}, {"name": "sgd"}):
        with pytest.raises(ValueError, match=r"solver\."):
            SolverConfig(**bad)  # type: ignore[arg-type]


def head(**options: Any) -> dict[str, Any]:
    return {"dims": [4, 3], "layers": [{"heads": [options]}]}


TAYLOR = {"name": "taylor_expansion", "d": 2}
LINEAR = {
    "plain": head(),
    "bias": head(expansion=TAYLOR, bias=True),
    "remainder": head(expansion=TAYLOR, remainder={"name": "linear_remainder"}),
    "two biases": head(bias=True, remainder={"name": "linear_remainder", "enable_bias": True}),
    "offset": head(remainder={"name": "constant_remainder", "c": 2.0}),
    "interdependence": head(
        attribute_interdependence={"name": "chain_interdependence", "chain_length": 4},
        expansion=TAYLOR,
    ),
    "channels": head(channels=2, bias=True),
    "heads": {"dims": [4, 3], "layers": [{"heads": [{"bias": True}, {"expansion": TAYLOR}]}]},
    "concatenation": {
        "dims": [4, 6],
        "layers": [{"heads": [{}, {"expansion": TAYLOR}], "fusion": "concatenation_fusion"}],
    },
    "duplicated": {
        "dims": [4, 4],
        "layers": [{"heads": [{"reconciliation": {"name": "duplicated_padding_reconciliation",
                                                  "p": 2, "q": 2}}]}],
    },
    "masked": head(reconciliation={"name": "masking_reconciliation", "p": 0.5}, bias=True),
}  # fmt: skip


@pytest.mark.parametrize("name", LINEAR)
def test_the_fit_is_a_minimum(name: str) -> None:
    """The gradient of the mean squared error vanishes at the solution."""
    network = RPN(LINEAR[name], seed=1).double()
    x = torch.rand(50, 4, dtype=torch.float64)
    y = torch.rand(50, network.dims[-1], dtype=torch.float64) + x[:, :1]
    before = float((network(x) - y).square().mean().detach())
    fit = ExactFit(network.parameters(), network, SolverConfig())
    for a, b in zip(x.split(20), y.split(20), strict=True):
        fit.take((a, None), b)
    fit.step()
    loss = (network(x) - y).square().mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) < before
    assert fit.solution is not None
    assert float(loss.detach()) == pytest.approx(fit.solution.mse, abs=1e-12)
    for parameter in network.parameters():
        assert parameter.grad is None or float(parameter.grad.abs().max()) < 1e-9


def test_both_designs_agree() -> None:
    network = RPN(LINEAR["bias"], seed=1)
    shared = make_design(network)
    assert isinstance(shared, SharedDesign)
    tied = TiedDesign(RPN(LINEAR["bias"], seed=1).double().eval())
    assert (tied.features, tied.free) == (network.num_parameters, 3)
    x, y = torch.rand(30, 4), torch.rand(30, 3)
    found = []
    for design in (shared, tied):
        least = LeastSquares(design.features, design.targets, design.free)
        least.update(*design.rows((x, None), y))
        fitted = RPN(LINEAR["bias"], seed=2)
        design.assign(fitted, least.solve(0.5).coefficients)
        found.append(fitted(x))
    torch.testing.assert_close(*found)


REFUSED = {
    "there are 2 layers": {"dims": [4, 4, 3]},
    r"heads\[0\]\.reconciliation: lorr_reconciliation fabricates": head(
        reconciliation={"name": "lorr_reconciliation", "r": 1}
    ),
    r"heads\[0\]\.output_functions": head(output_functions=["relu"]),
    r"heads\[0\]\.remainder: its activation": head(
        remainder={"name": "linear_remainder", "activation_functions": "silu"}
    ),
    r"heads\[0\]\.attribute_interdependence: it has parameters": head(
        attribute_interdependence={"name": "parameterized_interdependence"}
    ),
    r"heads\[0\]\.input_functions: Dropout": head(input_functions=[{"name": "dropout", "p": 0.5}]),
    r"heads\[0\]\.expansion: it has parameters": head(
        expansion={**TAYLOR, "postprocess_functions": {"name": "layer_norm",
                                                       "elementwise_affine": True}}
    ),
    r"layers\[0\]\.fusion: prod_fusion is not linear": {
        "dims": [4, 3], "layers": [{"heads": [{}, {}], "fusion": "prod_fusion"}],
    },
    r"channel_fusion: max_fusion is not linear": head(channels=2, channel_fusion="max_fusion"),
    r"fusion: weighted_summation_fusion has parameters": {
        "dims": [4, 3],
        "layers": [{"heads": [{}, {}], "fusion": "parameterized_weighted_summation_fusion"}],
    },
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_not_linear_is_refused_by_name(message: str) -> None:
    shown = message.replace("weighted_summation_fusion has", ".*weighted_summation_fusion has")
    with pytest.raises(NotLinearError, match=shown):
        ClassificationTask(REFUSED[message], solver=SolverConfig())  # type: ignore[arg-type]


def loader(x: Tensor, y: Tensor, size: int) -> DataLoader[Any]:
    sampler = BatchIndexSampler(len(x), size, shuffle=True)
    return DataLoader(InMemoryDataset(x, y), sampler=sampler, batch_size=None)


def trained(task: Any, data: DataLoader[Any]) -> Trainer:
    trainer = Trainer(
        max_epochs=5, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(task, data)
    return trainer


@pytest.mark.filterwarnings("ignore")
def test_a_task_is_solved_in_one_epoch(tmp_path: Any) -> None:
    x = torch.rand(100, 2)
    y = 1 + x[:, :1] * x[:, 1:]
    task = RegressionTask(
        {"dims": [2, 1], "layers": [{"heads": [{"expansion": TAYLOR, "bias": True}]}]},  # type: ignore[arg-type]
        solver=SolverConfig(),
    )
    trainer = trained(task, loader(x, y, 16))
    assert (trainer.current_epoch, trainer.global_step) == (1, 1)
    torch.testing.assert_close(task(x), y)
    trainer.save_checkpoint(tmp_path / "a.ckpt")
    again = RegressionTask.load_from_checkpoint(tmp_path / "a.ckpt", weights_only=True)
    assert again.solver_config == task.solver_config
    torch.testing.assert_close(again.cpu()(x), y)


@pytest.mark.filterwarnings("ignore")
def test_a_classifier_is_fitted_to_indicators() -> None:
    x, labels = torch.randn(80, 4), torch.arange(80) % 3
    x[:, 0] += labels
    task = ClassificationTask(head(bias=True), solver=SolverConfig(alpha=[0.1, 1.0]))  # type: ignore[arg-type]
    trained(task, loader(x, labels, 80))
    expected = Ridge(alpha=float(task.trainer.optimizers[0].solution.alpha)).fit(  # type: ignore[attr-defined]
        x.numpy(), np.eye(3)[labels]
    )
    np.testing.assert_allclose(task(x).detach(), expected.predict(x.numpy()), atol=1e-5)


def test_a_solver_excludes_what_trains() -> None:
    from rpn_zoo.training import OptimizerConfig

    with pytest.raises(ValueError, match="solver takes the place of optimizer"):
        RegressionTask({"dims": [2, 1]}, OptimizerConfig(), solver=SolverConfig())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="label_smoothing goes with"):
        ClassificationTask({"dims": [2, 2]}, label_smoothing=0.1, solver=SolverConfig())  # type: ignore[arg-type]


@pytest.mark.parametrize("table", [Pima, Banknote])
def test_published_tables_in_one_step(table: Any) -> None:
    """tinybig's configurations of Pima and banknote are linear; their features are dependent."""
    data = table(task="regression", scaling="none", validation_fraction=0.0)
    data.setup()
    order = np.concatenate([data.rows["train"], data.rows["test"]]).argsort()
    parts = zip(data.arrays("train"), data.arrays("test"), strict=True)
    x, y = (torch.cat(pair)[order].double() for pair in parts)
    x = (x - x.amin(0)) / (x.amax(0) - x.amin(0))  # as published: over all rows
    train, test = split_rows(len(x), 0.9, shuffle=True, random_state=123)
    expansion = {"name": "combinatorial_normal_expansion", "d": 2}
    network = RPN(
        {
            "dims": [x.shape[1], 1],
            "layers": [{"heads": [{"expansion": expansion, "remainder": "linear_remainder"}]}],
        }
    ).double()
    fit = ExactFit(network.parameters(), network, SolverConfig())
    for batch in train.split(100):
        fit.take((x[batch], None), y[batch])
    fit.step()
    features = torch.cat([create(expansion, m=x.shape[1])(x), x], dim=1).numpy()
    weights = np.linalg.lstsq(features[train], y[train].numpy(), rcond=None)[0]
    expected = float(np.square(features[train] @ weights - y[train].numpy()).mean())
    assert fit.solution is not None
    assert fit.solution.mse == pytest.approx(expected, rel=1e-9)
    found = network(x[test]).detach()
    np.testing.assert_allclose(found, features[test] @ weights, atol=1e-8)
    if table is Banknote:  # the figures recorded of an exact solution: .0270 and .9710
        assert float((found - y[test]).square().mean()) == pytest.approx(0.0270, abs=6e-5)
        assert float((found.round() == y[test]).double().mean()) == pytest.approx(0.9710, abs=6e-5)


def test_a_graph_is_fitted_on_its_scored_nodes() -> None:
    """Half of the nodes are scored; with a function that mixes rows the other design is used."""
    x, y = torch.rand(12, 4, dtype=torch.float64), torch.rand(6, 3, dtype=torch.float64)
    nodes = torch.arange(0, 12, 2)
    for options in (
        {},
        {"instance_interdependence": {"name": "identity_interdependence", "b": 12}},
    ):
        network = RPN(head(bias=True, **options), seed=1).double()
        fit = ExactFit(network.parameters(), network, SolverConfig())
        fit.take(NodeBatch(x, torch.zeros(6, dtype=torch.int64), nodes), y)
        fit.step()
        features = np.c_[np.ones(6), x[nodes].numpy()]
        expected = features @ np.linalg.lstsq(features, y.numpy(), rcond=None)[0]
        np.testing.assert_allclose(network(x)[nodes].detach(), expected, atol=1e-9)
