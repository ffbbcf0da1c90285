"""B-splines against scipy, and the properties that make them a partition of unity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.interpolate import BSpline
from torch import Tensor

from rpn_zoo import functions

GRIDS: list[dict[str, Any]] = [
    {},
    {"grid_range": (-2, 3), "t": 4, "d": 2},
    {"grid_range": (0.1, 0.4), "t": 3, "d": 1},
    {"grid_range": (-0.3, 0.7), "t": 7, "d": 5},
    {"grid_range": (-1e3, 1e3), "t": 1, "d": 3},
]


def spline(options: dict[str, Any], **more: Any) -> tuple[Any, float, float, float]:
    """The expansion of one number, with its grid's ends and step."""
    f = functions.create({"name": "bspline_expansion", **options}, m=1)
    lo, hi = f.grid_range
    return f, lo, hi, (hi - lo) / f.t


def column(values: Any) -> Tensor:
    return torch.as_tensor(np.asarray(values), dtype=torch.float64).unsqueeze(1)


@pytest.mark.parametrize("options", GRIDS, ids=str)
def test_against_scipy(options: dict[str, Any]) -> None:
    f, lo, hi, h = spline(options)
    x = np.linspace(lo - (f.d + 1) * h, hi + (f.d + 1) * h, 501)
    knots = lo + (np.arange(f.t + 2 * f.d + 1) - f.d) * h
    for k in range(f.t + f.d):
        element = BSpline.basis_element(knots[k : k + f.d + 2], extrapolate=False)
        expected = np.nan_to_num(element(x))
        np.testing.assert_allclose(f(column(x))[:, k].numpy(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", GRIDS, ids=str)
def test_sums_to_one_on_the_grid_and_vanishes_beyond(options: dict[str, Any]) -> None:
    f, lo, hi, h = spline(options)
    inside = column(np.linspace(lo, hi, 101)[:-1])
    torch.testing.assert_close(f(inside).sum(1), torch.ones(100).double(), rtol=0, atol=1e-12)
    assert (f(inside) >= 0).all()
    far = column([lo - (f.d + 0.01) * h, hi + (f.d + 0.01) * h, lo - 100 * h, 1e6 * h])
    far.requires_grad_()
    f(far).sum().backward()
    assert (f(far) == 0).all()
    assert (far.grad == 0).all()


def test_sum_falls_to_zero_outside_the_grid() -> None:
    f, _, hi, h = spline({})
    sums = f(column(hi + h * np.linspace(0, f.d, 50))).sum(1)
    assert (sums.diff() < 0).all()
    assert sums[-1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("made", ["double()", "float32 module", "half and back"])
def test_knots_are_exact_in_every_dtype(made: str) -> None:
    f, lo, _, h = spline({"grid_range": (-1, 0.9), "t": 7, "d": 1})
    f = {"double()": f.double(), "float32 module": f, "half and back": f.half().double()}[made]
    # A hat function is 1 at its own knot; knots rounded to float32 would miss it by 1e-8.
    knots = column(lo + h * np.arange(7))
    expected = torch.eye(8, dtype=torch.float64)[:7]
    torch.testing.assert_close(f(knots), expected, rtol=0, atol=1e-14)


def test_saved_dict_is_empty_and_device_follows_the_input() -> None:
    f, *_ = spline({})
    assert f.state_dict() == {}
    assert f(torch.empty(3, 1, device="meta")).device.type == "meta"
