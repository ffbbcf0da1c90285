"""The grid of scales and shifts that all wavelets share."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.expansion.taylor import TaylorExpansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.transformation import Transformation
from rpn_zoo.functions.with_gradient import with_gradient


def interleaved(w: Tensor) -> Tensor:
    """The slices (K, b, m) side by side for every input, (b, m K)."""
    return w.movedim(0, -1).flatten(-2)


def interleaved_pullback(w: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """The gradient of w, slices first in memory too: whatever comes next is then fast."""
    return g.unflatten(-1, (-1, w.shape[0])).movedim(-1, 0).contiguous()


class WaveletExpansion(PowersExpansion):
    r"""Scaled and shifted copies of one function psi, and their products up to order d.

    .. math::
        w_{i,p,q} = a^{-p/2}\, \psi(x_i / a^p - q b), \quad p < s, \; q < t, \qquad
        \kappa(x) = [w, w \otimes w, \dots, w^{\otimes d}]

    with :math:`w_{i,p,q}` at position ``i s t + p t + q`` of w, which has width M = m s t, so that
    D = M + ... + M^d. A subclass gives psi. Costs m s t values of psi a row, and D products for
    d > 1.

    Args:
        m: input width.
        d: highest order of products, >= 1.
        s: number of scales, >= 1.
        t: number of shifts, >= 1.
        a: ratio of the scales, >= 1 (with 1 all scales are equal, which gives a warning).
        b: distance of the shifts, >= 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    size_formula = "D = sum((m s t)^p, p = 1..d)"
    domain = "all real numbers"
    scale_index: Tensor
    shift_index: Tensor

    def __init__(
        self,
        m: int,
        d: int = 1,
        s: int = 1,
        t: int = 1,
        a: float = 1.0,
        b: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        row = check_positive_int("m", m) * check_positive_int("s", s) * check_positive_int("t", t)
        order = check_positive_int("d", d)
        super().__init__(m, row, order, preprocess_functions, postprocess_functions)
        self.powers = TaylorExpansion(row, order)
        self.s, self.t = s, t
        self.a, self.b = check_finite("a", a), check_finite("b", b)
        if self.a < 1:
            raise ValueError(f"a must be >= 1, got {a!r}.")
        if self.b < 0:
            raise ValueError(f"b must be >= 0, got {b!r}.")
        if s > 1 and self.a == 1:
            message = f"{self.key()}: with a = 1 all s = {s} scales are equal; choose a > 1."
            warnings.warn(message, stacklevel=3)
        # Whole numbers: exact in every dtype. They follow from the options: not saved.
        self.register_buffer("scale_index", torch.arange(s).view(s, 1, 1, 1), persistent=False)
        self.register_buffer("shift_index", torch.arange(t).view(t, 1, 1), persistent=False)

    @property
    def core(self) -> Transformation:
        """The Taylor expansion of the row of wavelets."""
        return self.powers

    def core_input(self, x: Tensor) -> Tensor:
        """The row of wavelets."""
        return self.row(x)

    def psi(self, tau: Tensor) -> Tensor:
        """The wavelet itself, elementwise, for data of any shape."""
        raise NotImplementedError(f"{type(self).__name__} must implement psi(tau).")

    def row(self, x: Tensor) -> Tensor:
        """All scales and shifts of every input: (b, m) -> (b, m s t)."""
        if self.s == self.t == 1:
            return self.psi(x)
        # Slice by slice along the first axes: several times faster than short inner ones.
        scales = self.a ** self.scale_index.to(x)  # (s, 1, 1, 1)
        tau = x / scales - self.b * self.shift_index.to(x)  # (s, t, b, m)
        w = (self.psi(tau) * scales.rsqrt()).flatten(0, 1)
        return with_gradient(interleaved, interleaved_pullback, w)


def check_width(name: str, value: object) -> float:
    """Return ``value`` as float if it is a finite number > 0, else raise a ValueError."""
    width = check_finite(name, value)
    if width <= 0:
        raise ValueError(f"{name} must be > 0, got {value!r}.")
    return width
