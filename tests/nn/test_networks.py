"""Heads, layers and networks against the dense oracle, and what every network guarantees."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_zoo.nn import RPN, Head, HeadConfig, Layer, LayerConfig, RPNConfig
from tests.functions.rule_cases import use_no_rules, use_rules_at_every_size
from tests.nn import oracle

TAYLOR_NORM = {"name": "taylor_expansion", "postprocess_functions": "layer_norm"}
BSPLINE = {"name": "bspline_expansion", "t": 3, "d": 2}
DUAL = {"name": "dual_lphm_reconciliation", "r": 2}

NETWORKS: dict[str, dict[str, Any]] = {
    "linear": {"dims": [3, 2]},
    "bias and remainder": {
        "dims": [3, 2],
        "layers": [{"heads": [{"bias": True, "remainder": "linear_remainder"}]}],
    },
    "flagship form": {
        "dims": [4, 6, 2],
        "layers": [{"heads": [{"expansion": TAYLOR_NORM, "reconciliation": DUAL}]}],
    },
    "remainder sees the input functions": {
        "dims": [4, 4],
        "layers": [
            {
                "heads": [
                    {
                        "expansion": "taylor_expansion",
                        "remainder": {
                            "name": "identity_remainder",
                            "activation_functions": ["silu", "tanh"],
                        },
                        "input_functions": ["tanh", "layer_norm"],
                        "output_functions": ["sigmoid"],
                        "bias": True,
                    }
                ]
            }
        ],
    },
    "channels, mean": {
        "dims": [3, 4],
        "layers": [
            {
                "heads": [
                    {
                        "expansion": TAYLOR_NORM,
                        "reconciliation": DUAL,
                        "channels": 3,
                        "bias": True,
                        "remainder": {"name": "linear_remainder", "enable_bias": True},
                    }
                ]
            }
        ],
    },
    "fusions with parameters and frozen arrays": {
        "dims": [3, 4],
        "layers": [
            {
                "heads": [
                    {
                        "reconciliation": "random_matrix_adaption_reconciliation",
                        "channels": 2,
                        "channel_fusion": {"name": "lowrank_parameterized_concatenation_fusion"},
                    },
                    {"reconciliation": "masking_reconciliation"},
                ],
                "fusion": "parameterized_weighted_summation_fusion",
            }
        ],
    },
    "channels, concatenation": {
        "dims": [3, 6],
        "layers": [
            {
                "heads": [
                    {
                        "expansion": BSPLINE,
                        "reconciliation": {"name": "hm_reconciliation", "layout": "flat"},
                        "channels": 3,
                        "channel_fusion": "concatenation_fusion",
                        "bias": True,
                        "remainder": "linear_remainder",
                    }
                ]
            }
        ],
    },
    "heads, mean": {
        "dims": [3, 4, 2],
        "layers": [{"heads": [{"expansion": BSPLINE}, {"expansion": "taylor_expansion"}]}],
    },
    "heads, sum": {
        "dims": [3, 4],
        "layers": [
            {
                "heads": [{"reconciliation": "lorr_reconciliation"}, {}, {"bias": True}],
                "fusion": {"name": "summation_fusion", "postprocess_functions": "tanh"},
            }
        ],
    },
    "heads, concatenation, channels, deep": {
        "dims": [3, 6, 4, 2],
        "layers": [
            {
                "heads": [
                    {
                        "expansion": "taylor_expansion",
                        "reconciliation": "lphm_reconciliation",
                        "channels": 2,
                        "channel_fusion": "summation_fusion",
                        "output_functions": ["layer_norm"],
                    },
                    {"expansion": BSPLINE, "remainder": "linear_remainder"},
                ],
                "fusion": "concatenation_fusion",
            },
            {"heads": [{"expansion": {"name": "taylor_expansion", "d": 3}}]},
            {"heads": [{"bias": True, "output_functions": ["tanh"]}]},
        ],
    },
    "defaults written out": {
        "dims": [3, 2],
        "init": "fan_aware",
        "layers": [
            {
                "heads": [{"expansion": "identity_expansion", "channels": 1, "bias": False}],
                "fusion": "mean_fusion",
            }
        ],
    },
    "a bias in every channel, multiplied": {
        "dims": [3, 2],
        "layers": [
            {
                "heads": [
                    {
                        "channels": 3,
                        "channel_fusion": "prod_fusion",
                        "bias": True,
                        "bias_place": "channels",
                        "remainder": "linear_remainder",
                    }
                ]
            }
        ],
    },
    "a bias in channels that are narrower than the head": {
        "dims": [3, 4],
        "layers": [
            {
                "heads": [
                    {
                        "channels": 2,
                        "channel_fusion": "concatenation_fusion",
                        "bias": True,
                        "bias_place": "channels",
                    }
                ]
            }
        ],
    },
    "fusions of one input": {
        "dims": [3, 4],
        "layers": [
            {
                "heads": [{"channel_fusion": "l1_norm_fusion"}],
                "fusion": "parameterized_concatenation_fusion",
            }
        ],
    },
    "a fusion that names its widths": {
        "dims": [3, 5],
        "layers": [
            {
                "heads": [{}, {"bias": True}],
                "fusion": {"name": "parameterized_concatenation_fusion", "dims": [2, 3], "n": 5},
            }
        ],
    },
    "tinybig's initialisation": {"dims": [3, 2], "init": "tinybig"},
}

over_networks = pytest.mark.parametrize("config", NETWORKS.values(), ids=NETWORKS.keys())


def data(config: dict[str, Any], rows: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(rows, config["dims"][0], generator=generator, dtype=torch.float64)


def with_random_biases(model: RPN) -> RPN:
    """Biases start at 0; other values show whether they are used."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith((".bias", ".b")):
                p.copy_(torch.randn(p.shape, generator=generator))
    return model


