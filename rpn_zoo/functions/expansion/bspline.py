"""B-spline expansion: the basis of a uniform spline space per input."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


def bspline_basis(x: Tensor, knots: Tensor, d: int) -> Tensor:
    r"""All B-splines of degree d on uniform knots, by the Cox-de Boor recursion.

    .. math::
        B_{k,0}(x) = [u_k \le x < u_{k+1}], \quad
        B_{k,p}(x) = \frac{x-u_k}{p h} B_{k,p-1}(x) + \frac{u_{k+p+1}-x}{p h} B_{k+1,p-1}(x)

    Args:
        x: data of any shape.
        knots: (K + d + 1) increasing knots with equal steps h.
        d: degree, >= 0.

    Returns:
        x.shape + (K). Costs O(d K) per input.

    Example:
        >>> bspline_basis(torch.tensor([0.5]), torch.tensor([0.0, 1.0, 2.0]), 0)
        tensor([[1., 0.]])
    """
    x = x.unsqueeze(-1)
    basis = ((x >= knots[:-1]) & (x < knots[1:])).to(x.dtype)
    # A comparison turns NaN into False; the basis of a NaN is NaN.
    basis = torch.where(torch.isnan(x), x.detach(), basis)
    step = (knots[-1] - knots[0]) / (knots.numel() - 1)
    for p in range(1, d + 1):
        rising = (x - knots[: -p - 1]) / (p * step)
        falling = (knots[p + 1 :] - x) / (p * step)
        basis = rising * basis[..., :-1] + falling * basis[..., 1:]
    return basis


@register
class BsplineExpansion(Expansion):
    r"""B-spline basis: entry ``i K + k`` is the k-th spline of degree d at x_i, K = t + d.

    The knots are uniform with step h = (hi - lo) / t and stick out d steps on both sides of the
    grid. The K values sum to 1 for x in [lo, hi), fall to 0 over the next d steps outside and are
    all 0 (no gradient) beyond.

    Args:
        m: input width.
        grid_range: (lo, hi), the interval of the grid, in units of x.
        t: number of intervals of the grid, >= 1.
        d: degree of the splines, >= 0.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> BsplineExpansion(m=1, grid_range=(0.0, 1.0), t=2, d=1)(torch.tensor([[0.25]]))
        tensor([[0.5000, 0.5000, 0.0000]])
    """

    formula = "kappa(x)[i K + k] = B_{k,d}(x_i) on uniform knots, K = t + d, D = m (t + d)"
    source = "de Boor, A Practical Guide to Splines (1978); RPN, arXiv:2407.04819, section 5.1"
    domain = "grid_range; zero further than d steps outside"
    knots: Tensor

    def __init__(
        self,
        m: int,
        grid_range: tuple[float, float] = (-1, 1),
        t: int = 5,
        d: int = 3,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_positive_int("t", t)
        check_positive_int("d", d, minimum=0)
        width = check_positive_int("m", m) * (t + d)
        if not isinstance(grid_range, (tuple, list)) or len(grid_range) != 2:
            raise ValueError(f"grid_range must hold two numbers (lo, hi), got {grid_range!r}.")
        lo, hi = (check_finite("grid_range", g) for g in grid_range)
        if lo >= hi:
            raise ValueError(f"grid_range must satisfy lo < hi, got {grid_range!r}.")
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.grid_range, self.t, self.d = (lo, hi), t, d
        self.differentiable = d > 0  # splines of degree 0 are steps
        # Whole numbers, in steps h from lo: exact in every dtype, where the knots themselves would
        # keep the rounding of the dtype they were made in. They follow from the options: not saved.
        self.register_buffer("knots", torch.arange(-d, t + d + 1), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """The spline basis of every input: (b, m) -> (b, m (t + d))."""
        lo, hi = self.grid_range
        steps = (x - lo) * (self.t / (hi - lo))
        return bspline_basis(steps, self.knots.to(x), self.d).flatten(1)
