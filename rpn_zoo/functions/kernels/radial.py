"""Radial kernels of columns: exp(-distance) with a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy.typing as npt
import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.kernels.distances import manhattan_distance
from rpn_zoo.functions.kernels.precision import in_single_precision
from rpn_zoo.functions.kernels.quadratic import squared_distances

Numbers: TypeAlias = "Sequence[float] | Tensor | npt.NDArray[Any]"


def check_width(name: str, value: float, negative: bool = False) -> float:
    """Return a kernel's width, a finite number > 0, or != 0 if it may be negative.

    Raises:
        ValueError: if it is not.
    """
    number = check_finite(name, value)
    if number == 0 or (number < 0 and not negative):
        raise ValueError(f"{name} must be {'!= 0' if negative else '> 0'}, got {value!r}.")
    return number


@in_single_precision
def exponential_kernel(C: Tensor, gamma: float = 1.0) -> Tensor:
    """exp(-gamma |u - v|^2) of all columns.

    Args:
        C: (..., s, n).
        gamma: factor of the squared distance.

    Returns:
        (..., n, n), the diagonal is 1.
    """
    return (squared_distances(C) * -check_finite("gamma", gamma)).exp()


def gaussian_rbf_kernel(C: Tensor, sigma: float = 1.0) -> Tensor:
    """exp(-|u - v|^2 / (2 sigma^2)) of all columns.

    Args:
        C: (..., s, n).
        sigma: width, > 0.

    Returns:
        (..., n, n), the diagonal is 1.

    Raises:
        ValueError: if sigma is not positive.

    Example:
        >>> gaussian_rbf_kernel(torch.tensor([[0.0, 0.0]]))
        tensor([[1., 1.],
                [1., 1.]])
    """
    return exponential_kernel(C, 0.5 / check_width("sigma", sigma) ** 2)


@in_single_precision
def laplacian_kernel(C: Tensor, sigma: float = 1.0) -> Tensor:
    """exp(-|u - v|_1 / sigma) of all columns.

    Args:
        C: (..., s, n).
        sigma: width, not 0.

    Returns:
        (..., n, n), the diagonal is 1.

    Raises:
        ValueError: if sigma is 0.
    """
    return (manhattan_distance(C) * (-1 / check_width("sigma", sigma, negative=True))).exp()


@in_single_precision
def anisotropic_rbf_kernel(
    C: Tensor, a_vector: Numbers | None = None, a_scalar: float = 1.0
) -> Tensor:
    """exp(-sum_k a_k (u_k - v_k)^2) of all columns.

    Args:
        C: (..., s, n).
        a_vector: the factors (s), of any sign; None: all are ``a_scalar``.
        a_scalar: used only without ``a_vector``.

    Returns:
        (..., n, n), the diagonal is 1.

    Raises:
        ValueError: if ``a_vector`` does not hold a number for each of the s coordinates.
    """
    if a_vector is None:
        return exponential_kernel(C, check_finite("a_scalar", a_scalar))
    weights = torch.as_tensor(a_vector, dtype=C.dtype, device=C.device)
    check_factors(weights, C.shape[-2])
    return (-squared_distances(C, weights)).exp()


def check_factors(a_vector: Tensor, s: int | None) -> Tensor:
    """Return ``a_vector`` if it has the shape (s) (None: any length).

    Raises:
        ValueError: if it has not.
    """
    if a_vector.dim() != 1 or (s is not None and len(a_vector) != s):
        raise ValueError(
            f"a_vector must hold a number for each of the {s} coordinates of the objects, "
            f"got the shape {tuple(a_vector.shape)}."
        )
    return a_vector
