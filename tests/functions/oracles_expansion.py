"""Naive oracles of the closed-form expansions: one row, plain loops over Python numbers.

Written from the definitions alone: explicit sums where the library has recurrences, scipy's
distributions where it has closed forms, mpmath at the singular points.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import scipy.special
import scipy.stats

from tests.functions.oracles import ORACLES, Arguments, Array, expansion, oracle


def row_oracle(name: str) -> Callable[[Any], Any]:
    """Decorator: the oracle of the expansion ``name`` from its values for one row."""

    def decorate(bare: Callable[[Arguments, Array], list[float]]) -> Any:
        oracle(name)(expansion(bare))
        return bare

    return decorate


def blocks(name: str, functions: list[Callable[[float], float]]) -> None:
    """The oracle of an expansion with one block of width m for each function."""
    row_oracle(name)(lambda a, row: [f(float(x)) for f in functions for x in row])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


# --- basic ----------------------------------------------------------------------------------------


def reciprocal(x: float) -> float:
    if 0 <= x <= 1e-6:
        return 1e6
    return -1e6 if -1e-6 <= x < 0 else 1 / x


@row_oracle("linear_expansion")
def linear_row(a: Arguments, row: Array) -> list[float]:
    if a.get("c") is not None:
        c = a["c"] if isinstance(a["c"], list) else [a["c"]] * len(row)
        return [ci * x for ci, x in zip(c, row, strict=True)]
    if a.get("post_C") is not None:
        columns = zip(*a["post_C"], strict=True)
        return [sum(x * v for x, v in zip(row, column, strict=True)) for column in columns]
    return list(row)


@row_oracle("fourier_expansion")
def fourier_row(a: Arguments, row: Array) -> list[float]:
    return [
        f(2 * math.pi * n * x / a.get("P", 10))
        for n in range(1, a.get("N", 5) + 1)
        for f in (math.cos, math.sin)
        for x in row
    ]


blocks("reciprocal_expansion", [reciprocal])
blocks("trigonometric_expansion", [math.sin, math.cos, math.tan])
blocks("hyperbolic_expansion", [math.sinh, math.cosh, math.tanh])
blocks(
    "arc_trigonometric_expansion",
    [
        lambda x: math.asin(0.99 * sigmoid(x)),
        lambda x: math.acos(0.99 * sigmoid(x)),
        lambda x: math.atan(sigmoid(x)),
    ],
)
blocks(
    "arc_hyperbolic_expansion",
    [
        lambda x: math.asinh(sigmoid(x)),
        lambda x: math.acosh(sigmoid(x) + 1.01),
        lambda x: math.atanh(0.99 * sigmoid(x)),
    ],
)

# --- polynomials ----------------------------------------------------------------------------------


def polynomials(name: str, value: Callable[[Arguments, int, float], float]) -> None:
    """The oracle of a family of polynomials, from the value of degree n at x."""
    row_oracle(name)(
        lambda a, row: [
            float(value(a, n, float(x))) for x in row for n in range(1, a.get("d", 2) + 1)
        ]
    )


def bessel(n: int, x: float) -> float:
    f = math.factorial
    return sum(f(n + k) / (f(n - k) * f(k)) * (x / 2) ** k for k in range(n + 1))


def reverse_bessel(n: int, x: float) -> float:
    f = math.factorial
    return sum(f(n + k) / (f(n - k) * f(k)) * x ** (n - k) / 2**k for k in range(n + 1))


def fibonacci(n: int, x: float) -> float:
    return sum(math.comb(n - 1 - k, k) * x ** (n - 1 - 2 * k) for k in range((n - 1) // 2 + 1))


def lucas(n: int, x: float) -> float:
    return sum(n / (n - k) * math.comb(n - k, k) * x ** (n - 2 * k) for k in range(n // 2 + 1))


polynomials("chebyshev_expansion", lambda a, n, x: scipy.special.eval_chebyt(n, x))
polynomials("hermite_expansion", lambda a, n, x: scipy.special.eval_hermitenorm(n, x))
polynomials("legendre_expansion", lambda a, n, x: scipy.special.eval_legendre(n, x))
polynomials(
    "laguerre_expansion", lambda a, n, x: scipy.special.eval_genlaguerre(n, a.get("alpha", 1.0), x)
)
polynomials(
    "gegenbauer_expansion",
    lambda a, n, x: scipy.special.eval_gegenbauer(n, a.get("alpha", 1.0), x),
)
polynomials(
    "jacobi_expansion",
    lambda a, n, x: scipy.special.eval_jacobi(n, a.get("alpha", 1.0), a.get("beta", 1.0), x),
)
polynomials("bessel_expansion", lambda a, n, x: bessel(n, x))
polynomials("reverse_bessel_expansion", lambda a, n, x: reverse_bessel(n, x))
polynomials("fibonacci_expansion", lambda a, n, x: fibonacci(n, x))
polynomials("lucas_expansion", lambda a, n, x: lucas(n, x))

# --- radial basis functions -----------------------------------------------------------------------


def radial(name: str, value: Callable[[float], float]) -> None:
    """The oracle of radial basis functions of the scaled distance."""

    def bare(a: Arguments, row: Array) -> list[float]:
        lo, hi = a.get("base_range", (-1, 1))
        base = a.get("base") or np.linspace(lo, hi, a.get("num_interval", 10))
        return [value(a.get("epsilon", 1.0) * (x - c)) for x in row for c in base]

    row_oracle(name)(bare)


radial("gaussian_rbf_expansion", lambda z: math.exp(-z * z))
radial("inverse_quadratic_rbf_expansion", lambda z: 1 / (1 + z * z))

# --- wavelets -------------------------------------------------------------------------------------


def wavelets(name: str, psi: Callable[[Arguments, float], float]) -> None:
    """The oracle of a wavelet, from the wavelet itself."""

    def grid(a: Arguments, row: Array) -> Iterator[float]:
        ratio, step = a.get("a", 1.0), a.get("b", 1.0)
        for x in row:
            for p, q in itertools.product(range(a.get("s", 1)), range(a.get("t", 1))):
                yield ratio ** (-p / 2) * psi(a, float(x) / ratio**p - q * step)

    def bare(a: Arguments, row: Array) -> list[float]:
        w = list(grid(a, row))
        orders = (itertools.product(w, repeat=p) for p in range(1, a.get("d", 1) + 1))
        return [math.prod(factors) for order in orders for factors in order]

    row_oracle(name)(bare)


def harr(tau: float) -> float:
    return 1.0 if 0 <= tau < 0.5 else -1.0 if 0.5 <= tau < 1 else 0.0


def ricker(sigma: float, tau: float) -> float:
    z = tau**2 / sigma**2
    return 2 / (math.sqrt(3 * sigma) * math.pi**0.25) * (1 - z) * math.exp(-z / 2)


def dog(a: Arguments, tau: float) -> float:
    first, second = (scipy.stats.norm(0, a.get(f"sigma_{i}", float(i))) for i in (1, 2))
    return float(first.pdf(tau) - second.pdf(tau))


def shannon(tau: float) -> mpmath.mpf:
    """In 50 digits, with the limit at 0."""
    with mpmath.workdps(50):
        z = mpmath.pi * mpmath.mpf(tau)
        return mpmath.mpf(1) if z == 0 else (mpmath.sin(2 * z) - mpmath.sin(z)) / z


def meyer(tau: float) -> mpmath.mpf:
    """In 50 digits, with the limits at 0 and at +-3/4."""
    with mpmath.workdps(50):
        x, pi = mpmath.mpf(tau), mpmath.pi
        if x == 0:
            return mpmath.mpf(2) / 3 + 4 / (3 * pi)
        if abs(x) == mpmath.mpf(3) / 4:
            return 2 / (3 * pi)
        top = mpmath.sin(2 * pi * x / 3) + 4 * x / 3 * mpmath.cos(4 * pi * x / 3)
        return top / (pi * x - 16 * pi * x**3 / 9)


wavelets("harr_wavelet_expansion", lambda a, tau: harr(tau))
wavelets("ricker_wavelet_expansion", lambda a, tau: ricker(a.get("sigma", 1.0), tau))
wavelets("dog_wavelet_expansion", dog)
wavelets("shannon_wavelet_expansion", lambda a, tau: float(shannon(tau)))
wavelets("meyer_wavelet_expansion", lambda a, tau: float(meyer(tau)))
wavelets(
    "beta_wavelet_expansion",
    lambda a, tau: scipy.stats.beta(a.get("alpha", 1.0), a.get("beta", 1.0)).pdf(sigmoid(tau)),
)

# --- log densities --------------------------------------------------------------------------------


def densities(name: str, distributions: list[Any], squash: Callable[[float], float]) -> None:
    """The oracle of log densities, by scipy's distributions."""
    blocks(name, [lambda x, law=law: law.logpdf(squash(x)) for law in distributions])


