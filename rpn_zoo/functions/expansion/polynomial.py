"""The engine of all polynomials that follow a three-term recurrence in their degree."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing


class PolynomialExpansion(Expansion):
    r"""Degrees 1 to d of a family of polynomials: entry ``i d + n - 1`` is :math:`P_n(x_i)`.

    A subclass gives the first two members (:meth:`start`) and the recurrence (:meth:`step`). The
    degrees are collected in a list and stacked once, so that the backward pass copies nothing:
    O(d) products per input, b m d numbers. The values grow like :math:`|x|^d` outside of the
    polynomials' own interval: choose a pre-processing such as ``tanh`` or ``layer_norm``.

    Args:
        m: input width.
        d: highest degree, >= 1; the polynomial of degree 0 is left out.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    size_formula = "D = m d"

    def __init__(
        self,
        m: int,
        d: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = check_positive_int("m", m) * check_positive_int("d", d)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.d = d

    def start(self, x: Tensor) -> tuple[float | Tensor, Tensor]:
        """The members 0 (a number, as far as it is constant) and 1 of x's shape."""
        raise NotImplementedError(f"{type(self).__name__} must implement start(x).")

    def step(self, n: int, x: Tensor, last: Tensor, older: float | Tensor) -> Tensor:
        """The member n >= 2 from those before it, ``last`` (n - 1) and ``older`` (n - 2)."""
        raise NotImplementedError(f"{type(self).__name__} must implement step(n, x, ...).")

    def expand(self, x: Tensor) -> Tensor:
        """The polynomials of every input: (b, m) -> (b, m d)."""
        older, last = self.start(x)
        degrees = [last]
        for n in range(2, self.d + 1):
            older, last = last, self.step(n, x, last, older)
            degrees.append(last)
        # Stacked first and moved then: three times faster than a stack along the last axis.
        return torch.stack(degrees).movedim(0, -1).flatten(1)
