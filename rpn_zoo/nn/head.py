"""The head: one expansion, its channels of parameters, their fusion, and a remainder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions import contract, create, processing
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.fusion import Fusion, make_fusion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.remainder import Remainder, ZeroRemainder
from rpn_zoo.functions.transformation import Transformation, make_transformation
from rpn_zoo.nn.config import HeadConfig


class Head(nn.Module):
    r"""A head, (b, m) -> (b, n).

    .. math:: y = out( fusion_c \langle \kappa(x), \psi(w_c) \rangle + b + \pi(x) ), \quad
        x = in(data)

    Args:
        m: input width.
        n: output width.
        config: names and options of the components.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if a component does not exist or does not fit the widths.

    Example:
        >>> head = Head(4, 3, HeadConfig(expansion="taylor_expansion"))
        >>> head(torch.rand(5, 4)).shape
        torch.Size([5, 3])
    """

    expansion: Transformation
    reconciliation: Reconciliation
    remainder: Remainder
    channel_fusion: Fusion | None
    bias: nn.Parameter | None

    def __init__(
        self,
        m: int,
        n: int,
        config: HeadConfig | None = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__()
        config = HeadConfig() if config is None else config
        generator = default_generator(generator)
        self.m = check_positive_int("m", m)
        self.n = check_positive_int("n", n)
        self.input_functions = processing.resolve("input_functions", config.input_functions, m)
        self.expansion = make_transformation(config.expansion, m, generator)
        width = self._add_channel_fusion(config, generator, init)
        self.reconciliation = create(
            config.reconciliation,
            n=width,
            D=self.expansion.D,
            channels=config.channels,
            generator=generator,
            init=init,
        )
        self.bias = nn.Parameter(torch.zeros(n)) if config.bias else None
        self.remainder = create(config.remainder, m=m, n=n)
        if isinstance(self.remainder, ZeroRemainder) and len(self.remainder.activations):
            raise ValueError(
                "zero_remainder takes no activation_functions in a head: it contributes exactly 0."
            )
        self.remainder.reset_parameters(generator, init)
        self.output_functions = processing.resolve("output_functions", config.output_functions, n)

    def _add_channel_fusion(self, config: HeadConfig, generator: torch.Generator, init: str) -> int:
        """Make the channel fusion where it is needed; return the width of one channel."""
        if config.channels == 1:
            self.channel_fusion = None
            return self.n
        self.channel_fusion = make_fusion(
            config.channel_fusion, self.n, config.channels, generator, init
        )
        return self.channel_fusion.dims[0]

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (b, m) to (b, n)."""
        x = processing.apply(self.input_functions, x)
        z = contract(self.expansion, self.reconciliation, x)
        y = z.squeeze(1) if self.channel_fusion is None else self.channel_fusion(z.unbind(1))
        if self.bias is not None:
            y = y + self.bias
        if not isinstance(self.remainder, ZeroRemainder):
            y = y + self.remainder(x)
        return processing.apply(self.output_functions, y)

    def extra_repr(self) -> str:
        """The widths."""
        return f"m={self.m}, n={self.n}"