def identity(x: float) -> float:
    return x


def q(x: float) -> float:
    return 0.99 * sigmoid(x) + 0.001


def gamma(alpha: float, beta: float) -> Any:
    return scipy.stats.gamma(alpha, scale=1 / beta)


NORMAL = [scipy.stats.norm(mu, s) for s in (1, 0.1) for mu in (0, 1, -1)]
CAUCHY = [scipy.stats.cauchy(mu, s) for mu in (0, 1, -1) for s in (1, 0.5)]
LAPLACE = [scipy.stats.laplace(mu, s) for mu in (0, 1, -1) for s in (1, 2)]
GAMMA = [gamma(alpha, beta) for alpha in (0.5, 1, 2) for beta in (1, 2)]
EXPONENTIAL = [scipy.stats.expon(scale=1 / rate) for rate in (0.5, 0.75, 1, 2, 3, 5)]
CHI2 = [scipy.stats.chi2(k) for k in (1, 2)]

for kind, laws, argument in (
    ("normal", NORMAL, identity),
    ("cauchy", CAUCHY, identity),
    ("laplace", LAPLACE, identity),
    ("gamma", GAMMA, q),
    ("exponential", EXPONENTIAL, q),
    ("chi2", CHI2, lambda x: sigmoid(x) + 0.001),
):
    densities(f"{kind}_expansion", laws, argument)
    densities(f"naive_{kind}_expansion", laws[:1], argument)

