"""Frozen numbers that stay exact whatever dtype a module is cast to."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def to_bits(values: Sequence[float] | Sequence[Sequence[float]] | Tensor) -> Tensor:
    """Numbers as an integer tensor that holds the bits of float64, for a buffer.

    ``module.half().double()`` would round a floating point buffer for good; integers are left
    alone.

    Args:
        values: numbers, or rows of numbers, or a tensor, of shape S.

    Returns:
        int64 tensor of shape S.
    """
    return torch.as_tensor(values, dtype=torch.float64).contiguous().view(torch.int64)


def from_bits(bits: Tensor, like: Tensor) -> Tensor:
    """The numbers of :func:`to_bits`, in the dtype and on the device of ``like``.

    Example:
        >>> from_bits(to_bits([0.1]), torch.zeros(1, dtype=torch.float64)).item()
        0.1
    """
    return bits.view(torch.float64).to(like)
