"""B-spline expansion: the basis of a uniform spline space per input."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_finite, check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.bspline_basis import bspline_basis
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

OUTSIDE = ("zero", "clamp", "error")


@register
class BsplineExpansion(Expansion):
    r"""B-spline basis: entry ``i K + k`` is the k-th spline of degree d at x_i, K = t + d.

    The knots are uniform with step h = (hi - lo) / t and stick out d steps on both sides of the
    grid. The K values sum to 1 for x in [lo, hi), fall to 0 over the next d steps outside and are
    all 0 (no gradient) beyond, for infinite x too.

    Only the d + 1 values that are not zero are computed (for few splines of low degree all, in
    closed form). Costs O(d^2) operations an input and b m (t + d) numbers.

    Args:
        m: input width.
        grid_range: (lo, hi), the interval of the grid, in units of x.
        t: number of intervals of the grid, >= 1.
        d: degree of the splines, >= 0.
        outside: what becomes of inputs outside [lo, hi]: ``"zero"`` (the definition: the splines
            fall to 0 there), ``"clamp"`` (moved to the nearer end, without a gradient) or
            ``"error"``.
        count_outside: whether to count them. Two numbers then grow with every call, in training
            and in evaluation: ``outside_count``, the inputs (single features, not rows) with
            x < lo or x > hi after pre-processing, and ``input_count``, all inputs. NaN is not
            outside. Costs three passes over x (b m numbers); nothing if False.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Raises:
        ValueError: when called, with ``outside="error"``, for inputs outside the grid
            (RuntimeError in compiled and exported programs).

    Example:
        >>> BsplineExpansion(m=1, grid_range=(0.0, 1.0), t=2, d=1)(torch.tensor([[0.25]]))
        tensor([[0.5000, 0.5000, 0.0000]])
        >>> f = BsplineExpansion(m=2, outside="clamp", count_outside=True)
        >>> f(torch.tensor([[0.5, 1.5], [-2.0, 0.0]])).sum().item(), f.outside_share
        (4.0, 0.5)
    """

    formula = "kappa(x)[i K + k] = B_{k,d}(x_i) on uniform knots, K = t + d, D = m (t + d)"
    size_formula = "D = m (t + d)"
    source = "de Boor, A Practical Guide to Splines (1978); RPN, arXiv:2407.04819, section 5.1"
    domain = "grid_range; zero further than d steps outside"
    depends = (("differentiable", "not for d = 0"),)
    outside_count: Tensor
    input_count: Tensor

    def __init__(
        self,
        m: int,
        grid_range: tuple[float, float] = (-1, 1),
        t: int = 5,
        d: int = 3,
        outside: str = "zero",
        count_outside: bool = False,
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
        if not isinstance(count_outside, bool):
            raise ValueError(f"count_outside must be true or false, got {count_outside!r}.")
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.grid_range, self.t, self.d = (lo, hi), t, d
        self.outside = check_choice("outside", outside, OUTSIDE)
        self.count_outside = count_outside
        self.differentiable = d > 0  # splines of degree 0 are steps
        if count_outside:  # what was seen is no part of the function: not saved
            self.register_buffer("outside_count", torch.tensor(0), persistent=False)
            self.register_buffer("input_count", torch.tensor(0), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """The spline basis of every input: (b, m) -> (b, m (t + d))."""
        return bspline_basis(self.steps(x), self.t, self.d).flatten(1)

    def steps(self, x: Tensor) -> Tensor:
        """Pre-processed x in steps of the grid from lo; looks after inputs outside the grid."""
        lo, hi = self.grid_range
        if self.count_outside or self.outside == "error":
            self._look_outside(x.detach())
        # From lo, in whole steps: exact at the knots in every dtype.
        u = (x - lo) * (self.t / (hi - lo))
        if self.outside != "clamp":
            return u
        # Steps (d = 0) are half-open: hi itself is no longer in the last one.
        return u.clamp(0, self.t if self.d else self.t - 0.5)

    @property
    def outside_share(self) -> float:
        """The share of all inputs counted so far that was outside the grid; 0 for no input."""
        self._check_counting()
        return self.outside_count.item() / max(self.input_count.item(), 1)

    def reset_counts(self) -> None:
        """Begin to count anew."""
        self._check_counting()
        self.outside_count.zero_()
        self.input_count.zero_()

    def _check_counting(self) -> None:
        if not self.count_outside:
            raise ValueError("this expansion does not count: make it with count_outside=True.")

    def _look_outside(self, x: Tensor) -> None:
        lo, hi = self.grid_range
        outside = (x < lo) | (x > hi)
        if self.count_outside:
            self.outside_count.add_(outside.sum())
            self.input_count.add_(x.numel())
        if self.outside == "error":
            _refuse(x, outside, self.grid_range)


def _refuse(x: Tensor, outside: Tensor, grid_range: tuple[float, float]) -> None:
    """Raise an error if anything is outside."""
    told = f"outside of grid_range = {grid_range} of bspline_expansion"
    if torch.compiler.is_compiling():  # a program that is traced cannot depend on values
        torch._assert_async(~outside.any(), f"inputs {told}.")
    elif x.device.type != "meta" and outside.any():
        values = x[outside]
        raise ValueError(
            f"{values.numel()} of {x.numel()} inputs are {told}, from {values.min().item():.4g} to "
            f"{values.max().item():.4g}: widen grid_range, choose a pre-processing that bounds x "
            "(such as tanh), or set outside to zero or clamp."
        )