blocks(
    "hybrid_probabilistic_expansion",
    [
        lambda x: NORMAL[0].logpdf(x),
        lambda x: CAUCHY[0].logpdf(x),
        lambda x: CHI2[0].logpdf(q(x)),
        lambda x: GAMMA[0].logpdf(q(x)),
        lambda x: LAPLACE[0].logpdf(x),
        lambda x: EXPONENTIAL[2].logpdf(q(x)),
    ],
)

# --- combinations and compositions ----------------------------------------------------------------


def tuples(a: Arguments, row: Array, d: int) -> Iterator[tuple[float, ...]]:
    replace = a.get("with_replacement", False)
    kind = itertools.combinations_with_replacement if replace else itertools.combinations
    for r in range(1, a.get("d", d) + 1):
        yield from kind([float(x) for x in row], r)


@row_oracle("combinatorial_expansion")
def combinatorial_row(a: Arguments, row: Array) -> list[float]:
    return [x for combination in tuples(a, row, 2) for x in combination]


@row_oracle("combinatorial_normal_expansion")
def combinatorial_normal_row(a: Arguments, row: Array) -> list[float]:
    return [
        sum(scipy.stats.norm.logpdf(x) for x in combination) for combination in tuples(a, row, 1)
    ]


def inner(spec: Any, row: Array) -> Array:
    """An inner expansion of one row by its own oracle."""
    options = {"name": spec} if isinstance(spec, str) else dict(spec)
    return ORACLES[options.pop("name")](options, [np.asarray(row)[None]], {})[0]


@row_oracle("extended_expansion")
def extended_row(a: Arguments, row: Array) -> list[float]:
    return [y for spec in a["functions"] for y in inner(spec, row)]


@row_oracle("nested_expansion")
def nested_row(a: Arguments, row: Array) -> list[float]:
    for spec in a["functions"]:
        row = inner(spec, row)
    return list(row)
