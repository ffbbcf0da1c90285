"""The Fourier expansion: sines and cosines of the first harmonics."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class FourierExpansion(Expansion):
    r"""Harmonics 1 to N of period P, in blocks of width m: cos_1, sin_1, ..., cos_N, sin_N.

    .. math::
        \cos_n = \cos(2 \pi n x / P), \quad \sin_n = \sin(2 \pi n x / P)

    Costs 2 N sines per input in two broadcast calls.

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
    source = "RPN, arXiv:2407.04819, section 5.1 (Fourier expansion)"
    domain = "all real numbers; periodic with period P"
    harmonics: Tensor

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
        # Whole numbers: exact in every dtype. They follow from the options: not saved.
        harmonics = torch.arange(1, N + 1).unsqueeze(-1)
        self.register_buffer("harmonics", harmonics, persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """All harmonics of every input: (b, m) -> (b, 2 m N)."""
        angles = (x * (2 * math.pi / self.P)).unsqueeze(1) * self.harmonics.to(x)  # (b, N, m)
        return torch.stack([angles.cos(), angles.sin()], dim=2).flatten(1)
