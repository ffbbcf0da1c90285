"""The contract that every registered component keeps, against the naive oracles."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from rpn_zoo import functions
from tests.functions.examples import CONSTANT, EXAMPLES, Example
from tests.functions.oracles import ORACLES

HAS_ROWS = ("expansion", "compression", "remainder", "fusion")


def over(condition: Callable[[Example], bool] = lambda example: True) -> pytest.MarkDecorator:
    """Parametrise a test over the examples for which a condition holds."""
    chosen = [example for example in EXAMPLES if condition(example)]
    return pytest.mark.parametrize("example", chosen, ids=[example.id for example in chosen])


def test_every_component_has_examples_and_an_oracle() -> None:
    assert {example.name for example in EXAMPLES} == set(functions.list())
    assert set(ORACLES) == set(functions.list())


@over()
def test_values(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    actual = example.call(f, inputs).detach().numpy()
    np.testing.assert_allclose(actual, example.oracle(f, inputs), rtol=1e-12, atol=1e-12)


@over()
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtype_is_preserved(example: Example, dtype: torch.dtype) -> None:
    f, inputs = example.make(dtype), example.inputs(dtype)
    y = example.call(f, inputs)
    assert y.dtype == dtype
    expected = example.oracle(f, inputs)
    error = np.abs(y.detach().double().numpy() - expected) / (1 + np.abs(expected))
    assert error.max() <= 40 * torch.finfo(dtype).eps


@over()
def test_device_follows_module_and_input(example: Example) -> None:
    f = example.make()
    expected = example.call(f, example.inputs())
    y = example.call(f.to("meta"), [x.to("meta") for x in example.inputs()])
    assert y.device.type == "meta"
    assert (y.shape, y.dtype) == (expected.shape, expected.dtype)


@over()
def test_gradients(example: Example) -> None:
    f = example.make()
    names = [name for name, _ in f.named_parameters()]
    inputs = [x.requires_grad_() for x in example.inputs(rows=2)]

    def evaluate(*tensors: Tensor) -> Tensor:
        data = tensors[: len(inputs)]
        parameters = dict(zip(names, tensors[len(inputs) :], strict=True))
        arguments = ([*data],) if example.family == "fusion" else data
        y = functional_call(f, parameters, arguments)
        assert isinstance(y, Tensor)
        return y

    tensors = (*inputs, *(p.detach().requires_grad_() for p in f.parameters()))
    if not example.has_gradient:
        assert not evaluate(*tensors).requires_grad
        return
    with torch.random.fork_rng():  # gradgradcheck draws its directions from the global state
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(evaluate, tensors)
        assert torch.autograd.gradgradcheck(evaluate, tensors, atol=1e-4, fast_mode=True)


@over()
def test_global_random_state_is_untouched(example: Example) -> None:
    before = torch.get_rng_state()
    f, inputs = example.make(), example.inputs()
    y = example.call(f, [x.requires_grad_() for x in inputs])
    if y.requires_grad:
        y.sum().backward()
    if hasattr(f, "reset_parameters"):
        f.reset_parameters()
    assert torch.equal(torch.get_rng_state(), before)


@over()
def test_input_is_not_modified(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    before = [x.clone() for x in inputs]
    parameters = copy.deepcopy(f.state_dict())
    example.call(f, inputs)
    assert all(map(torch.equal, inputs, before))
    assert all(torch.equal(value, parameters[key]) for key, value in f.state_dict().items())


@over(lambda example: example.family in HAS_ROWS and example.make().row_independent)
def test_rows_are_independent(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    together = example.call(f, inputs)
    alone = [example.call(f, [x[i : i + 1] for x in inputs]) for i in range(len(inputs[0]))]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12)


@over(lambda example: example.family in HAS_ROWS and example.make().row_independent)
def test_nan_stays_in_its_row(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    clean = example.call(f, inputs)
    inputs[-1][1, 0] = torch.nan
    spoilt = example.call(f, inputs)
    assert torch.equal(spoilt[[0, 2, 3]], clean[[0, 2, 3]])
    assert spoilt[1].isnan().any() == (example.name not in CONSTANT)


@over(lambda example: example.family in HAS_ROWS and example.make().row_independent)
def test_empty_batch(example: Example) -> None:
    f = example.make()
    width = example.call(f, example.inputs()).shape[1]
    assert example.call(f, example.inputs(rows=0)).shape == (0, width)


@over()
def test_sizes_are_those_of_the_tensors(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    y = example.call(f, inputs)
    for name in set(example.sizes) & {"m", "n", "D", "channels", "dims"}:
        assert getattr(f, name) == example.sizes[name]
    if example.family in ("expansion", "compression"):
        assert type(f.D) is int
        assert y.shape == (len(inputs[0]), f.D)
    elif example.family == "reconciliation":
        assert y.shape == (f.channels, f.n, f.D)
        assert (f.w is None) if f.l == 0 else (f.w.shape == (f.channels, f.l))
    elif example.family == "interdependence":
        attribute = f.mode == "attribute"
        assert y.shape == (inputs[0].shape[0], f.m_prime) if attribute else (y.shape[0], f.m)
        assert attribute or f.b_prime in (None, y.shape[0])
        assert sum(part.numel() for part in f.parts()) == f.l
        assert f.l == sum(p.numel() for p in f.parameters())
    else:
        assert y.shape == (4, f.n)


@over(lambda example: example.family == "reconciliation")
def test_row_sums(example: Example) -> None:
    f = example.make()
    torch.testing.assert_close(f.row_sums(), f.weight().sum(-1), rtol=1e-12, atol=1e-12)


@over(lambda example: example.family in ("expansion", "compression"))
def test_moments(example: Example) -> None:
    f = example.make()
    x = f.prepare(*example.inputs())
    k = f.expand(x)
    mean, variance = f.moments(x)
    torch.testing.assert_close(mean, k.mean(-1, keepdim=True), rtol=1e-12, atol=1e-12)
    expected = k.var(-1, correction=0, keepdim=True)
    torch.testing.assert_close(variance, expected, rtol=1e-12, atol=1e-12)


@over()
def test_state_dict_round_trip(example: Example) -> None:
    f, other = example.make(), example.make()
    with torch.no_grad():
        for p in other.parameters():
            p.add_(1.0)
    other.load_state_dict(f.state_dict(), strict=True)
    inputs = example.inputs()
    assert torch.equal(example.call(other, inputs), example.call(f, inputs))


@over()
def test_config_round_trip(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    assert f.config == example.spec
    again = example.ready(functions.create(f.config, **example.sizes)).double()
    assert again.config == example.spec
    assert torch.equal(example.call(again, inputs), example.call(f, inputs))
    for value in f.config.values():
        if isinstance(value, list):
            value.clear()
    f.config["name"] = "changed"
    assert f.config == example.spec, "the config handed out is the component's own"


@over()
def test_copies_are_equal(example: Example) -> None:
    f, inputs = example.make(), example.inputs()
    for twin in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert twin.config == f.config
        assert torch.equal(example.call(twin, inputs), example.call(f, inputs))


@over(lambda example: len(list(example.make().parameters())) > 0)
def test_initial_values_come_from_the_generator(example: Example) -> None:
    def drawn(seed: int, **more: Any) -> Tensor:
        f = example.make(generator=torch.Generator().manual_seed(seed), **more)
        return torch.cat([p.detach().flatten() for p in f.parameters()])

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    assert not torch.equal(drawn(1), drawn(1, init="tinybig"))
    assert drawn(1).isfinite().all()


@over(lambda example: len(list(example.make().parameters())) > 0)
def test_reset_parameters_draws_anew(example: Example) -> None:
    f = example.make(torch.float32, generator=torch.Generator().manual_seed(1))
    first = f.w.detach().clone()
    f.reset_parameters(torch.Generator().manual_seed(2))
    assert not torch.equal(f.w, first)
    f.reset_parameters(torch.Generator().manual_seed(1))
    assert torch.equal(f.w, first)


@pytest.mark.parametrize("name", functions.list())
def test_description_is_complete(name: str) -> None:
    description = functions.describe(name)
    assert description.family in name
    assert description.summary
    assert description.formula
    assert description.size
    assert description.source
    assert description.domain
    undocumented = [a.name for a in description.arguments if not a.meaning]
    assert not undocumented
    assert set(functions.get(name).sizes) <= {a.name for a in description.arguments}
    text = str(description)
    assert all(a.name in text for a in description.arguments)
    assert description.formula in text
    assert ">>>" in (functions.get(name).__doc__ or ""), "there is no example"


def test_capabilities_are_those_of_the_state() -> None:
    stateful: dict[str, bool] = {}
    for example in EXAMPLES:
        f = example.make()
        own = {name for name, _ in f.named_parameters()}
        frozen = bool(f.state_dict().keys() - own)
        assert f.stateful or not frozen, example.id
        stateful[example.name] = stateful.get(example.name, False) or frozen
    for name, frozen in stateful.items():
        assert functions.get(name).stateful == frozen, name
