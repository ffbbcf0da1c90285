"""Training by 2 or 3 processes is training by one: the same losses, the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.training.parity import STEPS, make_cases
from tests.training.processes import in_processes

CASES = make_cases()
Trained = dict[int, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("parity")
    return in_processes("tests.training.parity:train_all", [1, 2, 3], folder)


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("name", CASES)
def test_same_losses_and_weights(trained: Trained, name: str, ranks: int) -> None:
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


def test_the_networks_learned(trained: Trained) -> None:
    for name in ("mlp", "dual_lphm", "cnn", "instance_attention"):
        losses = trained[1][0][name]["losses"]
        assert len(losses) == STEPS
        assert sum(losses[-8:]) < sum(losses[:8])
