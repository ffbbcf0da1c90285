"""The base class of parameter reconciliations psi: l parameters -> W (n, D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import Component, default_generator
from rpn_zoo.functions.initialization import check_init, tinybig_


class Reconciliation(Component):
    """A parameter reconciliation: fabricates a weight matrix (n, D) per channel from l parameters.

    A subclass computes l, calls :meth:`reset_parameters` at the end of its ``__init__`` and
    implements :meth:`weight` and :meth:`_draw`.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        l: number of parameters of one channel; 0: none, ``w`` is None.
        channels: number of independent weight matrices.
    """

    family = "reconciliation"
    sizes = ("n", "D", "channels")

    # None where l = 0; such classes never touch it, so that all others need no check.
    w: nn.Parameter

    def __init__(
        self,
        n: int,
        D: int,
        l: int,  # noqa: E741 - the literature's name
        channels: int = 1,
    ) -> None:
        super().__init__()
        self.n = check_positive_int("n", n)
        self.D = check_positive_int("D", D)
        self.channels = check_positive_int("channels", channels)
        self.l = check_positive_int("l", l, minimum=0)
        self.register_parameter("w", nn.Parameter(torch.empty(channels, l)) if l else None)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw all parameters anew; frozen arrays stay as they are.

        Args:
            generator: source of the values; None: a new one with seed 0.
            init: ``"fan_aware"`` (W has the variance of a good dense layer) or ``"tinybig"``.
        """
        generator = default_generator(generator)
        check_init(init)
        if self.l == 0:
            return
        if init == "tinybig":
            tinybig_(self.w, generator)
        else:
            self._draw(generator)

    def _draw(self, generator: torch.Generator) -> None:
        """Draw ``w`` so that the entries of W have the variance of a good dense layer."""
        raise NotImplementedError(f"{type(self).__name__} must implement _draw(generator).")

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        raise NotImplementedError(f"{type(self).__name__} must implement weight().")

    def row_sums(self) -> Tensor:
        """The sums of the rows of W, (channels, n), without building W where that is possible."""
        return self.weight().sum(-1)

    def forward(self) -> Tensor:
        """The same as :meth:`weight`."""
        return self.weight()
