"""Least squares on polynomial features: the yardstick of every regression on few variables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rpn_zoo.data.forecasts import mean_squared_error
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.functions.checks import check_positive_int


@dataclass(frozen=True, eq=False)
class PolynomialFit:
    """A polynomial in standardised inputs.

    Args:
        degree: its total degree.
        exponents: of each monomial, (number of monomials, v).
        standardization: of the inputs.
        coefficients: (number of monomials, outputs).
    """

    degree: int
    exponents: Tensor
    standardization: Standardization
    coefficients: Tensor

    @classmethod
    def fit(cls, x: Tensor, y: Tensor, degree: int) -> PolynomialFit:
        """Fit all monomials of total degree up to ``degree``, in float64.

        Args:
            x: (N, v).
            y: (N, outputs).
            degree: >= 0.

        Example:
            >>> x = torch.linspace(0, 1, 9)[:, None]
            >>> fitted = PolynomialFit.fit(x, x**3 - x, degree=3)
            >>> bool((fitted(x) - (x**3 - x)).abs().max() < 1e-6)
            True

        Cost: a least-squares problem with N rows and C(v + degree, degree) columns.
        """
        check_positive_int("degree", degree, minimum=0)
        standardization = Standardization.fit(x.double())
        exponents = _exponents(x.shape[1], degree)
        features = _monomials(standardization(x.double()), exponents)
        solution = torch.linalg.lstsq(features, y.double(), driver="gelsy").solution
        return cls(degree, exponents, standardization, solution)

    def __call__(self, x: Tensor) -> Tensor:
        """Evaluate on the rows of x, (b, v): float64, (b, outputs)."""
        return _monomials(self.standardization(x.double()), self.exponents) @ self.coefficients


def best_polynomial(
    train: tuple[Tensor, Tensor], val: tuple[Tensor, Tensor], max_degree: int = 10
) -> PolynomialFit:
    """The polynomial whose degree does best on the validation part.

    Args:
        train: x (N, v) and y (N, outputs) to fit to.
        val: the same, to choose the degree by mean squared error.
        max_degree: degrees 0 .. max_degree are tried, as long as there are no more than three
            monomials for every four rows.

    Returns:
        The best fit; of equal ones that of the lowest degree.
    """
    best, least = None, math.inf
    for degree in range(max_degree + 1):
        if degree and math.comb(train[0].shape[1] + degree, degree) > 0.75 * len(train[0]):
            break
        fitted = PolynomialFit.fit(*train, degree)
        loss = float((fitted(val[0]) - val[1].double()).square().mean())
        if best is None or loss < least:
            best, least = fitted, loss
    assert best is not None
    return best


def regression_baselines(
    train: tuple[Tensor, Tensor], val: tuple[Tensor, Tensor], part: tuple[Tensor, Tensor]
) -> dict[str, dict[str, float]]:
    """What simple models reach on a part, to stand beside a model's figures.

    Args:
        train: x (N, v) and y (N, outputs).
        val: the same, to choose the degree of the polynomial.
        part: the same, to measure on.

    Returns:
        ``loss`` (mean squared error) and ``rmse`` of the mean of the training targets, and of the
        :func:`best_polynomial`.
    """
    x, y = part
    polynomial = best_polynomial(train, val)
    losses = {
        "mean": mean_squared_error(train[1].double().mean().expand_as(y), y),
        f"polynomial of degree {polynomial.degree}": mean_squared_error(polynomial(x), y),
    }
    return {name: {"loss": loss, "rmse": loss**0.5} for name, loss in losses.items()}


def _exponents(variables: int, degree: int) -> Tensor:
    """The exponents of all monomials, one row each; one variable after the other."""
    rows = np.zeros((1, 0), dtype=np.int64)
    for _ in range(variables):
        wider = np.repeat(rows, degree + 1, axis=0)
        powers = np.tile(np.arange(degree + 1), len(rows))[:, None]
        rows = np.hstack([wider, powers])
        rows = rows[rows.sum(1) <= degree]
    return torch.from_numpy(rows)


def _monomials(x: Tensor, exponents: Tensor) -> Tensor:
    """Products of powers, (N, v) -> (N, monomials), one variable at a time."""
    powers = x.unsqueeze(2) ** torch.arange(int(exponents.max()) + 1)
    result = x.new_ones(len(x), len(exponents))
    for variable in range(x.shape[1]):
        result *= powers[:, variable, exponents[:, variable]]
    return result
