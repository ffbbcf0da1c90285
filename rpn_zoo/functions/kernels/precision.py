"""Computing in at least single precision."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import torch
from torch import Tensor

P = ParamSpec("P")
HALF = (torch.float16, torch.bfloat16)


def is_autocast(device: torch.device) -> bool:
    """Whether operations on a device are cast automatically at the moment."""
    kind = device.type
    return torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind)


def in_single_precision(
    kernel: Callable[Concatenate[Tensor, P], Tensor],
) -> Callable[Concatenate[Tensor, P], Tensor]:
    """Decorator: compute a kernel of half-precision columns in float32, and round the result.

    Kernels take differences of sums of many products; in half precision nothing would be left. So
    autocast is off inside.

    Args:
        kernel: maps C (..., s, n) to (..., n, n).
    """

    @functools.wraps(kernel)
    def evaluate(C: Tensor, /, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        if C.dtype in HALF:
            return evaluate(C.float(), *args, **kwargs).to(C.dtype)
        if is_autocast(C.device):
            with torch.autocast(C.device.type, enabled=False):
                return kernel(C, *args, **kwargs)
        return kernel(C, *args, **kwargs)

    return evaluate
