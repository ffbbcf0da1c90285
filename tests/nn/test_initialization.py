"""The fabricated W starts with the variance of a good dense layer, 2 / (n + D)."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from rpn_zoo import functions
from rpn_zoo.functions.initialization import dense_variance, factor_std
from rpn_zoo.nn import RPN
from tests.functions.examples_reconciliation import CONSTANT

SIZES = [
    ("identity_reconciliation", {}),
    ("lorr_reconciliation", {"r": 4}),
    ("hm_reconciliation", {"p": 8, "q": 40}),
    ("lphm_reconciliation", {"p": 8, "q": 40, "r": 4}),
    ("dual_lphm_reconciliation", {"p": 8, "q": 40, "r": 5}),
    ("dual_lphm_reconciliation", {"p": 8, "q": 40, "r": 5, "layout": "flat"}),
    ("masking_reconciliation", {"p": 0.3}),
    ("duplicated_padding_reconciliation", {"p": 4, "q": 10}),
    ("hypernet_reconciliation", {"hidden_dim": 16}),
    ("random_matrix_adaption_reconciliation", {"r": 3}),
    ("random_matrix_hypernet_reconciliation", {}),
]
DIAGONAL = "duplicated_diagonal_padding_reconciliation"
WITHOUT_PARAMETERS = {name for name in CONSTANT if name.endswith("_reconciliation")}


def mean_variance(name: str, options: dict[str, Any], seeds: int = 24, D: int = 1640) -> float:
    """Mean of W's squared entries over several seeds; n = 64, D = 1640 (Taylor of 40)."""
    squares = []
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        spec = {"name": name, **options}
        psi = functions.create(spec, n=64, D=D, generator=generator)
        squares.append(psi.weight().detach().square().mean().item())
    return sum(squares) / seeds


@pytest.mark.parametrize(("name", "options"), SIZES)
def test_fabricated_variance(name: str, options: dict[str, Any]) -> None:
    ratio = mean_variance(name, options) / dense_variance(64, 1640)
    assert 0.5 < ratio < 2


def test_every_reconciliation_is_measured() -> None:
    measured = {name for name, _ in SIZES} | {DIAGONAL} | WITHOUT_PARAMETERS
    assert measured == set(functions.list("reconciliation"))


def test_fabricated_variance_of_a_diagonal() -> None:
    # n must divide D.
    assert 0.5 < mean_variance(DIAGONAL, {}, D=1664) / dense_variance(64, 1664) < 2


def test_remainder_variance_and_bias() -> None:
    generator = torch.Generator().manual_seed(0)
    pi = functions.create("linear_remainder", m=300, n=100, enable_bias=True, generator=generator)
    assert pi.w.var().item() == pytest.approx(2 / 400, rel=0.1)
    assert (pi.b == 0).all()


def test_tinybig_draws_from_the_flat_matrix() -> None:
    psi = functions.create("identity_reconciliation", n=50, D=60, channels=2, init="tinybig")
    bound = math.sqrt(6 / (3000 + 2))
    assert psi.w.abs().max() <= bound
    assert psi.w.abs().max() > 0.95 * bound
    assert psi.w.mean().abs() < 0.05 * bound


def test_formulas() -> None:
    assert dense_variance(3, 5) == 0.25
    # Four factors in r^2 = 9 terms, each of variance s^2: 9 s^8.
    assert 9 * factor_std(0.25, factors=4, terms=9) ** 8 == pytest.approx(0.25)


@pytest.mark.parametrize(
    "reconciliation", sorted(set(functions.list("reconciliation")) - WITHOUT_PARAMETERS)
)
def test_signals_keep_their_size_through_a_network(reconciliation: str) -> None:
    head = {
        "expansion": {"name": "taylor_expansion", "postprocess_functions": "layer_norm"},
        "reconciliation": reconciliation,
    }
    config = {"dims": [30, 30, 30, 30], "layers": [{"heads": [head]}]}
    x = torch.randn(64, 30, generator=torch.Generator().manual_seed(0))
    sizes = [RPN(config, seed=seed)(x).std().item() for seed in range(8)]
    assert 0.1 < sum(sizes) / len(sizes) < 10
