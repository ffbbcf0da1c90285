"""The normalised sinc function with a gradient that is accurate near 0."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

NEAR = 0.5
_SERIES = [(-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(1, 8)]


class Sinc(torch.autograd.Function):
    r"""sinc(u) = sin(pi u) / (pi u), sinc(0) = 1; use it as ``Sinc.apply(u)``.

    The gradient of torch.sinc subtracts two nearly equal numbers near 0, and its error there is of
    the order eps / u; a zero pixel that was shifted a little has no correct digit left.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(u: Tensor) -> Tensor:
        """The value."""
        return torch.sinc(u)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the input."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """The gradient; made of ordinary operations, so differentiable again."""
        (u,) = ctx.saved_tensors
        return grad * sinc_slope(u)


def sinc(u: Tensor) -> Tensor:
    """The normalised sinc of every element, with accurate gradients of first and second order.

    Example:
        >>> sinc(torch.tensor([0.0, 0.5, 1.0])).round(decimals=4)
        tensor([1.0000, 0.6366, -0.0000])
    """
    y: Tensor = Sinc.apply(u)
    return y


def sinc_slope(u: Tensor) -> Tensor:
    r"""The derivative of sinc: with z = pi u, :math:`\pi (\cos z - \sin(z) / z) / z`.

    For |z| < 1/2 its Taylor series, with as many terms as the dtype has digits.
    """
    z = math.pi * u
    near = z.abs() < NEAR
    small = torch.where(near, z, 0.0)
    square = small * small
    terms = _SERIES if u.dtype == torch.float64 else _SERIES[:4]
    series = torch.full_like(square, terms[-1])
    for coefficient in reversed(terms[:-1]):
        series = series * square + coefficient
    large = torch.where(near, 1.0, z)  # no division by 0 in the branch that is not taken
    direct = (large.cos() - large.sin() / large) / large
    return math.pi * torch.where(near, small * series, direct)
