"""Names of pre- and post-processing functions, and their modules."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from rpn_zoo import functions
from rpn_zoo.functions import processing


@pytest.mark.parametrize("name", processing.names())
def test_every_name_is_a_module_that_keeps_shape_and_dtype(name: str) -> None:
    module = processing.resolve("f", name, 4).double()
    x = torch.rand(3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = processing.apply(module, x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert not torch.equal(processing.apply(module, 5 * x - 2), 5 * x - 2), "it does nothing"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tanh", torch.tanh),
        ("torch.tanh", torch.tanh),
        ("torch.nn.Tanh", torch.tanh),
        ("torch.nn.functional.elu", nn.functional.elu),
        ("torch.nn.LeakyReLU", nn.functional.leaky_relu),
        ("torch.nn.LogSigmoid", nn.functional.logsigmoid),
        ("logsigmoid", nn.functional.logsigmoid),
        ("gelu", nn.functional.gelu),
        ("torch.exp", torch.exp),
        ("softmax", lambda x: torch.softmax(x, -1)),
        ("layer_norm", lambda x: nn.functional.layer_norm(x, (4,))),
        ({"name": "elu", "alpha": 2.0}, lambda x: nn.functional.elu(x, 2.0)),
        ({"name": "torch.nn.Softmax", "dim": 0}, lambda x: torch.softmax(x, 0)),
        (["relu", {"name": "layer_norm", "eps": 0.1}, "sin"],
         lambda x: nn.functional.layer_norm(x.relu(), (4,), eps=0.1).sin()),
        (None, lambda x: x),
        ([], lambda x: x),
    ],
)  # fmt: skip
def test_names_mean_what_they_say(name: Any, expected: Any) -> None:
    x = torch.linspace(-3, 3, 12, dtype=torch.float64).view(3, 4)
    torch.testing.assert_close(processing.apply(processing.resolve("f", name, 4), x), expected(x))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("tahn", r"output_functions: unknown function 'tahn'.*Did you mean tanh"),
        ("torch.nn.Linear", r"unknown function 'torch.nn.Linear'.*Allowed: "),
        (["relu", "os.system"], r"unknown function 'os.system'"),
        ({"name": "elu", "slope": 1.0}, r"elu does not take \{'slope': 1.0\}"),
        ({"name": "exp", "base": 2}, r"unknown function|does not take"),
        ({"alpha": 1.0}, r"'name'"),
        (3, r"its name or as a dict"),
        ([nn.functional.relu], r"its name or as a dict"),
    ],
)
def test_bad_names_and_options_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        processing.resolve("output_functions", given, 4)


def test_modules_in_a_list_are_registered() -> None:
    f = functions.create("identity_expansion", m=4, postprocess_functions=["prelu", "batch_norm"])
    assert {name for name, _ in f.named_parameters()} == {
        "postprocess.0.weight",
        "postprocess.1.weight",
        "postprocess.1.bias",
    }
    assert "postprocess.1.running_mean" in f.state_dict()


def test_dropout_and_batch_norm_follow_the_mode() -> None:
    f = functions.create("identity_expansion", m=4, postprocess_functions=["batch_norm", "dropout"])
    x = torch.randn(64, 4, generator=torch.Generator().manual_seed(0)) + 3
    with torch.random.fork_rng():
        torch.manual_seed(0)
        trained = f(x)
    assert (trained == 0).float().mean() > 0.3
    f.eval()
    assert torch.equal(f(x), f(x))
    assert (f(x) != 0).all()
    # One training step moved the running mean a tenth of the way to the data's.
    torch.testing.assert_close(f.postprocess[0].running_mean, 0.1 * x.mean(0))


def test_dropout_of_sparse_features_draws_the_stored_values() -> None:
    x = torch.rand(40, 50, generator=torch.Generator().manual_seed(0)) + 1
    x = x * (torch.arange(2000).view(40, 50) % 5 == 0)
    dropout = processing.resolve("f", {"name": "dropout", "p": 0.25}, 50)[0]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        y = dropout(x.to_sparse_csr())
    assert y.layout == torch.sparse_csr
    kept = y.to_dense() != 0
    assert 0.65 < kept.sum() / 400 < 0.85
    torch.testing.assert_close(y.to_dense(), torch.where(kept, x / 0.75, 0.0))
    dropout.eval()
    assert torch.equal(dropout(x.to_sparse_csr()).to_dense(), x)


def test_layer_norm_has_weights_only_when_asked() -> None:
    plain = processing.resolve("f", "layer_norm", 4)
    affine = processing.resolve("f", {"name": "layer_norm", "elementwise_affine": True}, 4)
    assert [p.shape for p in plain.parameters()] == []
    assert [p.shape for p in affine.parameters()] == [(4,), (4,)]


def test_forward_hooks_run() -> None:
    f = functions.create("taylor_expansion", m=2)
    seen = []
    f.register_forward_hook(lambda module, arguments, output: seen.append(output.shape))
    f(torch.ones(1, 2))
    assert seen == [(1, 6)]


def test_weights_can_be_frozen() -> None:
    frozen = {"name": "batch_norm", "trainable": False}
    norm, prelu = processing.resolve("output_functions", [frozen, "prelu"], 4)
    assert [p.requires_grad for p in norm.parameters()] == [False, False]
    assert all(p.requires_grad for p in prelu.parameters())
    with pytest.raises(ValueError, match="trainable must be true or false, got 'no'"):
        processing.resolve("output_functions", {"name": "batch_norm", "trainable": "no"}, 4)


def test_only_input_functions_change_the_width() -> None:
    mean = {"name": "position_mean", "count": 3}
    functions = processing.resolve("input_functions", [mean, "batch_norm"], 12)
    assert functions[1].num_features == 4
    x = torch.arange(24.0).view(2, 12)
    assert functions[0](x).tolist() == [[4.0, 5.0, 6.0, 7.0], [16.0, 17.0, 18.0, 19.0]]
    with pytest.raises(ValueError, match="unknown function 'position_mean'"):
        processing.resolve("output_functions", mean, 12)
    with pytest.raises(ValueError, match="count must divide the width of the rows = 4"):
        processing.resolve("input_functions", mean, 4)
