"""Textbook implementations of the closed-form expansions (see ``oracles.py``)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch import distributions as laws

from benchmarks.oracles import LIMITS, ORACLES, oracle


def _blocks(name: str, *functions: Callable[[Tensor], Tensor]) -> None:
    """The oracle with one block for each function."""
    oracle(name)(lambda f, x: torch.cat([g(x) for g in functions], dim=1))


_blocks(
    "reciprocal_expansion",
    lambda x: 1 / torch.where(x.abs() <= 1e-6, torch.where(x >= 0, 1e-6, -1e-6), x),
)
_blocks("linear_expansion", torch.clone)
_blocks("trigonometric_expansion", torch.sin, torch.cos, torch.tan)
_blocks("hyperbolic_expansion", torch.sinh, torch.cosh, torch.tanh)
_blocks(
    "arc_trigonometric_expansion",
    lambda x: torch.asin(0.99 * torch.sigmoid(x)),
    lambda x: torch.acos(0.99 * torch.sigmoid(x)),
    lambda x: torch.atan(torch.sigmoid(x)),
)
_blocks(
    "arc_hyperbolic_expansion",
    lambda x: torch.asinh(torch.sigmoid(x)),
    lambda x: torch.acosh(torch.sigmoid(x) + 1.01),
    lambda x: torch.atanh(0.99 * torch.sigmoid(x)),
)


@oracle("fourier_expansion")
def fourier_expansion(f: Any, x: Tensor) -> Tensor:
    """Two blocks for each harmonic."""
    angles = [2 * math.pi * n * x / f.P for n in range(1, f.N + 1)]
    return torch.cat([g(angle) for angle in angles for g in (torch.cos, torch.sin)], dim=1)


# --- polynomials: degree by degree ----------------------------------------------------------------


def _polynomials(
    name: str,
    start: Callable[[Tensor], tuple[Tensor, Tensor]],
    step: Callable[[int, Tensor, Tensor, Tensor], Tensor],
) -> None:
    """The oracle of a recurrence that keeps every degree, 0 included, in one buffer."""

    def evaluate(f: Any, x: Tensor) -> Tensor:
        P = x.new_zeros(*x.shape, f.d + 1)
        P[..., 0], P[..., 1] = start(x)
        for n in range(2, f.d + 1):
            P[..., n] = step(n, x, P[..., n - 1].clone(), P[..., n - 2].clone())
        return P[..., 1:].reshape(x.shape[0], -1)

    oracle(name)(evaluate)


def _one(x: Tensor) -> Tensor:
    return torch.ones_like(x)


_polynomials("chebyshev_expansion", lambda x: (_one(x), x), lambda n, x, p, o: 2 * x * p - o)
_polynomials("hermite_expansion", lambda x: (_one(x), x), lambda n, x, p, o: x * p - (n - 1) * o)
_polynomials(
    "legendre_expansion",
    lambda x: (_one(x), x),
    lambda n, x, p, o: ((2 * n - 1) * x * p - (n - 1) * o) / n,
)
_polynomials(
    "laguerre_expansion",  # alpha = 1
    lambda x: (_one(x), 2 - x),
    lambda n, x, p, o: ((2 * n - x) * p - n * o) / n,
)
_polynomials(
    "gegenbauer_expansion",  # alpha = 1
    lambda x: (_one(x), 2 * x),
    lambda n, x, p, o: (2 * n * x * p - n * o) / n,
)
_polynomials(
    "jacobi_expansion",  # alpha = beta = 1
    lambda x: (_one(x), 2 * x),
    lambda n, x, p, o: (
        ((2 * n + 1) * (2 * n + 2) * 2 * n * x * p - 2 * n * n * (2 * n + 2) * o)
        / (2 * n * (n + 2) * 2 * n)
    ),
)
_polynomials(
    "bessel_expansion", lambda x: (_one(x), 1 + x), lambda n, x, p, o: (2 * n - 1) * x * p + o
)
_polynomials(
    "reverse_bessel_expansion",
    lambda x: (_one(x), 1 + x),
    lambda n, x, p, o: (2 * n - 1) * p + x**2 * o,
)
_polynomials("fibonacci_expansion", lambda x: (0 * _one(x), _one(x)), lambda n, x, p, o: x * p + o)
_polynomials("lucas_expansion", lambda x: (2 * _one(x), x), lambda n, x, p, o: x * p + o)

# --- radial basis functions and wavelets ----------------------------------------------------------


def _distances(x: Tensor) -> Tensor:
    centres = torch.linspace(-1, 1, 10, dtype=x.dtype, device=x.device)
    return x.unsqueeze(-1) - centres


oracle("gaussian_rbf_expansion")(lambda f, x: torch.exp(-(_distances(x) ** 2)).flatten(1))
oracle("inverse_quadratic_rbf_expansion")(lambda f, x: (1 / (1 + _distances(x) ** 2)).flatten(1))


def _harr(x: Tensor) -> Tensor:
    first, second = (x >= 0) & (x < 0.5), (x >= 0.5) & (x < 1)
    return first.to(x.dtype) - second.to(x.dtype)


def _wavelet(name: str, psi: Callable[[Any, Tensor], Tensor]) -> None:
    """The oracle of a wavelet: slice by slice, then the products with the outer powers."""

    def evaluate(f: Any, x: Tensor) -> Tensor:
        slices = [
            f.a ** (-p / 2) * psi(f, x / f.a**p - q * f.b) for p in range(f.s) for q in range(f.t)
        ]
        return ORACLES["taylor_expansion"](f, torch.stack(slices, dim=-1).flatten(1))

    oracle(f"{name}_wavelet_expansion")(evaluate)


def _normal(x: Tensor, sigma: float) -> Tensor:
    return torch.exp(-(x**2) / (2 * sigma**2)) / math.sqrt(2 * math.pi * sigma**2)


def _shannon(x: Tensor) -> Tensor:
    """The quotient, with its limit written over the singular point."""
    safe = torch.where(x == 0, 1.0, x)
    quotient = (torch.sin(2 * math.pi * safe) - torch.sin(math.pi * safe)) / (math.pi * safe)
    return torch.where(x == 0, 1.0, quotient)


def _meyer(x: Tensor) -> Tensor:
    """The quotient in float64, without which it has no correct digit near 3/4."""
    x = x.double()
    singular = (x == 0) | (x.abs() == 0.75)
    safe = torch.where(singular, 0.5, x)
    top = torch.sin(2 * math.pi * safe / 3) + 4 * safe / 3 * torch.cos(4 * math.pi * safe / 3)
    quotient = top / (math.pi * safe - 16 / 9 * math.pi * safe**3)
    limit = torch.where(x == 0, 2 / 3 + 4 / (3 * math.pi), 2 / (3 * math.pi))
    return torch.where(singular, limit, quotient).float()


def _ricker(f: Any, x: Tensor) -> Tensor:
    u = x**2 / f.sigma**2
    return 2 / (math.sqrt(3 * f.sigma) * math.pi**0.25) * (1 - u) * torch.exp(-u / 2)


def _beta(f: Any, x: Tensor) -> Tensor:
    """The density with its powers."""
    u = torch.sigmoid(x)
    powers = u ** (f.alpha - 1) * (1 - u) ** (f.beta - 1)
    return powers / math.exp(f.log_beta)


_wavelet("harr", lambda f, x: _harr(x))
_wavelet("ricker", _ricker)
_wavelet("dog", lambda f, x: _normal(x, f.sigma_1) - _normal(x, f.sigma_2))
_wavelet("shannon", lambda f, x: _shannon(x))
_wavelet("meyer", lambda f, x: _meyer(x))
_wavelet("beta", _beta)
LIMITS.update(
    harr_wavelet_expansion="0 for NaN",
    ricker_wavelet_expansion="NaN where the square overflows",
    shannon_wavelet_expansion="gradient: no digit correct near 0",
    meyer_wavelet_expansion="gradient: 0 at +-3/4, wrong near it",
    beta_wavelet_expansion="gradient: NaN for |x| > 17",
)


# --- log densities by torch's distributions -------------------------------------------------------


def _densities(
    name: str, make: Callable[..., Any], parameters: list[Any], squash: Callable[[Tensor], Tensor]
) -> None:
    def evaluate(f: Any, x: Tensor) -> Tensor:
        q = squash(x)
        every = [make(*(torch.tensor(float(v), device=x.device) for v in p)) for p in parameters]
        return torch.cat([law.log_prob(q) for law in every[: f.D // f.m]], dim=1)

    oracle(f"{name}_expansion")(evaluate)
    oracle(f"naive_{name}_expansion")(evaluate)


def _same(x: Tensor) -> Tensor:
    return x


def _squash(x: Tensor) -> Tensor:
    return 0.99 * torch.sigmoid(x) + 0.001


_densities("normal", laws.Normal, [(mu, s) for s in (1, 0.1) for mu in (0, 1, -1)], _same)
_densities("cauchy", laws.Cauchy, list(itertools.product((0, 1, -1), (1, 0.5))), _same)
_densities("laplace", laws.Laplace, list(itertools.product((0, 1, -1), (1, 2))), _same)
_densities("gamma", laws.Gamma, list(itertools.product((0.5, 1, 2), (1, 2))), _squash)
_densities("exponential", laws.Exponential, [(v,) for v in (0.5, 0.75, 1, 2, 3, 5)], _squash)
_densities("chi2", laws.Chi2, [(1,), (2,)], lambda x: torch.sigmoid(x) + 0.001)

for law in ("normal", "cauchy", "laplace", "gamma", "exponential", "chi2"):
    for prefix in ("", "naive_"):
        LIMITS[f"{prefix}{law}_expansion"] = "an error for NaN"


@oracle("hybrid_probabilistic_expansion")
def hybrid_probabilistic_expansion(f: Any, x: Tensor) -> Tensor:
    """One distribution after the other."""
    q = _squash(x)
    zero, half, one = (torch.tensor(v, device=x.device) for v in (0.0, 0.5, 1.0))
    return torch.cat(
        [
            laws.Normal(zero, one).log_prob(x),
            laws.Cauchy(zero, one).log_prob(x),
            laws.Chi2(one).log_prob(q),
            laws.Gamma(half, one).log_prob(q),
            laws.Laplace(zero, one).log_prob(x),
            laws.Exponential(one).log_prob(q),
        ],
        dim=1,
    )


# --- combinations and compositions ----------------------------------------------------------------


@oracle("combinatorial_expansion")
def combinatorial_expansion(f: Any, x: Tensor) -> Tensor:
    """Single inputs and pairs, by an index made anew."""
    places = torch.arange(x.shape[1], device=x.device)
    pairs = torch.combinations(places, 2)
    return torch.cat([x, x[:, pairs].flatten(1)], dim=1)


@oracle("combinatorial_normal_expansion")
def combinatorial_normal_expansion(f: Any, x: Tensor) -> Tensor:
    """The r inputs of all combinations, then torch's distribution of r variables."""
    places = torch.arange(x.shape[1], device=x.device)
    orders = []
    for r in range(1, f.d + 1):
        tuples = x[:, torch.combinations(places, r)].reshape(x.shape[0], -1, r)
        zeros, ones = x.new_zeros(r), torch.eye(r, dtype=x.dtype, device=x.device)
        orders.append(laws.MultivariateNormal(zeros, ones).log_prob(tuples))
    return torch.cat(orders, dim=1)


@oracle("extended_expansion")
def extended_expansion(f: Any, x: Tensor) -> Tensor:
    """The oracles of the inner expansions side by side."""
    return torch.cat([ORACLES[part.key()](part, x) for part in f.parts], dim=1)


@oracle("nested_expansion")
def nested_expansion(f: Any, x: Tensor) -> Tensor:
    """The oracles of the inner expansions one after the other."""
    for part in f.parts:
        x = ORACLES[part.key()](part, x)
    return x
