"""Rows seen as positions that share their parameters: places of a grid, steps of a sequence."""

from __future__ import annotations

from torch import Tensor, nn

from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.functions.processing import Elementwise
from rpn_zoo.nn.config import PositionsConfig

CHANNELS_ANYWHERE = (nn.BatchNorm1d, nn.Dropout, Elementwise)
"""Modules that take channels on axis 1 of (b, n, P) as they take (b, n)."""


class Positions:
    """How a head's rows are cut into positions, and how its result becomes rows again.

    Args:
        config: count, layout and scopes.
        width: width of the rows that are cut.
        attribute: the head's attribute interdependence, which tells the count if it makes patches.
        n: width of the output rows.

    Attributes:
        count: P, the number of positions that come in.
        m: width of one position that comes in.

    Raises:
        ValueError: if the count is unknown or does not divide the width.

    Example:
        >>> import torch
        >>> positions = Positions(PositionsConfig(count=3), width=6, attribute=None)
        >>> positions.split(torch.rand(5, 6)).shape
        torch.Size([5, 3, 2])
    """

    def __init__(
        self, config: PositionsConfig, width: int, attribute: Interdependence | None
    ) -> None:
        count = getattr(attribute, "patch_num", None) if config.count is None else config.count
        if count is None:
            raise ValueError(
                "positions.count must be given unless the attribute interdependence makes patches."
            )
        if width % count:
            raise ValueError(
                f"positions.count must divide the width {width} of the rows, got {count}."
            )
        self.config = config
        self.count: int = count
        self.m = width // count
        self.channels_first = config.layout == "channels_first"

    def split(self, x: Tensor) -> Tensor:
        """Cut rows (b, P m) into positions (b, P, m)."""
        return x.unflatten(-1, (self.count, self.m))

    def arrange(self, y: Tensor) -> Tensor:
        """Bring (b, P', n) into the layout of the output, still with three axes."""
        return y.mT if self.channels_first else y

    def add_bias(self, y: Tensor, bias: Tensor) -> Tensor:
        """Add a bias of one position (n) or of a whole row (P' n) to arranged y."""
        if self.config.bias_scope == "row":
            return y + bias.view(y.shape[1:])
        return y + (bias.unsqueeze(-1) if self.channels_first else bias)

    def finish(self, functions: nn.ModuleList, y: Tensor) -> Tensor:
        """Apply the output functions to arranged y and return rows (b, P' n)."""
        if self.config.output_scope == "row":
            y = y.flatten(1)
            for function in functions:
                y = function(y)
            return y
        for function in functions:
            y = self._apply(function, y)
        return y.flatten(1)

    def _apply(self, function: nn.Module, y: Tensor) -> Tensor:
        """One output function on the channels of every position."""
        if not self.channels_first:
            return function(y.flatten(0, 1)).view(y.shape)
        parameterless = not any(True for _ in function.parameters())
        elementwise = parameterless and type(function).__module__ == "torch.nn.modules.activation"
        softmax = isinstance(function, (nn.Softmax, nn.LogSoftmax))
        if isinstance(function, CHANNELS_ANYWHERE) or (elementwise and not softmax):
            return function(y)
        rows = y.mT.flatten(0, 1)
        return function(rows).unflatten(0, (y.shape[0], y.shape[2])).mT
