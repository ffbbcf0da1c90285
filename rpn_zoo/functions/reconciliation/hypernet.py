"""Hypernet reconciliation: a small network fabricates W from a few parameters."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.frozen import Frozen
from rpn_zoo.functions.initialization import (
    check_init,
    dense_variance,
    factor_std,
    normal_,
    sigmoid_mean_square,
)
from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.registry import register


class GaussianLinear(Frozen):
    """A linear map whose weight and bias are drawn by its owner: frozen arrays, or parameters.

    Args:
        inputs: input width.
        outputs: output width.
        frozen: whether weight and bias are buffers.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, inputs: int, outputs: int, frozen: bool) -> None:
        super().__init__()
        for name, value in (
            ("weight", torch.empty(outputs, inputs)),
            ("bias", torch.empty(outputs)),
        ):
            if frozen:
                self.freeze(name, value)
            else:
                self.register_parameter(name, nn.Parameter(value))

    def draw(self, std: float, generator: torch.Generator) -> None:
        """Draw weight and bias from N(0, std^2)."""
        normal_(self.weight, std, generator)
        normal_(self.bias, std, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., inputs) to (..., outputs)."""
        return nn.functional.linear(x, self.weight, self.bias)


@register
class HypernetReconciliation(Reconciliation):
    r"""W = W2 sigmoid(W1 w + b1) + b2, reshaped to (n, D); l is free.

    W2 has hidden_dim n D entries: for small heads only. The network is drawn from N(0, 1); with
    ``init="fan_aware"`` its last layer is scaled so that W has the variance of a good dense layer.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        l: number of parameters of one channel.
        hidden_dim: width of the network's hidden layer.
        static: whether the network is frozen (saved, not trained); else it is trained too.
        net: a network l -> n D to be used instead, as it is (an object: not for configs).
        channels: number of independent weight matrices, all from the same network.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = HypernetReconciliation(n=2, D=3, l=5, hidden_dim=4)
        >>> f.l, f.weight().shape, list(f.state_dict())[:3]
        (5, torch.Size([1, 2, 3]), ['w', 'net.0.weight', 'net.0.bias'])
    """

    formula = "psi(w) = (W2 sigmoid(W1 w + b1) + b2).view(n, D)"
    size_formula = "l as given"
    source = "RPN, arXiv:2407.04819, section 5.2 (hypernet parameter reconciliation)"
    stateful = True
    random = True

    def __init__(
        self,
        n: int,
        D: int,
        l: int = 64,  # noqa: E741 - the literature's name
        hidden_dim: int = 128,
        static: bool = True,
        net: nn.Module | None = None,
        channels: int = 1,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(n, D, check_positive_int("l", l), channels)
        self.hidden_dim = check_positive_int("hidden_dim", hidden_dim)
        self.static = static
        self.net: nn.Module
        if net is None:
            self.net = nn.Sequential(
                GaussianLinear(l, hidden_dim, frozen=static),
                nn.Sigmoid(),
                GaussianLinear(hidden_dim, n * D, frozen=static),
            )
        elif not isinstance(net, nn.Module):
            raise ValueError(f"net must be a module (an object, not for configs), got {net!r}.")
        else:
            self.net = net.requires_grad_(False) if static else net
        self._owns_net = net is None
        generator = default_generator(generator)
        self.reset_parameters(generator, init)
        if self._owns_net and static:
            self._draw_net(generator, init)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w, and the network if it is trained, anew; see :class:`Reconciliation`."""
        generator = default_generator(generator)
        super().reset_parameters(generator, init)
        if self._owns_net and not self.static:
            self._draw_net(generator, init)

    def _draw(self, generator: torch.Generator) -> None:
        normal_(self.w, 1 / math.sqrt(self.l), generator)

    def _draw_net(self, generator: torch.Generator, init: str) -> None:
        assert isinstance(self.net, nn.Sequential)
        first, _, last = self.net
        assert isinstance(first, GaussianLinear)
        assert isinstance(last, GaussianLinear)
        first.draw(1.0, generator)
        std = 1.0
        if check_init(init) == "fan_aware":
            # W1 w + b1 has variance 2; a row of W2 meets hidden_dim squares and the bias.
            terms = self.hidden_dim * sigmoid_mean_square(2.0) + 1
            std = factor_std(dense_variance(self.n, self.D) / terms, factors=1)
        last.draw(std, generator)

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        W: Tensor = self.net(self.w)
        return W.view(self.channels, self.n, self.D)
