"""The Fourier expansion: sines and cosines of the first harmonics."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def fourier(x: Tensor, P: float, N: int) -> Tensor:
    """The cosine and the sine of every harmonic: (b, m) -> (b, N, 2, m)."""
    angles = (x * (2 * math.pi / P)).unsqueeze(-2) * _harmonics(x, N)
    return torch.stack([angles.cos(), angles.sin()], dim=-2)


def fourier_pullback(x: Tensor, y: Tensor, g: Tensor, P: float, N: int) -> Tensor:
    """The gradient of x, which needs no further sine."""
    (cosine, sine), (by_cosine, by_sine) = y.unbind(-2), g.unbind(-2)
    by_angle = by_sine * cosine - by_cosine * sine
    return (by_angle * ((2 * math.pi / P) * _harmonics(x, N))).sum(-2)


def _harmonics(x: Tensor, N: int) -> Tensor:
    return torch.arange(1, N + 1, dtype=x.dtype, device=x.device).unsqueeze(-1)


@register
class FourierExpansion(Expansion):
    r"""Harmonics 1 to N of period P, in blocks of width m: cos_1, sin_1, ..., cos_N, sin_N.

    .. math::
        \cos_n = \cos(2 \pi n x / P), \quad \sin_n = \sin(2 \pi n x / P)

    Costs 2 N sines per input in two broadcast calls; the gradient takes them from the result.

    Args:
        m: input width; D = 2 m N.
        P: the period, > 0, in units of x.
        N: number of harmonics, >= 1.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> FourierExpansion(m=1, P=4, N=1)(torch.tensor([[0.0]]))
        tensor([[1., 0.]])
    """

    formula = "kappa(x) = [cos(2 pi n x / P), sin(2 pi n x / P), n = 1..N], D = 2 m N"
    size_formula = "D = 2 m N"
    source = "RPN, arXiv:2407.04819, section 5.1 (Fourier expansion)"
    domain = "all real numbers; periodic with period P"

    def __init__(
        self,
        m: int,
        P: float = 10,
        N: int = 5,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = 2 * check_positive_int("m", m) * check_positive_int("N", N)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.P, self.N = check_finite("P", P), N
        if self.P <= 0:
            raise ValueError(f"P must be > 0, got {P!r}.")

    def expand(self, x: Tensor) -> Tensor:
        """All harmonics of every input: (b, m) -> (b, 2 m N)."""
        return with_gradient(fourier, fourier_pullback, x, self.P, self.N).flatten(1)
