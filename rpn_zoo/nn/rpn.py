"""The network: layers in sequence, built from one plain config."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions.allocation import AllocationLimit
from rpn_zoo.nn.config import RPNConfig, from_dict, locate_errors
from rpn_zoo.nn.layer import Layer


class RPN(nn.Module):
    r"""A reconciled polynomial network :math:`y = layer_K(\dots layer_1(x))`.

    Args:
        config: the network as nested plain dicts (as in the YAML) or as an :class:`RPNConfig`.
        seed: seed of the initial values; the global random state is neither used nor changed.

    Attributes:
        config: the plain config; for a dict exactly the one that was given.

    Raises:
        ValueError: for an unknown name or key, or sizes that do not fit.
        MemoryBudgetError: if parameters and frozen arrays together would exceed the memory budget
            (a ValueError too); nothing of that size is allocated.

    Example:
        >>> config = {
        ...     "dims": [4, 8, 3],
        ...     "layers": [{"heads": [{"expansion": {"name": "taylor_expansion", "d": 2}}]}],
        ... }
        >>> network = RPN(config)
        >>> network(torch.rand(5, 4)).shape
        torch.Size([5, 3])
        >>> network.config == config
        True
    """

    def __init__(self, config: RPNConfig | dict[str, Any], seed: int = 0) -> None:
        super().__init__()
        parsed = from_dict(RPNConfig, copy.deepcopy(config), "network")
        self._config = parsed.to_dict() if isinstance(config, RPNConfig) else copy.deepcopy(config)
        self.dims = parsed.dims
        generator = torch.Generator().manual_seed(seed)
        depth = len(self.dims) - 1
        configs = parsed.layers if len(parsed.layers) == depth else parsed.layers * depth
        self.layers = nn.Sequential()
        widths = zip(self.dims[:-1], self.dims[1:], strict=True)
        with AllocationLimit():
            for place, ((m, n), layer) in enumerate(zip(widths, configs, strict=True)):
                with locate_errors(f"layers[{place}]"):
                    self.layers.append(Layer(m, n, layer, generator, parsed.init))

    @property
    def config(self) -> dict[str, Any]:
        """The plain config from which an equal network can be built."""
        return copy.deepcopy(self._config)

    @property
    def num_parameters(self) -> int:
        """The number of trainable parameters."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def forward(self, x: Tensor) -> Tensor:
        """Map x of shape (b, d_0) to (b, d_K)."""
        return self.layers(x)
