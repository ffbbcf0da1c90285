"""The map of all numbers to the positive ones on which some densities live."""

from __future__ import annotations

from torch import Tensor


def squash(x: Tensor) -> Tensor:
    """The argument q = 0.99 sigmoid(x) + 0.001 of densities on the positive numbers."""
    return 0.99 * x.sigmoid() + 0.001
