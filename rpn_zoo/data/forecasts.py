"""Forecasts that a model has to beat: the last value seen, and a linear autoregression."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_ROWS = 1 << 16


def last_value(x: Tensor, y_len: int = 1) -> Tensor:
    """Forecast that nothing changes.

    Args:
        x: windows of single series, (N, x_len).
        y_len: number of steps to forecast.

    Returns:
        The last number of each window for every step, (N, y_len).

    Example:
        >>> last_value(torch.tensor([[1.0, 2.0], [3.0, 5.0]]), y_len=2)
        tensor([[2., 2.],
                [5., 5.]])
    """
    return x[:, -1:].expand(-1, y_len)


@dataclass(frozen=True, eq=False)
class Autoregression:
    r"""The forecast :math:`\hat y = x C + c`, one set of coefficients for all series.

    Args:
        coefficients: C, (x_len, y_len).
        intercept: c, (y_len).
    """

    coefficients: Tensor
    intercept: Tensor

    @classmethod
    def fit(cls, x: Tensor, y: Tensor) -> Autoregression:
        """Least squares over all windows, in float64.

        Args:
            x: inputs, (N, x_len), N >= 1; overlapping views are fine.
            y: targets, (N, y_len).

        Returns:
            The coefficients of least squared error; where several sets have it (fewer windows than
            coefficients, constant series) the shortest.

        Example:
            >>> x = torch.tensor([[0.0, 1.0], [2.0, 1.0], [1.0, 5.0], [0.0, 0.0]])
            >>> y = x @ torch.tensor([[2.0], [-1.0]]) + 3
            >>> fitted = Autoregression.fit(x, y)
            >>> fitted.coefficients.flatten().round(decimals=9).tolist()
            [2.0, -1.0]

        Cost: one QR factorisation of (65,536 + x_len) x (x_len + 1 + y_len) numbers for every
        65,536 windows, so that the windows are never copied all at once.
        """
        width = x.shape[1] + 1
        triangle = x.new_zeros(0, width + y.shape[1], dtype=torch.float64)
        for xs, ys in zip(x.split(_ROWS), y.split(_ROWS), strict=True):
            block = torch.cat([xs, xs.new_ones(len(xs), 1), ys], dim=1).double()
            triangle = torch.linalg.qr(torch.cat([triangle, block]), mode="r").R
        # The triangle's rows below the first ``width`` hold only what cannot be explained.
        left, right = triangle[:width, :width], triangle[:width, width:]
        solution = torch.linalg.lstsq(left, right, driver="gelsd").solution
        return cls(solution[:-1], solution[-1])

    def __call__(self, x: Tensor) -> Tensor:
        """Forecast from windows (N, x_len): (N, y_len), in their dtype."""
        return x @ self.coefficients.to(x) + self.intercept.to(x)


def mean_squared_error(prediction: Tensor, target: Tensor) -> float:
    """The mean over all numbers, computed in float64."""
    return float((prediction.double() - target.double()).square().mean())
