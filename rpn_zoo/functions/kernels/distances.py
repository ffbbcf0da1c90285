"""Distances of columns and the kernels exp(-distance)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.kernels.pairwise import blockwise, pairwise
from rpn_zoo.functions.kernels.precision import in_single_precision
from rpn_zoo.functions.kernels.products import centre
from rpn_zoo.functions.kernels.quadratic import exact_squared_distances

EPSILON = 1e-10
"""Keeps the terms of the Canberra distance finite where both coordinates are 0."""


@dataclass(frozen=True)
class PowerSum:
    """The sum of |u - v|^p over the coordinates.

    Attributes:
        p: the exponent, not 0.
    """

    p: float

    def value(self, u: Tensor, v: Tensor) -> Tensor:
        """The sums."""
        difference = (u - v).abs_()
        return (difference if self.p == 1 else difference.pow_(self.p)).sum(-3)

    def slope(self, u: Tensor, v: Tensor) -> Tensor:
        """The derivatives; 0 at equal coordinates, also where they are not defined."""
        difference = u - v
        if self.p == 1:
            return difference.sign()
        if self.p < 1 or (self.p < 2 and torch.is_grad_enabled()):
            # |0|^(p - 1), or its derivative, is infinite.
            equal = difference == 0
            size = difference.abs().masked_fill(equal, 1)
            return (difference.sign() * size.pow(self.p - 1)).masked_fill(equal, 0) * self.p
        return difference.abs().pow(self.p - 1).copysign(difference) * self.p


@dataclass(frozen=True)
class Canberra:
    """The sum of |u - v| / (|u| + |v| + 1e-10) over the coordinates."""

    def value(self, u: Tensor, v: Tensor) -> Tensor:
        """The sums."""
        return (u - v).abs_().div_((u.abs() + v.abs()).add_(EPSILON)).sum(-3)

    def slope(self, u: Tensor, v: Tensor) -> Tensor:
        """The derivatives."""
        difference, size = u - v, u.abs() + v.abs() + EPSILON
        return (difference.sign() - difference.abs() / size * u.sign()) / size


def order(p: float | str | None) -> float:
    """The order p of a Minkowski distance as a number.

    Args:
        p: a number, ``"inf"``, ``"-inf"``, or ``"fro"`` (2).

    Raises:
        ValueError: for anything else.

    Example:
        >>> order("fro"), order("-inf")
        (2.0, -inf)
    """
    names = {"fro": 2.0, "inf": math.inf, "-inf": -math.inf}
    if isinstance(p, str) and p in names:
        return names[p]
    if isinstance(p, bool) or not isinstance(p, (int, float)) or math.isnan(p):
        raise ValueError(f"p must be a number, 'inf', '-inf' or 'fro', got {p!r}.")
    return float(p)


class ExtremeDistances(torch.autograd.Function):
    """The largest or smallest differences; of coordinates that tie the last has the gradient."""

    generate_vmap_rule = True

    @staticmethod
    def forward(C: Tensor, largest: bool) -> Tensor:
        """From C (..., s, n) to (..., n, n)."""
        return blockwise(C, lambda u, v: _extreme((u - v).abs_(), largest))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the columns."""
        C, ctx.largest = inputs
        ctx.save_for_backward(C)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None]:
        """The gradient of the coordinates found, linear in g and constant nearly everywhere."""
        (C,) = ctx.saved_tensors
        C = C.detach()
        number = torch.arange(C.shape[-2], dtype=C.dtype, device=C.device)[:, None, None]

        def coordinate(u: Tensor, v: Tensor) -> Tensor:
            difference = (u - v).abs_()
            attained = difference == _extreme(difference, ctx.largest).unsqueeze(-3)
            return (attained * number).amax(-3)

        places = blockwise(C, coordinate).long()
        found = C.gather(-2, places)
        share = (g + g.mT) * (found - found.mT).sign()
        return torch.zeros_like(C).scatter_add(-2, places, share), None


