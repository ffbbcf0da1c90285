"""Example options of the closed-form expansions: ``name -> [(sizes, options), ...]``."""

from __future__ import annotations

from typing import Any

Cases = list[tuple[dict[str, Any], dict[str, Any]]]

GRID: dict[str, Any] = {"s": 2, "t": 3, "a": 2.0, "b": 0.5}
POLYNOMIALS = (
    "chebyshev", "hermite", "legendre", "bessel", "reverse_bessel", "fibonacci", "lucas",
)  # fmt: skip
DENSITIES = ("normal", "cauchy", "laplace", "gamma", "chi2", "exponential")


def wavelet(*options: dict[str, Any]) -> Cases:
    """The default, a grid with products of second order, and a grid with further options."""
    return [
        ({"m": 3}, {}),
        ({"m": 2}, {"d": 2, "s": 2, "a": 1.5, "preprocess_functions": "tanh"}),
        *(({"m": 2}, {**GRID, **more}) for more in options or ({},)),
    ]


CASES: dict[str, Cases] = {
    "reciprocal_expansion": [({"m": 3}, {})],
    "linear_expansion": [
        ({"m": 3}, {}),
        ({"m": 3}, {"c": -1.7}),
        ({"m": 3}, {"c": [0.3, -2, 1.5]}),
        ({"m": 2}, {"post_C": [[0.1, 2, -3], [4, 0.7, 6]], "postprocess_functions": "tanh"}),
    ],
    "fourier_expansion": [
        ({"m": 3}, {}),
        ({"m": 2}, {"P": 3, "N": 2, "postprocess_functions": "layer_norm"}),
    ],
    "trigonometric_expansion": [({"m": 3}, {}), ({"m": 3}, {"preprocess_functions": "tanh"})],
    "hyperbolic_expansion": [({"m": 3}, {})],
    "arc_trigonometric_expansion": [({"m": 3}, {})],
    "arc_hyperbolic_expansion": [({"m": 3}, {})],
    **{
        f"{name}_expansion": [
            ({"m": 3}, {}),
            ({"m": 2}, {"d": 5, "preprocess_functions": "tanh"}),
        ]
        for name in POLYNOMIALS
    },
    "jacobi_expansion": [({"m": 3}, {}), ({"m": 2}, {"d": 4, "alpha": 0.5, "beta": -0.3})],
    "laguerre_expansion": [({"m": 3}, {}), ({"m": 2}, {"d": 4, "alpha": 0.5})],
    "gegenbauer_expansion": [({"m": 3}, {}), ({"m": 2}, {"d": 4, "alpha": 0.7})],
    "gaussian_rbf_expansion": [
        ({"m": 3}, {}),
        ({"m": 2}, {"base_range": [-2, 1], "num_interval": 4, "epsilon": 2.5}),
        ({"m": 2}, {"base": [0.1, -3.0]}),
    ],
    "inverse_quadratic_rbf_expansion": [
        ({"m": 3}, {}),
        ({"m": 2}, {"num_interval": 1, "epsilon": 0.5}),
        ({"m": 2}, {"base": [0.1, -3.0, 0.7]}),
    ],
    "harr_wavelet_expansion": wavelet(),
    "ricker_wavelet_expansion": wavelet({"sigma": 2.0}),
    "dog_wavelet_expansion": wavelet({"sigma_1": 0.5, "sigma_2": 3.0}),
    "shannon_wavelet_expansion": wavelet(),
    "meyer_wavelet_expansion": wavelet(),
    "beta_wavelet_expansion": wavelet({"alpha": 2.0, "beta": 1.5}, {"alpha": 1.0, "beta": 3.0}),
    **{f"naive_{name}_expansion": [({"m": 3}, {})] for name in DENSITIES},
    **{f"{name}_expansion": [({"m": 3}, {})] for name in DENSITIES},
    "hybrid_probabilistic_expansion": [
        ({"m": 2}, {}),
        ({"m": 2}, {"postprocess_functions": "layer_norm"}),
    ],
    "combinatorial_expansion": [
        ({"m": 3}, {}),
        ({"m": 4}, {"d": 3}),
        ({"m": 2}, {"d": 3, "with_replacement": True}),
    ],
    "combinatorial_normal_expansion": [
        ({"m": 3}, {}),
        ({"m": 4}, {"d": 4}),
        ({"m": 2}, {"d": 3, "with_replacement": True}),
    ],
    "extended_expansion": [
        (
            {"m": 2},
            {"functions": ["identity_expansion", {"name": "chebyshev_expansion", "d": 3}]},
        ),
        (
            {"m": 2},
            {
                "functions": ["harr_wavelet_expansion", "naive_normal_expansion"],
                "preprocess_functions": "tanh",
                "postprocess_functions": "sigmoid",
            },
        ),
    ],
    "nested_expansion": [
        (
            {"m": 2},
            {
                "functions": [
                    {"name": "legendre_expansion", "postprocess_functions": "tanh"},
                    {"name": "fourier_expansion", "N": 1},
                ]
            },
        ),
        ({"m": 2}, {"functions": []}),
    ],
}
