"""Frozen arrays and masks: drawn from the generator, saved, replaced where they are missing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from rpn_zoo import functions
from rpn_zoo.nn import RPN

FROZEN: dict[str, dict[str, Any]] = {
    "masking_reconciliation": {},
    "hypernet_reconciliation": {"l": 4, "hidden_dim": 3},
    "random_matrix_adaption_reconciliation": {},
    "random_matrix_hypernet_reconciliation": {"l": 4, "hidden_dim": 3},
}
each = pytest.mark.parametrize("name", FROZEN)


def make(name: str, seed: int = 0, **more: Any) -> Any:
    generator = torch.Generator().manual_seed(seed)
    spec = {"name": name, **FROZEN[name]}
    return functions.create(spec, n=4, D=9, generator=generator, **more)


@each
def test_frozen_arrays_come_from_the_generator(name: str) -> None:
    first, same, other = (make(name, seed).state_dict() for seed in (1, 1, 2))
    frozen = first.keys() - {"w"}
    assert frozen
    assert all(torch.equal(first[key], same[key]) for key in frozen)
    assert not any(torch.equal(first[key], other[key]) for key in frozen)


@each
def test_reset_keeps_what_is_frozen(name: str) -> None:
    f = make(name)
    before = {key: value.clone() for key, value in f.state_dict().items()}
    f.reset_parameters(torch.Generator().manual_seed(5))
    changed = {key for key, value in f.state_dict().items() if not torch.equal(value, before[key])}
    assert changed == {"w"}


@each
def test_a_state_dict_without_frozen_arrays_is_taken_with_a_warning(name: str) -> None:
    saved, f = make(name, 1), make(name, 2)
    frozen = {key: value.clone() for key, value in f.state_dict().items() if key != "w"}
    with pytest.warns(UserWarning, match="drew at random"):
        f.load_state_dict({"w": saved.state_dict()["w"]}, strict=True)
    assert torch.equal(f.w, saved.w)
    assert all(torch.equal(f.state_dict()[key], value) for key, value in frozen.items())
    with pytest.raises(RuntimeError, match="Missing key"):
        f.load_state_dict({key: value for key, value in saved.state_dict().items() if key != "w"})


def test_frozen_arrays_of_a_network_depend_on_its_seed() -> None:
    heads = [{"reconciliation": "random_matrix_adaption_reconciliation"}] * 2
    fusion = "random_matrix_adaption_parameterized_concatenation_fusion"
    config = {"dims": [4, 3, 3], "layers": [{"heads": heads, "fusion": fusion}]}
    arrays = [
        tuple(value.flatten()[:4].tolist())
        for seed in (1, 2)
        for key, value in RPN(config, seed=seed).state_dict().items()
        if key.endswith((".A", ".B"))
    ]
    assert len(arrays) == 24
    assert len(set(arrays)) == 24


def test_a_fresh_mask_in_training_and_its_mean_in_evaluation() -> None:
    f = make("masking_reconciliation", fixed_mask=False, p=0.25, channels=2)
    assert f.state_dict().keys() == {"w"}
    before = torch.get_rng_state()
    f.mask_generator.manual_seed(3)
    first, second = f.weight(), f.weight()
    f.mask_generator.manual_seed(3)
    assert torch.equal(f.weight(), first)
    assert not torch.equal(first, second)
    many = torch.stack([f.weight() for _ in range(4000)]).mean(0)
    assert torch.equal(torch.get_rng_state(), before)
    f.eval()
    torch.testing.assert_close(f.weight(), 0.25 * f.w.view(2, 4, 9))
    assert (many - f.weight()).abs().max() < 0.05 * f.w.abs().max()


def test_a_network_of_the_callers_own() -> None:
    net = torch.nn.Linear(5, 6)
    f = functions.create("hypernet_reconciliation", n=2, D=3, l=5, net=net)
    torch.testing.assert_close(f.weight(), net(f.w).view(1, 2, 3))
    assert [name for name, p in f.named_parameters() if p.requires_grad] == ["w"]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("masking_reconciliation", {"n": 2, "D": 2, "p": 1.5}, r"p must be a probability .* 1\.5"),
        ("constant_reconciliation", {"n": 2, "D": 2, "c": torch.inf}, r"c must be a finite number"),
        ("duplicated_padding_reconciliation", {"n": 3, "D": 4}, r"p must divide n = 3"),
        ("duplicated_padding_reconciliation", {"n": 4, "D": 5}, r"q must divide D = 5"),
        ("duplicated_diagonal_padding_reconciliation", {"n": 3, "D": 4}, r"n must divide D = 4"),
        (
            "duplicated_diagonal_padding_reconciliation",
            {"n": 2, "D": 4, "p": 1},
            r"p must be n = 2",
        ),
        ("hypernet_reconciliation", {"n": 2, "D": 2, "l": 0}, r"l must be an integer >= 1"),
        (
            "random_matrix_adaption_reconciliation",
            {"n": 2, "D": 2, "r": 0},
            r"r must be an integer",
        ),
        ("constant_remainder", {"m": 2, "n": 2, "c": "1"}, r"c must be a finite number, got '1'"),
        ("weighted_summation_fusion", {"dims": [2, 2], "weights": [1.0]}, r"each of the 2 inputs"),
        ("metric_fusion", {"dims": [2, 2], "metric": "batch_sdt"}, r"Did you mean batch_std"),
        ("max_fusion", {"dims": [2, 3]}, r"max_fusion needs inputs of equal width"),
        (
            "parameterized_concatenation_fusion",
            {"dims": [2, 3]},
            r"without n needs inputs of equal",
        ),
        ("hm_parameterized_concatenation_fusion", {"dims": [3, 3]}, r"p must divide n = 3"),
    ],
)
def test_bad_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(name, **arguments)


def test_fusion_details() -> None:
    f = functions.create("weighted_summation_fusion", dims=[1, 1], weights=torch.tensor([1.0, 2.0]))
    assert f.config == {"name": "weighted_summation_fusion", "weights": [1.0, 2.0]}
    xs = [torch.tensor([[1.0, -3.0]]), torch.tensor([[2.0, 5.0]])]
    largest = functions.create("metric_fusion", dims=[2, 2], metric=lambda x: x.amax(1))
    torch.testing.assert_close(largest(xs), torch.tensor([[2.0, 5.0]]))


def test_gradients_at_zeros_and_ties() -> None:
    def gradient(name: str, values: list[float]) -> list[float]:
        xs = [torch.tensor([[v]], requires_grad=True) for v in values]
        y = functions.create(name, dims=[1] * len(xs))(xs)
        return [g.item() for g in torch.autograd.grad(y.sum(), xs)]

    assert gradient("prod_fusion", [0.0, 3.0, 0.0]) == [0.0, 0.0, 0.0]
    assert gradient("prod_fusion", [0.0, 3.0, 2.0]) == [6.0, 0.0, 0.0]
    assert gradient("l2_norm_fusion", [0.0, 0.0]) == [0.0, 0.0]
    for name in ("max_fusion", "min_fusion", "median_fusion"):
        assert sorted(gradient(name, [1.0, 1.0])) == [0.0, 1.0]
