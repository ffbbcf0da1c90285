"""Ready architectures against the same networks in torch.nn."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rpn_zoo import functions
from rpn_zoo.models import kan, mlp
from rpn_zoo.nn import RPN


def test_mlp_equals_torch() -> None:
    network = mlp([5, 7, 3], activation="tanh").double()
    dense = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)).double()
    for layer, linear in zip(network.layers, (dense[0], dense[2]), strict=True):
        with torch.no_grad():
            linear.weight.copy_(layer.heads[0].reconciliation.weight()[0])
            layer.heads[0].bias.copy_(linear.bias)
    x = torch.randn(4, 5, dtype=torch.float64)
    torch.testing.assert_close(network(x), dense(x), rtol=1e-12, atol=1e-12)
    assert network.num_parameters == sum(p.numel() for p in dense.parameters())


def test_mlp_switches() -> None:
    network = mlp([5, 7, 7, 3], activation=None, bias=False, dropout=0.5)
    assert [len(layer.heads[0].output_functions) for layer in network.layers] == [1, 1, 0]
    x = torch.ones(2, 5)
    assert not torch.equal(network(x), network(x))  # dropout in training
    network.eval()
    assert torch.equal(network(x), network(x))
    with pytest.raises(ValueError, match="dropout"):
        mlp([5, 3], dropout=1.0)
    with pytest.raises(ValueError, match="unknown function 'rleu'"):
        mlp([5, 4, 3], activation="rleu")


def test_kan_is_splines_and_a_silu_residual() -> None:
    network = kan([3, 2], grid_range=(-2.0, 2.0), t=4, d=2).double()
    head = network.layers[0].heads[0]
    x = torch.rand(6, 3, dtype=torch.float64)
    basis = functions.create("bspline_expansion", m=3, grid_range=(-2.0, 2.0), t=4, d=2).double()(x)
    expected = basis @ head.reconciliation.weight()[0].T
    expected = expected + nn.functional.silu(x @ head.remainder.w.T)
    torch.testing.assert_close(network(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("network", [mlp([4, 8, 8, 2], dropout=0.1), kan([4, 3, 2], seed=3)])
def test_configs_build_the_same_network(network: RPN) -> None:
    again = RPN(network.config, seed=5)
    again.load_state_dict(network.state_dict())
    x = torch.rand(3, 4)
    assert torch.equal(again.eval()(x), network.eval()(x))


def test_kan_input_functions_are_for_later_layers() -> None:
    network = kan([4, 3, 2], input_functions=["layer_norm"])
    assert [len(layer.heads[0].input_functions) for layer in network.layers] == [0, 1]
