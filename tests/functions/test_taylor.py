"""The closed-form moments of the Taylor expansion, where a naive difference would cancel."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rpn_zoo.functions.expansion.kron_powers import kron_powers, kron_powers_moments

ORDERS = [1, 2, 3]


def dense_moments(x: Tensor, d: int) -> tuple[Tensor, Tensor]:
    k = kron_powers(x, d)
    return k.mean(-1, keepdim=True), k.var(-1, correction=0, keepdim=True)


def rows(m: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Rows on which a difference of large numbers would lose everything."""
    noise = torch.randn(m, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    kinds = [torch.ones(m), torch.zeros(m), -torch.ones(m), 1 + 1e-4 * noise, noise, 10 * noise]
    return torch.stack([row.double() for row in kinds]).to(dtype)


@pytest.mark.parametrize("d", ORDERS)
@pytest.mark.parametrize("m", [1, 2, 7])
def test_moments_against_the_dense_way(m: int, d: int) -> None:
    for actual, expected in zip(
        kron_powers_moments(rows(m), d), dense_moments(rows(m), d), strict=True
    ):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("d", ORDERS)
def test_moments_in_float32_are_accurate(d: int) -> None:
    x = rows(40, torch.float32)
    mean, variance = kron_powers_moments(x, d)
    expected_mean, expected_variance = dense_moments(x.double(), d)
    assert mean.dtype == variance.dtype == torch.float32
    torch.testing.assert_close(mean.double(), expected_mean, rtol=1e-5, atol=1e-6)
    # The relative accuracy holds for the almost constant row too: nothing cancels.
    torch.testing.assert_close(variance.double(), expected_variance, rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("d", ORDERS)
def test_gradients_in_float32_are_accurate(d: int) -> None:
    gradients = []
    for dtype in (torch.float32, torch.float64):
        x = rows(40, torch.float32)[3:].to(dtype).requires_grad_()
        kron_powers_moments(x, d)[1].sum().backward()
        gradients.append(x.grad.double())
    error = (gradients[0] - gradients[1]).abs().amax(1) / gradients[1].abs().amax(1)
    assert (error <= 1e-5).all(), "something cancels in the almost constant row"


@pytest.mark.parametrize("d", ORDERS)
def test_constant_rows_of_ones_and_zeros_have_no_variance(d: int) -> None:
    x = torch.stack([torch.ones(30), torch.zeros(30)])
    mean, variance = kron_powers_moments(x, d)
    assert mean.flatten().tolist() == [1.0, 0.0]
    assert variance.flatten().tolist() == [0.0, 0.0]


@given(
    value=st.floats(-3, 3, width=32),
    spread=st.floats(0, 1e-3),
    m=st.integers(1, 50),
    d=st.sampled_from(ORDERS),
    seed=st.integers(0, 5),
)
def test_variance_is_never_negative(value: float, spread: float, m: int, d: int, seed: int) -> None:
    x = value + spread * torch.randn(3, m, generator=torch.Generator().manual_seed(seed))
    assert (kron_powers_moments(x, d)[1] >= 0).all()


@pytest.mark.parametrize("d", ORDERS)
def test_gradients_of_moments(d: int) -> None:
    x = rows(3)[[0, 3, 4]].requires_grad_()
    assert torch.autograd.gradcheck(lambda x: kron_powers_moments(x, d), x)
    with torch.random.fork_rng():  # gradgradcheck draws its directions from the global state
        torch.manual_seed(0)
        assert torch.autograd.gradgradcheck(lambda x: kron_powers_moments(x, d), x)
    zeros = torch.zeros(1, 3, requires_grad=True)
    sum(part.sum() for part in kron_powers_moments(zeros, d)).backward()
    assert zeros.grad.isfinite().all()
