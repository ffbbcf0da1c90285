"""Written-out gradients in every mode of differentiation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions.with_gradient import with_gradient

EXPANSIONS: list[dict[str, Any]] = [
    {"name": "trigonometric_expansion"},
    {"name": "hyperbolic_expansion"},
    {"name": "arc_hyperbolic_expansion"},
    {"name": "fourier_expansion", "N": 2},
    {"name": "gaussian_rbf_expansion", "num_interval": 3},
    {"name": "inverse_quadratic_rbf_expansion", "num_interval": 3},
    {"name": "ricker_wavelet_expansion"},
    {"name": "shannon_wavelet_expansion"},
    {"name": "meyer_wavelet_expansion"},
    {"name": "beta_wavelet_expansion", "alpha": 2.0, "beta": 1.5},
    {"name": "bspline_expansion"},
    {"name": "bspline_expansion", "t": 20},
]


def powers(x: Tensor, n: int) -> Tensor:
    return x**n


def powers_pullback(x: Tensor, y: Tensor, g: Tensor, n: int) -> Tensor:
    return g * n * x ** (n - 1)


def test_all_derivatives_are_those_of_autograd() -> None:
    x = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)

    def written(x: Tensor) -> Tensor:
        return with_gradient(powers, powers_pullback, x, 5).sum()

    def recorded(x: Tensor) -> Tensor:
        return (x**5).sum()

    for way in (
        torch.func.grad,
        torch.func.hessian,
        lambda f: torch.func.jacfwd(torch.func.grad(f)),
        lambda f: torch.func.vmap(torch.func.grad(f), in_dims=0),
        lambda f: lambda x: torch.autograd.functional.hvp(f, x, torch.ones_like(x))[1],
        lambda f: lambda x: torch.func.jvp(f, (x,), (torch.ones_like(x),))[1],
    ):
        torch.testing.assert_close(way(written)(x), way(recorded)(x))


def test_an_error_inside_is_not_hidden() -> None:
    def broken(x: Tensor) -> Tensor:
        raise RuntimeError("broken inside")

    with pytest.raises(RuntimeError, match="broken inside"):
        with_gradient(broken, powers_pullback, torch.ones(2))


@pytest.mark.parametrize("spec", EXPANSIONS, ids=str)
def test_expansions_in_forward_and_reverse_mode(spec: dict[str, Any]) -> None:
    f = functions.create(spec, m=3).double()
    x = torch.tensor([[0.31, -0.72, 0.55], [0.11, 0.9, -0.2]], dtype=torch.float64)
    tangent = torch.tensor([[1.0, -0.5, 2.0], [0.3, 0.7, -1.1]], dtype=torch.float64)
    _, forward = torch.func.jvp(f, (x,), (tangent,))
    reverse = torch.autograd.functional.jvp(f, x, tangent)[1]  # by two reverse passes
    torch.testing.assert_close(forward, reverse, rtol=1e-12, atol=1e-12)
    by_row = torch.func.vmap(lambda row: f(row.unsqueeze(0)).squeeze(0))(x)
    torch.testing.assert_close(by_row, f(x), rtol=1e-12, atol=1e-12)

    def squares(row: Tensor) -> Tensor:
        return f(row.unsqueeze(0)).square().sum()

    hessian = torch.func.hessian(squares)(x[0])  # forward over reverse
    expected = torch.autograd.functional.hessian(squares, x[0])  # reverse over reverse
    torch.testing.assert_close(hessian, expected, rtol=1e-9, atol=1e-9)
