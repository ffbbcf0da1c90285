"""No function reads or changes a global random state: torch's, numpy's or Python's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rpn_zoo import functions
from rpn_zoo.functions import processing
from rpn_zoo.nn import RPN
from tests.functions.examples import Example, first_of_each

EXAMPLES = first_of_each()
over = pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])


def global_states() -> list[Any]:
    name, keys, *rest = np.random.get_state()
    return [torch.get_rng_state().tolist(), random.getstate(), name, keys.tolist(), rest]


@contextmanager
def global_seed(seed: int) -> Iterator[None]:
    """Another state of all three, and the old one afterwards."""
    python, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        yield
    random.setstate(python)
    np.random.set_state(numpy_state)


def everything(example: Example) -> list[Tensor]:
    """Create, reset, evaluate in both modes, differentiate: all numbers that come out."""
    f = functions.create(example.spec, **example.sizes)
    found = [value.detach().clone() for value in f.state_dict().values()]
    if hasattr(f, "reset_parameters"):
        f.reset_parameters()
    for training in (True, False):  # compressions are fitted in training
        f.train(training)
        inputs = [x.requires_grad_() for x in example.inputs(torch.float32, rows=32)]
        y = example.call(f, inputs)
        found.append(y.detach())
        if y.requires_grad:
            y.sum().backward()
        found += [x.grad for x in inputs if x.grad is not None]
    found += [value.detach().clone() for value in f.state_dict().values()]
    return found


def test_all_functions_are_here() -> None:
    assert {example.name for example in EXAMPLES} == set(functions.list())


@over
def test_no_global_random_state_is_used_or_changed(example: Example) -> None:
    results = []
    for seed in (1, 2):
        with global_seed(seed):
            before = global_states()
            results.append(everything(example))
            assert global_states() == before, "a global random state was changed"
    assert len(results[0]) == len(results[1])
    for one, two in zip(*results, strict=True):
        equal = torch.equal(one.nan_to_num(7.0), two.nan_to_num(7.0))
        assert equal, "a global random state was used"


def test_dropout_is_the_one_ordinary_function_that_draws_from_it() -> None:
    """As nn.Dropout does; rpn-zoo fit seeds the global state for it."""
    drawing = set()
    for name in processing.names():
        (function,) = processing.resolve("functions", [name], 8)
        assert isinstance(function, nn.Module)
        with global_seed(3):
            before = global_states()
            function.train()(torch.ones(8, 8))
            if global_states() != before:
                drawing.add(name)
            before = global_states()
            function.eval()(torch.ones(8, 8))
            assert global_states() == before, name
    assert drawing == {"dropout"}


def test_networks_come_from_their_seed_alone() -> None:
    head = {
        "expansion": "taylor_expansion",
        "reconciliation": "random_matrix_adaption_reconciliation",
        "remainder": "linear_remainder",
        "channels": 2,
    }
    states = []
    for seed in (1, 2):
        with global_seed(seed):
            before = global_states()
            network = RPN({"dims": [4, 6, 3], "layers": [{"heads": [head]}]}, seed=5)
            network(torch.ones(2, 4)).sum().backward()
            states.append(network.state_dict())
            assert global_states() == before
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
