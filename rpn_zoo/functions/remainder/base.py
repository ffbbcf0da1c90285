"""The base class of remainders pi: (b, m) -> (b, n)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import Component
from rpn_zoo.functions.processing import Processing


class Remainder(Component):
    """A remainder: the residual term that a head adds to <kappa(x), psi(w)>.

    Args:
        m: input width.
        n: output width.
        activation_functions: applied to the result, in order.
    """

    size_formula = "l = 0"
    family = "remainder"
    sizes = ("m", "n")
    activations: nn.ModuleList

    def __init__(self, m: int, n: int, activation_functions: Processing = None) -> None:
        super().__init__()
        self.m = check_positive_int("m", m)
        self.n = check_positive_int("n", n)
        self.activations = processing.resolve("activation_functions", activation_functions, n)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw all parameters anew (here: there are none)."""

    def remain(self, x: Tensor) -> Tensor:
        """The remainder before its activations: (b, m) -> (b, n)."""
        raise NotImplementedError(f"{type(self).__name__} must implement remain(x).")

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (b, m) to (b, n)."""
        return processing.apply(self.activations, self.remain(x))
