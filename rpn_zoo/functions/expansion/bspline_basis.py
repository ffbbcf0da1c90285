"""The basis of uniform B-splines, all shifts of one cardinal spline.

Where there are few, a closed form gives all of them at once. Otherwise only the d + 1 values that
are not zero are computed, and these are what gradients come from in any case.

Inputs are measured in steps of the grid from its left end: u = (x - lo) / h. In the interval
[i, i + 1) of u the splines i, ..., i + d differ from zero, and their values depend on the place
f = u - i within the interval only. They are put where they belong in rows of zeros; the rows have
room for d + 1 splines more on either side, so that inputs outside the grid need no case of their
own.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

FEW = 16
"""Up to so many splines a closed form over all of them is faster than putting d + 1 in place."""


def bspline_basis(u: Tensor, t: int, d: int) -> Tensor:
    r"""All t + d B-splines of degree d on a grid of t intervals.

    .. math::
        B_k(u) = N_d(u + d - k), \quad
        p\, N_p(v) = v\, N_{p-1}(v) + (p + 1 - v)\, N_{p-1}(v - 1), \quad N_0 = [0 \le v < 1]

    Args:
        u: data of any shape, in steps of the grid from its left end.
        t: number of intervals.
        d: degree, >= 0. For d = 0 there is no gradient.

    Returns:
        u.shape + (t + d): zero beyond d steps outside the grid, infinite inputs included; NaN for
        NaN. Costs O(d^2) operations an input and t + 3 d + 2 numbers, in positive terms only, so
        that nothing is lost to rounding at any degree (for up to 16 splines of degree 1 to 3 see
        :func:`cardinal_basis`).

    Example:
        >>> bspline_basis(torch.tensor([0.25, 1.5]), t=2, d=1)
        tensor([[0.7500, 0.2500, 0.0000],
                [0.0000, 0.5000, 0.5000]])
    """
    if d == 0:
        u = u.detach()
    # Traced programs do not know forward mode, and refuse functions that have it.
    function = BsplineBasis if torch.compiler.is_compiling() else ForwardModeToo
    basis: Tensor = function.apply(u, t, d)
    return basis


class BsplineBasis(torch.autograd.Function):
    """The function :func:`bspline_basis` with its gradient B'_k = N_{d-1}(v) - N_{d-1}(v - 1)."""

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], u: Tensor, t: int, d: int) -> tuple[Tensor, int]:
        """Elementwise, so that one more axis of inputs is nothing new."""
        return bspline_basis(u.movedim(in_dims[0], 0), t, d), 0

    @staticmethod
    def forward(u: Tensor, t: int, d: int) -> Tensor:
        """The values."""
        if 0 < d <= 3 and t + d <= FEW:
            return cardinal_basis(u, t, d)
        places, f = locate(u, t, d)
        rows = _empty_rows(f, t, d)
        for r, value in enumerate(active_values(f, d)):
            rows[r:].scatter_(0, places, value)
        rows = rows.view(*u.shape, t + 3 * d + 2)
        return rows[..., d + 1 : t + 2 * d + 1].contiguous()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the input."""
        u, ctx.t, ctx.d = inputs
        ctx.save_for_backward(u)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, None, None]:
        """The gradient of u; made of ordinary operations, so differentiable again."""
        (u,) = ctx.saved_tensors
        places, f = locate(u, ctx.t, ctx.d)
        rows = torch.nn.functional.pad(g, (ctx.d + 1, ctx.d + 1)).flatten()
        return slope(rows, places, f, ctx.d).view(u.shape), None, None


class ForwardModeToo(BsplineBasis):
    """The same with derivatives in forward mode, as in ``torch.func.hessian``."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the input, for both modes."""
        u, ctx.t, ctx.d = inputs
        ctx.save_for_backward(u)
        ctx.save_for_forward(u)

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor, *_: Any) -> Tensor:
        """The derivatives of all splines times the tangent."""
        (u,) = ctx.saved_tensors
        # All splines of one degree less are those of a grid with an interval more at either end.
        lower = bspline_basis(u + 1, ctx.t + 2, ctx.d - 1)
        return (lower[..., :-1] - lower[..., 1:]) * tangent.unsqueeze(-1)


