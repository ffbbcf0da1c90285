"""What 2 or 3 processes do is what one does: the same losses, weights, metrics, predictions."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.training.parity import STEPS, make_cases
from tests.training.parity_evaluation import COUNT, evaluations
from tests.training.processes import in_processes

CASES = make_cases()
Found = dict[int, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("parity")
    return in_processes("tests.training.parity_evaluation:everything", [1, 2, 3], folder)


@pytest.fixture
def trained(found: Found) -> Found:
    return {ranks: [result["trained"] for result in results] for ranks, results in found.items()}


@pytest.mark.parametrize(
    ("name", "ranks"),
    [
        (name, ranks)
        for name in CASES
        for ranks in (2, 3)
        if ranks == 2 or CASES[name].steps < STEPS
    ],
)
def test_same_losses_and_weights(trained: Found, name: str, ranks: int) -> None:
    (alone,) = (result[name] for result in trained[1])
    together = [result[name] for result in trained[ranks]]
    losses = torch.tensor([result["losses"] for result in together], dtype=torch.float64).mean(0)
    expected = torch.tensor(alone["losses"], dtype=torch.float64)
    assert len(losses) == CASES[name].steps * CASES[name].accumulate
    torch.testing.assert_close(losses, expected, rtol=1e-10, atol=1e-10)
    for result in together:
        assert result["state"].keys() == alone["state"].keys()
        for key, tensor in result["state"].items():
            torch.testing.assert_close(tensor, alone["state"][key], rtol=1e-10, atol=1e-10)


def test_the_networks_learned(trained: Found) -> None:
    for name in ("mlp", "dual_lphm", "cnn", "instance_attention"):
        losses = trained[1][0][name]["losses"]
        assert len(losses) == STEPS
        assert sum(losses[-8:]) < sum(losses[:8])


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("name", evaluations())
def test_same_metrics_and_predictions(found: Found, name: str, ranks: int) -> None:
    alone = found[1][0]["evaluated"][name]
    for result in found[ranks]:
        together = result["evaluated"][name]
        assert together.keys() == alone.keys()
        for key, value in together.items():
            torch.testing.assert_close(value, alone[key], rtol=1e-12, atol=1e-12)


def test_every_row_is_counted_once(found: Found) -> None:
    for results in found.values():
        assert results[0]["evaluated"]["classes"]["confusion"].sum() == COUNT
        assert len(results[0]["evaluated"]["classes"]["predictions"]) == COUNT


def test_metrics_are_those_of_the_rows(found: Found) -> None:
    task, data = evaluations()["values"]()
    x, y = data.data.inputs, data.data.targets
    with torch.no_grad():
        prediction = task.double()(x)
    figures = found[3][0]["evaluated"]["values"]
    torch.testing.assert_close(figures["predictions"], prediction, rtol=1e-12, atol=1e-12)
    residual, spread = (prediction - y).square().sum(), (y - y.mean()).square().sum()
    assert figures["test/loss"] == pytest.approx(float(residual / y.numel()), rel=1e-12)
    assert figures["test/nrmse"] == pytest.approx(float((residual / spread).sqrt()), rel=1e-12)
    assert figures["test/r2"] == pytest.approx(float(1 - residual / spread), rel=1e-12)