@over_networks
@pytest.mark.parametrize("way", [use_rules_at_every_size, use_no_rules])
def test_values(monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], way: Any) -> None:
    way(monkeypatch)
    model, x = with_random_biases(RPN(config).double()), data(config)
    before = x.clone()
    y = model(x)
    assert y.dtype == torch.float64
    assert y.shape == (5, config["dims"][-1])
    assert torch.equal(x, before)
    layers = [LayerConfig(**layer) for layer in copy.deepcopy(config.get("layers", [{}]))]
    expected = oracle.network(RPNConfig(config["dims"], layers), model, x.numpy())
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-10, atol=1e-10)


@over_networks
def test_gradients(config: dict[str, Any]) -> None:
    model, x = RPN(config).double(), data(config, rows=2).requires_grad_()
    assert torch.autograd.gradcheck(model, x)
    model(x).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@over_networks
def test_rows_are_independent(config: dict[str, Any]) -> None:
    model, x = RPN(config).double(), data(config)
    together, alone = model(x), torch.cat([model(row) for row in x.split(1)])
    torch.testing.assert_close(together, alone, rtol=1e-12, atol=1e-12)


@over_networks
def test_state_dict_round_trip(config: dict[str, Any]) -> None:
    model, other = RPN(config, seed=1), RPN(config, seed=2)
    x = data(config).float()
    assert not torch.equal(model(x), other(x))
    other.load_state_dict(model.state_dict(), strict=True)
    assert torch.equal(model(x), other(x))


@over_networks
def test_config_round_trip(config: dict[str, Any]) -> None:
    given = copy.deepcopy(config)
    model = RPN(given)
    assert given == config, "the config that was given was changed"
    assert model.config == config
    again, x = RPN(model.config), data(config).float()
    assert torch.equal(again(x), model(x))
    parsed = RPN(RPNConfig(**copy.deepcopy(config)))
    assert torch.equal(parsed(x), model(x))
    assert torch.equal(RPN(parsed.config)(x), model(x))
    model.config["dims"].append(99)
    assert model.config == config, "the config handed out is the model's own"


@over_networks
def test_copies_are_equal(config: dict[str, Any]) -> None:
    model, x = RPN(config), data(config).float()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.config == config
        assert torch.equal(twin(x), model(x))


@over_networks
def test_seeds(config: dict[str, Any]) -> None:
    before = torch.get_rng_state()
    first, same, other = (RPN(config, seed=seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before), "the global random state was used"
    drawn = [key for key in first if key.endswith(".w")]
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not any(torch.equal(first[key], other[key]) for key in drawn)


def test_equal_heads_and_layers_start_differently() -> None:
    config = {"dims": [3, 3, 3], "layers": [{"heads": [{"remainder": "linear_remainder"}, {}]}]}
    state = RPN(config).state_dict()
    matrices = [value.reshape(-1) for key, value in state.items() if key.endswith(".w")]
    assert len(matrices) == 6
    assert len({tuple(w.tolist()) for w in matrices}) == 6


def test_plain_config_of_a_parsed_one_leaves_out_defaults() -> None:
    head = HeadConfig(expansion={"name": "taylor_expansion", "d": 2}, bias=True)
    config = RPNConfig([4, 3], [LayerConfig([head])])
    plain = {
        "dims": [4, 3],
        "layers": [{"heads": [{"expansion": {"name": "taylor_expansion", "d": 2}, "bias": True}]}],
    }
    assert RPN(config).config == plain
    assert RPN(plain).config == plain


def test_parameter_count_of_the_published_mnist_model() -> None:
    layers = [
        {"heads": [{"expansion": TAYLOR_NORM, "reconciliation": {**DUAL, "p": p, "q": q, "r": 5}}]}
        for p, q in ((8, 784), (8, 64), (2, 64))
    ]
    model = RPN({"dims": [784, 64, 64, 10], "layers": layers})
    assert model.num_parameters == 9330
    assert [sum(p.numel() for p in layer.parameters()) for layer in model.layers] == [
        7925,
        725,
        680,
    ]
    model.requires_grad_(False)
    assert model.num_parameters == 0


def test_input_and_output_functions_are_registered_and_follow_the_mode() -> None:
    head = {"input_functions": ["batch_norm"], "output_functions": ["prelu", "dropout"]}
    model = RPN({"dims": [4, 16], "layers": [{"heads": [head]}]})
    prefix = "layers.0.heads.0."
    assert {
        f"{prefix}input_functions.0.running_mean",
        f"{prefix}input_functions.0.weight",
        f"{prefix}output_functions.0.weight",
    } <= model.state_dict().keys()
    x = torch.randn(32, 4, generator=torch.Generator().manual_seed(0)) + 2
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert (model(x) == 0).float().mean() > 0.3
    model.eval()
    assert torch.equal(model(x), model(x))
    assert (model(x) != 0).all()
    running = model.state_dict()[f"{prefix}input_functions.0.running_mean"]
    torch.testing.assert_close(running, 0.1 * x.mean(0))


def test_head_and_layer_alone() -> None:
    head = Head(3, 2, HeadConfig(bias=True))
    x = torch.ones(4, 3)
    torch.testing.assert_close(head(x), x @ head.reconciliation.weight()[0].T)
    assert Layer(3, 2)(x).shape == (4, 2)
    assert not torch.equal(Head(3, 2, generator=torch.Generator().manual_seed(1))(x), head(x))


def test_caller_tensor_survives_an_identity_head() -> None:
    head = Head(3, 3, HeadConfig(remainder="identity_remainder"))
    x = torch.ones(2, 3)
    head(x).add_(1.0)
    assert torch.equal(x, torch.ones(2, 3))
