"""Closed-form expansions where it is hard: singular points, large inputs, high degrees, casts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special
import torch
from torch import Tensor

from rpn_zoo import functions
from tests.functions.oracles_expansion import meyer, shannon

OFFSETS = [0.0, *(sign * 10.0**-k for k in range(1, 13, 2) for sign in (1, -1)), 1e-30]
SINGULAR: list[tuple[str, Callable[[float], mpmath.mpf], tuple[float, ...]]] = [
    ("shannon_wavelet_expansion", shannon, (0.0,)),
    ("meyer_wavelet_expansion", meyer, (0.0, 0.75, -0.75, 0.375, -0.375)),
]
SQUASHED = [
    "arc_trigonometric_expansion",
    "arc_hyperbolic_expansion",
    "hybrid_probabilistic_expansion",
    *functions.list("*_rbf_expansion"),
    *(
        f"{prefix}{name}_expansion"
        for name in ("normal", "cauchy", "laplace", "gamma", "chi2", "exponential")
        for prefix in ("", "naive_")
    ),
]
WAVELETS = [name for name in functions.list("*_wavelet_expansion") if "harr" not in name]


def column(values: Any, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.as_tensor(np.asarray(values), dtype=dtype).unsqueeze(1).requires_grad_()


def derivatives(f: Any, x: Tensor) -> list[Tensor]:
    """Value, first and second derivative of a function of one number."""
    y = f(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return [y.detach(), first.detach(), second]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "psi", "points"), SINGULAR, ids=[s[0] for s in SINGULAR])
def test_singular_points(
    name: str, psi: Callable[[float], mpmath.mpf], points: tuple[float, ...], dtype: torch.dtype
) -> None:
    f = functions.create(name, m=1)
    x = column([p + offset for p in points for offset in OFFSETS], dtype)
    found = derivatives(f, x)
    eps = torch.finfo(dtype).eps
    with mpmath.workdps(40):
        for order, bound in enumerate((8, 40, 200)):
            for tau, actual in zip(x.detach().flatten().tolist(), found[order], strict=True):
                h = mpmath.mpf(10) ** -9
                shifted = [psi(mpmath.mpf(tau) + k * h) for k in (-1, 0, 1)]
                expected = (
                    shifted[1],
                    (shifted[2] - shifted[0]) / (2 * h),
                    (shifted[2] - 2 * shifted[1] + shifted[0]) / h**2,
                )[order]
                assert abs(actual.item() - float(expected)) <= bound * eps, (tau, order)


@pytest.mark.parametrize("name", [*SQUASHED, *WAVELETS])
def test_large_inputs_stay_finite(name: str) -> None:
    x = column([s * v for v in (0, 1e-6, 17, 50, 89, 200, 1e3, 1e4) for s in (1, -1)]).float()
    x = x.detach().requires_grad_()
    options: list[dict[str, float]] = [{}]
    if name == "beta_wavelet_expansion":
        options = [{"alpha": alpha, "beta": beta} for alpha, beta in BETAS]
    if name in WAVELETS:
        options += [{**given, "s": 2, "t": 2, "a": 2.0} for given in options]
    for more in options:
        y = functions.create({"name": name, **more}, m=1)(x)
        (gradient,) = torch.autograd.grad(y.sum(), x)
        assert y.isfinite().all()
        assert gradient.isfinite().all()


BETAS = [(1.0, 1.0), (1.0, 3.0), (1.5, 1.0), (2.5, 1.5), (1.0001, 60.0), (120.0, 90.0)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("alpha", "beta"), BETAS)
def test_beta_wavelet_far_out_and_with_large_exponents(
    alpha: float, beta: float, dtype: torch.dtype
) -> None:
    f = functions.create("beta_wavelet_expansion", m=1, alpha=alpha, beta=beta)
    x = column([s * v for v in (0, 1e-8, 0.3, 1, 5, 17, 40, 89, 1e3, 1e4) for s in (1, -1)], dtype)
    value, first, second = derivatives(f, x)
    with mpmath.workdps(40):
        for i, tau in enumerate(x.detach().flatten().tolist()):
            u = 1 / (1 + mpmath.exp(-mpmath.mpf(tau)))
            v = 1 / (1 + mpmath.exp(mpmath.mpf(tau)))
            logs = (
                (mpmath.mpf(alpha) - 1) * mpmath.log(u),
                (mpmath.mpf(beta) - 1) * mpmath.log(v),
                -mpmath.log(mpmath.beta(alpha, beta)),
            )
            y = mpmath.exp(sum(logs))
            slope = (alpha - 1) - (alpha + beta - 2) * u
            curve = slope**2 - (alpha + beta - 2) * u * (1 - u)
            # The logarithms are rounded at their own sizes, and the density with them.
            bound = (8 + 2 * float(sum(map(abs, logs)))) * torch.finfo(dtype).eps
            for found, factor in ((value, 1), (first, slope), (second, curve)):
                wanted = float(y * factor)
                size = (alpha + beta) ** 2 if found is second else max(1.0, float(abs(factor)))
                scale = float(y) * size
                assert abs(found[i].item() - wanted) <= bound * max(scale, 1e-30), (tau, factor)


def test_beta_wavelet_at_infinity() -> None:
    x = column([np.inf, -np.inf])
    for alpha, beta, limits in ((1, 1, [1, 1]), (1, 3, [0, 3]), (4, 1, [4, 0]), (2, 2, [0, 0])):
        y = functions.create("beta_wavelet_expansion", m=1, alpha=alpha, beta=beta)(x)
        assert y.flatten().tolist() == pytest.approx(limits)
        assert torch.autograd.grad(y.sum(), x)[0].tolist() == [[0.0], [0.0]]


def test_tangent_is_accurate_near_its_poles() -> None:
    poles = (np.arange(-4, 4) + 0.5) * np.pi
    for dtype in (torch.float32, torch.float64):
        offsets = [sign * 10.0**-k for k in range(1, 7) for sign in (1, -1)]
        x = column([p + o for p in poles for o in (*offsets, 0.7)], dtype)
        y = functions.create("trigonometric_expansion", m=1)(x)
        (gradient,) = torch.autograd.grad(y[:, 2].sum(), x)
        columns = x.flatten().tolist(), y[:, 2].tolist(), gradient.flatten().tolist()
        for tau, tangent, slope in zip(*columns, strict=True):
            wanted = mpmath.tan(mpmath.mpf(tau))
            bound = 8 * torch.finfo(dtype).eps
            assert abs(tangent / wanted - 1) <= bound
            assert abs(slope / (1 + wanted**2) - 1) <= 2 * bound


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_hyperbolic_functions_from_tiny_to_the_overflow(dtype: torch.dtype) -> None:
    last = float(np.log(torch.finfo(dtype).max)) + 0.69  # of cosh; exp overflows 0.69 earlier
    sizes = [1e-12, 1e-6, 1e-3, 0.1, 1.0, 9.0, 40.0, last - 0.4, last - 0.01]
    x = column([sign * v for v in sizes for sign in (1, -1)], dtype)
    y = functions.create("hyperbolic_expansion", m=1)(x)
    assert y.isfinite().all()
    for i, wanted in enumerate((mpmath.sinh, mpmath.cosh, mpmath.tanh)):
        (gradient,) = torch.autograd.grad(y[:, i].sum(), x, retain_graph=True)
        assert gradient.isfinite().all()
        for tau, found in zip(x.flatten().tolist(), y[:, i].tolist(), strict=True):
            assert abs(found / wanted(mpmath.mpf(tau)) - 1) <= 8 * torch.finfo(dtype).eps, tau
    beyond = functions.create("hyperbolic_expansion", m=1)(column([last + 0.1], dtype))
    assert beyond.tolist() == [[np.inf, np.inf, 1.0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", ["arc_hyperbolic_expansion", "arc_trigonometric_expansion"])
def test_arc_functions_of_a_saturated_sigmoid(name: str, dtype: torch.dtype) -> None:
    x = column([-1e4, -80, -30, -8, -1, 0, 0.5, 3, 8, 20, 80, 1e4], dtype)
    y = functions.create(name, m=1)(x)
    c = mpmath.mpf(0.99)
    inverses: list[Callable[[mpmath.mpf], mpmath.mpf]] = (
        [mpmath.asinh, lambda s: mpmath.acosh(s + mpmath.mpf(1.01)), lambda s: mpmath.atanh(c * s)]
        if "hyperbolic" in name
        else [lambda s: mpmath.asin(c * s), lambda s: mpmath.acos(c * s), mpmath.atan]
    )
    for i, inverse in enumerate(inverses):
        (gradient,) = torch.autograd.grad(y[:, i].sum(), x, retain_graph=True)
        assert gradient.isfinite().all()
        for tau, found in zip(x.flatten().tolist(), y[:, i].tolist(), strict=True):
            wanted = inverse(1 / (1 + mpmath.exp(-mpmath.mpf(tau))))
            scale = max(abs(wanted), torch.finfo(dtype).tiny)
            assert abs(found - wanted) <= 100 * torch.finfo(dtype).eps * scale, (i, tau)


@pytest.mark.parametrize("name", ["ricker", "dog", "shannon", "meyer", "beta"])
def test_wavelets_stay_finite_where_squares_overflow_in_float16(name: str) -> None:
    x = torch.tensor([[300.0], [-1e4]], dtype=torch.float16, requires_grad=True)
    y = functions.create(f"{name}_wavelet_expansion", m=1)(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert y.isfinite().all()
    assert gradient.isfinite().all()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("chebyshev_expansion", scipy.special.eval_chebyt),
        ("legendre_expansion", scipy.special.eval_legendre),
        ("hermite_expansion", scipy.special.eval_hermitenorm),
        (
            {"name": "laguerre_expansion", "alpha": -0.4},
            lambda n, x: scipy.special.eval_genlaguerre(n, -0.4, x),
        ),
        (
            {"name": "gegenbauer_expansion", "alpha": -0.3},
            lambda n, x: scipy.special.eval_gegenbauer(n, -0.3, x),
        ),
        (
            {"name": "jacobi_expansion", "alpha": -0.6, "beta": 2.5},
            lambda n, x: scipy.special.eval_jacobi(n, -0.6, 2.5, x),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_polynomials_of_high_degree(spec: Any, expected: Callable[[int, Any], Any]) -> None:
    x, d = np.linspace(-1, 1, 41), 20
    y = functions.create(spec, m=1, d=d)(column(x)).detach().numpy()
    for n in range(1, d + 1):
        wanted = expected(n, x)
        np.testing.assert_allclose(y[:, n - 1], wanted, rtol=1e-12, atol=1e-12 * abs(wanted).max())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gaussian_rbf_expansion", {}),
        ("inverse_quadratic_rbf_expansion", {"base": [0.1, -0.7]}),
        ("normal_expansion", {}),
        ("gamma_expansion", {}),
    ],
)
def test_constants_survive_casts(name: str, options: dict[str, Any]) -> None:
    x = torch.linspace(-2, 2, 9, dtype=torch.float64).unsqueeze(1)
    fresh, cast = (functions.create({"name": name, **options}, m=1) for _ in range(2))
    assert torch.equal(cast.half().float().double()(x), fresh(x))
    assert cast.state_dict() == {}


def test_reciprocal_near_zero() -> None:
    x = column([0.0, -0.0, 5e-7, -5e-7, -1e-5, 4.0])
    y = functions.create("reciprocal_expansion", m=1)(x)
    assert y.flatten().tolist() == pytest.approx([1e6, 1e6, 1e6, -1e6, -1e5, 0.25])
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.flatten().tolist() == pytest.approx([0, 0, 0, 0, -1e10, -1 / 16])


def test_linear_on_the_left_mixes_the_rows_of_its_own_batch_size() -> None:
    C = [[0.0, 1.0], [2.0, 0.5]]
    f = functions.create("linear_expansion", m=3, pre_C=C)
    x = torch.arange(6.0).reshape(2, 3)
    torch.testing.assert_close(f(x), torch.tensor(C) @ x)
    assert not f.row_independent
    with pytest.raises(ValueError, match="pre_C was made for batches of 2 rows, got 1"):
        f(x[:1])
    first = functions.create("linear_expansion", m=3, c=2.0, pre_C=C, post_C=torch.ones(3, 5))
    assert (first.D, first.row_independent) == (3, True)
    torch.testing.assert_close(first(x), 2 * x)


def test_inner_expansions_are_registered_and_follow_the_mode() -> None:
    norm = {"name": "batch_norm"}
    for name, inner in itertools.product(("extended", "nested"), ("identity", "taylor")):
        spec = {"name": f"{inner}_expansion", "postprocess_functions": norm}
        f = functions.create(f"{name}_expansion", m=2, functions=[spec]).eval()
        assert len(list(f.parameters())) == 2
        assert not f.parts[0].training
        assert f.config == {"name": f"{name}_expansion", "functions": [spec]}


def test_equal_scales_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="with a = 1 all s = 2 scales are equal"):
        functions.create("ricker_wavelet_expansion", m=1, s=2)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("chebyshev_expansion", {"d": 0}, "d must be an integer >= 1, got 0"),
        ("gegenbauer_expansion", {"alpha": 0}, "alpha must be > -1/2 and not 0, got 0"),
        ("jacobi_expansion", {"beta": -1}, "beta must be > -1, got -1"),
        ("laguerre_expansion", {"alpha": -1.5}, "alpha must be > -1, got -1.5"),
        ("fourier_expansion", {"P": 0}, "P must be > 0, got 0"),
        ("gaussian_rbf_expansion", {"base": []}, "base must be a list of one or more"),
        ("gaussian_rbf_expansion", {"epsilon": 0}, "epsilon must be > 0, got 0"),
        ("gaussian_rbf_expansion", {"base_range": (1, 1)}, "base_range must satisfy lo < hi"),
        ("harr_wavelet_expansion", {"a": 0.5}, "a must be >= 1, got 0.5"),
        ("harr_wavelet_expansion", {"b": -1}, "b must be >= 0, got -1"),
        ("ricker_wavelet_expansion", {"sigma": 0}, "sigma must be > 0, got 0"),
        ("dog_wavelet_expansion", {"sigma_2": 0}, "sigma_2 must be > 0, got 0"),
        ("beta_wavelet_expansion", {"alpha": 0.5}, "alpha must be >= 1, got 0.5"),
        ("combinatorial_expansion", {"d": 4}, "d must be <= m = 3 without replacement, got d = 4"),
        ("linear_expansion", {"c": [1.0, 2.0]}, r"c must broadcast against \(b, 3\)"),
        ("linear_expansion", {"pre_C": [[1.0, 2.0]]}, "pre_C must be a square matrix"),
        ("linear_expansion", {"post_C": [[1.0]]}, r"post_C must have shape \(3, k\), got \(1, 1\)"),
        ("extended_expansion", {"functions": []}, "functions must hold at least one expansion"),
        ("nested_expansion", {"functions": ["mean_fusion"]}, "mean_fusion has no argument 'm'"),
        ("nested_expansion", {"functions": "taylor_expansion"}, "functions must be a list"),
    ],
)
def test_bad_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(name, m=3, **arguments)