def cardinal_basis(u: Tensor, t: int, d: int) -> Tensor:
    r"""The same by the closed form of the cardinal spline, for all splines at once.

    .. math::
        N_d = \frac{1}{d!} \sum_{j \le d/2} (-1)^j \binom{d+1}{j}
        \max\Big(\frac{d+1}{2} - j - |u - c_k|, 0\Big)^d

    with the centres c_k of the splines. Exact to a few units in the last place for d <= 3; the sum
    loses digits as d grows. Costs 2 d passes over t + d numbers an input, which is faster as long
    as they are few.
    """
    centres = torch.arange(t + d, dtype=u.dtype, device=u.device) - (d - 1) / 2
    distance = (u.unsqueeze(-1) - centres).abs_()
    basis = torch.rsub(distance, (d + 1) / 2).clamp_(min=0).pow_(d)
    for j in range(1, d // 2 + 1):
        term = torch.rsub(distance, (d + 1) / 2 - j).clamp_(min=0).pow_(d)
        basis.add_(term, alpha=(-1) ** j * math.comb(d + 1, j))
    return basis.mul_(1 / math.factorial(d))


def locate(u: Tensor, t: int, d: int) -> tuple[Tensor, Tensor]:
    """Where the values of every input belong in padded rows, and its place in its interval.

    Args:
        u: data of any shape, in steps.
        t: number of intervals.
        d: degree.

    Returns:
        The flat index of the first of the d + 1 values in rows of t + 3 d + 2 numbers, and the
        place f in [0, 1); both (u.numel(),).
    """
    # One step further than any spline reaches all inputs are alike, infinite ones too.
    u = u.flatten().clamp(-d - 1, t + d)
    interval = u.detach().floor()
    width = t + 3 * d + 2
    rows = torch.arange(0, u.shape[0] * width, width, device=u.device)
    # A NaN has no interval; it is carried on by f.
    first = interval.nan_to_num(nan=0.0).to(torch.int64)
    return first + (d + 1) + rows, u - interval


def active_values(f: Tensor, d: int) -> list[Tensor]:
    """The d + 1 splines that are not zero in an interval, at the places f in [0, 1).

    The recursion of Cox and de Boor without its zeros.

    Example:
        >>> [v.item() for v in active_values(torch.tensor(0.5), 2)]
        [0.125, 0.75, 0.125]
    """
    values = [1 - f, f] if d else [torch.ones_like(f) + 0 * f]  # NaN stays NaN
    for p in range(2, d + 1):
        part = f / p
        inner = [
            torch.addcmul((part + (p - r) / p) * values[r - 1], (r + 1) / p - part, values[r])
            for r in range(1, p)
        ]
        values = [(1 / p - part) * values[0], *inner, part * values[-1]]
    return values


def slope(rows: Tensor, places: Tensor, f: Tensor, d: int) -> Tensor:
    """The derivative of sum_k g_k B_k for every input, (numel,).

    Args:
        rows: g in padded rows, flat.
        places: from :func:`locate`.
        f: from :func:`locate`.
        d: degree, >= 1.
    """
    below = rows.index_select(0, places)
    total = torch.zeros_like(f)
    for r, lower in enumerate(active_values(f, d - 1), 1):
        above = rows[r:].index_select(0, places)
        total = torch.addcmul(total, above - below, lower)
        below = above
    return total


def _empty_rows(f: Tensor, t: int, d: int) -> Tensor:
    """Zeros for t + 3 d + 2 numbers an input, flat; NaN where the input is."""
    width = t + 3 * d + 2
    return (0 * f).unsqueeze(-1).repeat(1, width).flatten()
