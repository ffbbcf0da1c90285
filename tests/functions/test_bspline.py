"""B-splines against scipy, as a partition of unity, and outside the grid."""

from __future__ import annotations

import copy
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
    {"t": 30, "d": 3},
    {"t": 4, "d": 12},
]


def spline(options: dict[str, Any], **more: Any) -> tuple[Any, float, float, float]:
    """The expansion of one number, with its grid's ends and step."""
    f = functions.create({"name": "bspline_expansion", **options}, m=1)
    lo, hi = f.grid_range
    return f, lo, hi, (hi - lo) / f.t


def column(values: Any) -> Tensor:
    return torch.as_tensor(np.asarray(values), dtype=torch.float64).unsqueeze(1)


def elements(f: Any, x: Any, order: int = 0) -> Any:
    """All splines, or their derivatives from the right, by scipy: (len(x), t + d)."""
    lo, hi = f.grid_range
    knots = lo + (np.arange(f.t + 2 * f.d + 1) - f.d) * (hi - lo) / f.t
    columns = []
    for k in range(f.t + f.d):
        element = BSpline.basis_element(knots[k : k + f.d + 2], extrapolate=False)
        columns.append(np.nan_to_num((element.derivative(order) if order else element)(x)))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("options", GRIDS, ids=str)
def test_against_scipy(options: dict[str, Any]) -> None:
    f, lo, hi, h = spline(options)
    x = np.linspace(lo - (f.d + 1) * h, hi + (f.d + 1) * h, 501)
    np.testing.assert_allclose(f(column(x)).numpy(), elements(f, x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", GRIDS, ids=str)
def test_derivatives_against_scipy(options: dict[str, Any]) -> None:
    f, lo, hi, h = spline(options)
    x = np.random.default_rng(0).uniform(lo - (f.d + 1) * h, hi + (f.d + 1) * h, 200)
    g = torch.randn(200, f.D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    data = column(x).requires_grad_()
    (first,) = torch.autograd.grad(f(data), data, g, create_graph=True)
    expected = (g.numpy() * elements(f, x, order=1)).sum(1) * h
    np.testing.assert_allclose(first.detach().numpy()[:, 0] * h, expected, rtol=0, atol=1e-12)
    if f.d > 1:
        (second,) = torch.autograd.grad(first.sum(), data)
        expected = (g.numpy() * elements(f, x, order=2)).sum(1) * h**2
        np.testing.assert_allclose(second.numpy()[:, 0] * h**2, expected, rtol=0, atol=1e-11)


def test_derivative_at_a_knot_is_that_from_the_right() -> None:
    f, *_ = spline({"grid_range": (0, 2), "t": 2, "d": 1})
    x = column([-1.0, 0.0, 1.0, 2.0, 3.0])
    slopes = torch.func.vmap(torch.func.jacrev(lambda row: f(row[None])[0]))(x).squeeze(-1)
    expected = [[1, 0, 0], [-1, 1, 0], [0, -1, 1], [0, 0, -1], [0, 0, 0]]
    assert slopes.tolist() == expected


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("d", [0, 1, 3])
def test_far_and_missing_inputs(dtype: torch.dtype, d: int) -> None:
    f, *_ = spline({"d": d})
    far = torch.tensor([[torch.inf], [-torch.inf], [1e4], [-1e4], [7.0]], dtype=dtype)
    far.requires_grad_()
    y = f(far)
    assert (y.dtype, y.abs().max().item()) == (dtype, 0.0)
    if d:
        assert torch.equal(torch.autograd.grad(y.sum(), far)[0], torch.zeros(5, 1, dtype=dtype))
    missing = functions.create("bspline_expansion", m=2, d=d)(
        torch.tensor([[torch.nan, 0.1], [0.2, torch.inf]], dtype=dtype)
    ).unflatten(1, (2, 5 + d))
    assert missing[0, 0].isnan().all()
    assert not missing[0, 1].isnan().any()
    assert not missing[1].isnan().any()


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


def test_outside_clamp_moves_to_the_nearer_end() -> None:
    for d in (0, 1, 3):
        f, *_ = spline({"grid_range": (-1, 0.9), "t": 3, "d": d, "outside": "clamp"})
        x = column([-np.inf, -5.0, -1.0, 0.4, 0.9, 1.0, 1e4, np.nan]).requires_grad_()
        y = f(x)
        assert torch.equal(y[0], y[2])
        assert torch.equal(y[1], y[2])
        assert torch.equal(y[5], y[4])
        assert torch.equal(y[6], y[4])
        torch.testing.assert_close(y[:7].sum(1), torch.ones(7).double(), rtol=0, atol=1e-14)
        assert y[7].isnan().all()
        if d:
            (slope,) = torch.autograd.grad((y[:, 0] - y[:, -1])[:7].sum(), x)
            assert slope[[0, 1, 5, 6]].tolist() == [[0.0]] * 4
            assert slope[3].item() != 0


def test_outside_error_tells_what_it_found() -> None:
    f, *_ = spline({"grid_range": (0, 1), "outside": "error"})
    f(column([0.0, 0.5, 1.0, np.nan]))
    told = r"2 of 3 inputs are outside of grid_range = \(0.0, 1.0\).*from -0.5 to 1.25: widen"
    with pytest.raises(ValueError, match=told):
        f(column([-0.5, 0.5, 1.25]))
    with pytest.raises(ValueError, match="outside must be one of zero, clamp, error, got 'clip'"):
        spline({"outside": "clip"})


@pytest.mark.parametrize("outside", ["zero", "clamp"])
def test_inputs_outside_are_counted_and_reset(outside: str) -> None:
    f, *_ = spline({"outside": outside, "count_outside": True, "preprocess_functions": "relu"})
    assert f.outside_share == 0
    f(column([-5.0, 0.5, 1.0, 1.5]))  # relu moves the first into the grid
    f.eval()
    f(column([np.nan, np.inf]))
    assert (f.outside_count.item(), f.input_count.item(), f.outside_share) == (2, 6, 2 / 6)
    assert f.state_dict() == {}
    assert copy.deepcopy(f).outside_count.item() == 2
    f.reset_counts()
    assert f.outside_share == 0
    with pytest.raises(ValueError, match="make it with count_outside=True"):
        spline({})[0].reset_counts()
    with pytest.raises(ValueError, match="count_outside must be true or false, got 1"):
        spline({"count_outside": 1})


def test_counts_and_errors_survive_export_and_compilation() -> None:
    x, wrong = column([0.1, 0.7, -1.0]).float(), column([0.1, 0.7, -1.5]).float()
    f, *_ = spline({"outside": "error", "count_outside": True})
    batch = ({0: torch.export.Dim("batch")},)
    exported: Any = torch.export.export(f, (x,), dynamic_shapes=batch).module()
    torch.compiler.reset()
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    for program in (exported, compiled):
        program.outside_count.zero_(), program.input_count.zero_()
        torch.testing.assert_close(program(x), spline({})[0](x))
        assert (program.outside_count.item(), program.input_count.item()) == (0, 3)
        with pytest.raises(RuntimeError, match=r"outside of grid_range = \(-1.0, 1.0\)"):
            program(wrong)
    torch.compiler.reset()
