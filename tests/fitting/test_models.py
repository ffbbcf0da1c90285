from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from rpn_zoo.data import Equations, equation
from rpn_zoo.fitting import MODELS, fit_network, prepare, rpn_config
from rpn_zoo.fitting.fit import nrmse
from rpn_zoo.nn import RPN


@pytest.mark.parametrize("variables", [1, 2, 5, 9])
def test_sizes_are_about_equal(variables: int) -> None:
    sizes = {name: RPN(make(variables)).num_parameters for name, make in MODELS.items()}
    # A step of the width changes the size by 9 (v + 1) in the KAN, at most half of it is missing.
    assert abs(sizes["kan"] - sizes["rpn"]) <= 4.5 * (variables + 1)
    assert abs(sizes["mlp"] - sizes["rpn"]) <= 0.1 * sizes["rpn"]


def test_the_rpn_is_its_formula() -> None:
    network = RPN(rpn_config(2, terms=3, degree=4)).double()
    x = torch.rand(5, 2, generator=torch.Generator().manual_seed(0)).double() * 2 - 1
    w = {name: value.detach().numpy() for name, value in network.named_parameters()}
    t = np.cos(np.arange(1, 5) * np.arccos(x.numpy())[..., None]).reshape(5, -1)
    inner = [
        t @ w[f"layers.0.heads.{i}.reconciliation.w"].reshape(3, 8).T
        + w[f"layers.0.heads.{i}.bias"]
        for i in range(2)
    ]
    terms = np.exp(inner[0]) * inner[1]
    last, last_bias = w["layers.1.heads.0.reconciliation.w"], w["layers.1.heads.0.bias"]
    expected = terms @ last.reshape(3, 1) + last_bias
    np.testing.assert_allclose(network(x).detach(), expected, atol=1e-12)


def test_rows_are_those_of_the_data_module() -> None:
    rows = prepare(equation("feynman", "I.6.2"))
    data = Equations("feynman", "I.6.2", dtype="float64", normalize_x="range", normalize_y=True)
    data.setup()
    for part in ("train", "val", "test"):
        for a, b in zip(getattr(rows, part), data.split(part), strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert rows.scale == data.y_standardization.scale.item()


def test_a_product_is_fitted_exactly() -> None:
    """x y^2 / z is one of the terms, up to the series of log."""
    rows = prepare(equation("feynman", "I.43.16"))  # mu q V / d
    found = fit_network(rpn_config(4, terms=1, degree=12), rows, 40)
    assert found.nrmse < 1e-4
    assert found.r2 == pytest.approx(1)
    assert found.rmse == pytest.approx(
        found.nrmse * rows.scale * rows.test[1].std(correction=0).item()
    )
    again = fit_network(rpn_config(4, terms=1, degree=12), rows, 40)
    assert again.nrmse == found.nrmse


def test_fitting_stops_where_nothing_gets_better() -> None:
    rows = prepare(equation("elementary", "E.0"))
    heads = [{"bias": True}]
    config: dict[str, Any] = {"dims": [2, 1], "layers": [{"heads": heads}]}
    found = fit_network(config, rows, 10_000)
    assert found.steps < 100
    assert found.nrmse < 1e-12


def test_nan_is_no_good_fit() -> None:
    part = (torch.zeros(3, 1), torch.arange(3.0)[:, None])
    assert nrmse(lambda x: x + math.nan, part) == math.inf
    assert nrmse(lambda x: x + 1, part) == 1.0