def _extreme(difference: Tensor, largest: bool) -> Tensor:
    """The largest or the smallest entries along the axis of the coordinates."""
    return difference.amax(-3) if largest else difference.amin(-3)


def root(power: Tensor, p: float) -> Tensor:
    """power^(1/p), with the value and the gradient 0 where the power is 0 (or infinite, p < 0)."""
    regular = (power > 0) & (power < math.inf) if p < 0 else power > 0
    # NaN must stay NaN.
    regular = regular | power.isnan()
    inner = torch.where(regular, power, 1)
    return torch.where(regular, inner.sqrt() if p == 2 else inner.pow(1 / p), 0)


@in_single_precision
def minkowski_distance(C: Tensor, p: float | str, centered: bool = False) -> Tensor:
    r"""The distances :math:`(\sum_k |C_{ki} - C_{kj}|^p)^{1/p}` of all columns.

    p = 0 counts the coordinates that differ, p = inf (-inf) takes the largest (smallest)
    difference. Gradients at equal columns are 0.

    Args:
        C: (..., s, n).
        p: a number, ``"inf"``, ``"-inf"``, or ``"fro"`` (2).
        centered: whether each column's mean is subtracted first.

    Returns:
        (..., n, n). Costs n^2 s / 2 terms.

    Example:
        >>> minkowski_distance(torch.tensor([[0.0, 3.0], [0.0, 4.0]]), p=2)
        tensor([[0., 5.],
                [5., 0.]])
    """
    C, p = centre(C, centered), order(p)
    if math.isinf(p):
        return ExtremeDistances.apply(C, p > 0)
    if p == 0:
        return blockwise(C, lambda u, v: (u != v).sum(-3)).to(C.dtype)
    if p == 1:
        return pairwise(C, PowerSum(1.0))
    return root(exact_squared_distances(C) if p == 2 else pairwise(C, PowerSum(p)), p)


def manhattan_distance(C: Tensor, centered: bool = False) -> Tensor:
    """The Minkowski distances with p = 1."""
    return minkowski_distance(C, 1, centered)


def euclidean_distance(C: Tensor, centered: bool = False) -> Tensor:
    """The Minkowski distances with p = 2."""
    return minkowski_distance(C, 2, centered)


def chebyshev_distance(C: Tensor, centered: bool = False) -> Tensor:
    """The Minkowski distances with p = inf."""
    return minkowski_distance(C, math.inf, centered)


@in_single_precision
def canberra_distance(C: Tensor) -> Tensor:
    r"""The distances :math:`\sum_k |C_{ki} - C_{kj}| / (|C_{ki}| + |C_{kj}| + 10^{-10})`.

    Args:
        C: (..., s, n).

    Returns:
        (..., n, n). Costs n^2 s / 2 terms.
    """
    return pairwise(C, Canberra())


@in_single_precision
def minkowski_distance_kernel(C: Tensor, p: float | str, centered: bool = False) -> Tensor:
    """exp(-distance) of all columns of C (..., s, n): (..., n, n), see minkowski_distance."""
    return (-minkowski_distance(C, p, centered)).exp()


def manhattan_distance_kernel(C: Tensor, centered: bool = False) -> Tensor:
    """exp(-distance) with p = 1."""
    return minkowski_distance_kernel(C, 1, centered)


def euclidean_distance_kernel(C: Tensor, centered: bool = False) -> Tensor:
    """exp(-distance) with p = 2."""
    return minkowski_distance_kernel(C, 2, centered)


def chebyshev_distance_kernel(C: Tensor, centered: bool = False) -> Tensor:
    """exp(-distance) with p = inf."""
    return minkowski_distance_kernel(C, math.inf, centered)


@in_single_precision
def canberra_distance_kernel(C: Tensor) -> Tensor:
    """exp(-distance) of all columns of C (..., s, n): (..., n, n), see canberra_distance."""
    return (-canberra_distance(C)).exp()
