"""Random matrix hypernet reconciliation: a hypernet of frozen low-rank random matrices."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.frozen import Frozen
from rpn_zoo.functions.initialization import (
    dense_variance,
    factor_std,
    normal_,
    sigmoid_mean_square,
)
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


@register
class RandomMatrixHypernetReconciliation(Frozen, Reconciliation):
    r"""W = T u, u = S^T sigmoid(Q P^T w), reshaped to (n, D), with frozen P, Q, S, T; l is free.

    P (l, r), Q (hidden_dim, r), S (hidden_dim, r) and T (n D, r) are drawn from N(0, 1); with
    ``init="fan_aware"`` T is scaled so that W has the variance of a good dense layer.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        r: rank, >= 1.
        l: number of parameters of one channel.
        hidden_dim: width of the hidden layer.
        channels: number of independent weight matrices, all from the same frozen arrays.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = RandomMatrixHypernetReconciliation(n=2, D=3, l=5, hidden_dim=4)
        >>> f.l, f.weight().shape, f.T.shape
        (5, torch.Size([1, 2, 3]), torch.Size([6, 2]))
    """

    formula = "psi(w) = (T S^T sigmoid(Q P^T w)).view(n, D), P, Q, S, T ~ N(0, 1)"
    size_formula = "l as given"
    source = "RPN 2, arXiv:2411.11162, section 4 (random matrix hypernet reconciliation)"
    stateful = True
    random = True

    P: Tensor
    Q: Tensor
    S: Tensor
    T: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        r: int = 2,
        l: int = 64,  # noqa: E741 - the literature's name
        hidden_dim: int = 128,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, check_positive_int("l", l), channels)
        self.r = check_positive_int("r", r)
        self.hidden_dim = check_positive_int("hidden_dim", hidden_dim)
        generator = default_generator(generator)
        self.reset_parameters(generator, init)
        std = 1.0
        if init == "fan_aware":
            # Q P^T w has variance 1; each of the r entries of u sums hidden_dim squares.
            terms = r * hidden_dim * sigmoid_mean_square(1.0)
            std = factor_std(dense_variance(n, D) / terms, factors=1)
        for name, rows in (("P", l), ("Q", hidden_dim), ("S", hidden_dim)):
            self.freeze(name, normal_(torch.empty(rows, r), 1.0, generator))
        self.freeze("T", normal_(torch.empty(n * D, r), std, generator))

    def _draw(self, generator: torch.Generator) -> None:
        normal_(self.w, 1 / math.sqrt(self.l * self.r), generator)

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D): one product (channels, r) x (r, n D)."""
        u = torch.sigmoid(self.w @ self.P @ self.Q.mT) @ self.S
        return (u @ self.T.mT).view(self.channels, self.n, self.D)
