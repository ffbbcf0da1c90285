"""The layer: several heads on the same input, fused."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.fusion import Fusion, fuses, input_dims, make_fusion
from rpn_zoo.nn.config import LayerConfig, locate_errors
from rpn_zoo.nn.head import Head


class Layer(nn.Module):
    r"""A layer, (b, m) -> (b, n): :math:`y = fusion_h(head_h(x))` with independent heads.

    Args:
        m: input width.
        n: output width.
        config: the heads and their fusion.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> from rpn_zoo.nn import HeadConfig
        >>> layer = Layer(4, 6, LayerConfig([HeadConfig(), HeadConfig()], "concatenation_fusion"))
        >>> layer(torch.rand(5, 4)).shape
        torch.Size([5, 6])
    """

    fusion: Fusion | None

    def __init__(
        self,
        m: int,
        n: int,
        config: LayerConfig | None = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__()
        config = LayerConfig() if config is None else config
        generator = default_generator(generator)
        self.m, self.n = m, n
        count = len(config.heads)
        fused = fuses(config.fusion, count)
        dims = input_dims(config.fusion, n, count) if fused else [n]
        self.heads = nn.ModuleList()
        for place, (width, head) in enumerate(zip(dims, config.heads, strict=True)):
            with locate_errors(f"heads[{place}]"):
                self.heads.append(Head(m, width, head, generator, init))
        self.fusion = make_fusion(config.fusion, n, count, generator, init) if fused else None

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (b, m) to (b, n)."""
        if self.fusion is None:
            return self.heads[0](x)
        return self.fusion([head(x) for head in self.heads])
