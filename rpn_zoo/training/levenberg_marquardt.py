"""The Levenberg-Marquardt method: least squares for networks with few parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn, optim

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.training.residuals import Residuals

Closure: TypeAlias = Callable[[], Residuals]

_TRIES = 12
_LEAST, _MOST = 1e-15, 1e15
_LEAST_SCALE = 1e-6


class LevenbergMarquardt(optim.Optimizer):
    r"""Minimise a sum of squared residuals, :math:`\sum_i r_i(w)^2`.

    A step solves the linearised problem with damping lambda,

    .. math:: (J^T J + \lambda D)\,\delta = -J^T r, \quad J = dr / dw,

    and is taken if it lowers the sum, after which lambda falls to a third; otherwise lambda grows
    fourfold and the step is tried again (12 times; then the parameters stay as they are). It uses
    curvature that gradient methods do not see: networks of a few hundred parameters fit smooth
    functions to many digits in some hundred steps. Use float64 and batches of all rows.

    Args:
        params: the parameters, all of one dtype.
        lr: the part of each step that is taken, in (0, 1].
        weight_decay: must be 0; the damping bounds the steps.
        damping: the first lambda, > 0.
        iterations: steps taken on each batch.
        scaled: whether D is the diagonal of :math:`J^T J` divided by its mean (at least 1e-6), so
            that parameters of different scale are damped alike, or the identity. Try both.

    Raises:
        ValueError: for a bad number.

    Example:
        >>> line, x = nn.Linear(1, 1).double(), torch.arange(4.0).double()[:, None]
        >>> method = LevenbergMarquardt(line.parameters(), damping=1e-9)
        >>> loss = method.step(lambda: Residuals(line, x, 2 * x - 1))
        >>> [round(p.item(), 6) for p in line.parameters()]
        [2.0, -1.0]

    Cost: the Jacobian, N by P, as N backward passes of one row at once, its product with itself,
    and a Cholesky factorisation of min(N, P) rows a try; memory N P numbers.

    Source: Marquardt, SIAM J. Appl. Math. 11(2), 1963.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float = 1.0,
        weight_decay: float = 0.0,
        damping: float = 1e-2,
        iterations: int = 1,
        scaled: bool = False,
    ) -> None:
        if not 0 < check_finite("lr", lr) <= 1:
            raise ValueError(f"lr must be in (0, 1], got {lr!r}.")
        if weight_decay != 0:
            raise ValueError(
                f"weight_decay must be 0 for levenberg_marquardt, got {weight_decay!r}."
            )
        if check_finite("damping", damping) <= 0:
            raise ValueError(f"damping must be > 0, got {damping!r}.")
        check_positive_int("iterations", iterations)
        if not isinstance(scaled, bool):
            raise ValueError(f"scaled must be true or false, got {scaled!r}.")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "damping": damping, "iterations": iterations,
            "scaled": scaled,
        }  # fmt: skip
        super().__init__([p for p in params if p.requires_grad], defaults)
        if len(self.param_groups) != 1:
            raise ValueError("params must be one group: a step moves all of them together.")

    @torch.no_grad()
    def step(self, closure: Closure) -> float:  # type: ignore[override]
        """Take the steps of one batch.

        Args:
            closure: gives the residuals of the batch as functions of the parameters.

        Returns:
            The mean squared residual before the first step.

        Raises:
            ValueError: the residuals are not finite.
        """
        with torch.enable_grad():
            problem = closure()
        group = self.param_groups[0]
        w = _flat(group["params"])
        r = problem.values()
        first = r.square().mean().item()
        if not math.isfinite(first):
            raise ValueError(
                f"the mean squared residual is {first}: levenberg_marquardt needs finite values."
            )
        for _ in range(group["iterations"]):
            found = self._iterate(group, problem, w, r)
            if found is None:
                break
            w, r = found
        return first

    def _iterate(
        self, group: dict[str, Any], problem: Residuals, w: Tensor, r: Tensor
    ) -> tuple[Tensor, Tensor] | None:
        """One accepted step: the new parameters, set, and residuals; None if none was found."""
        solver = _Solver(problem.jacobian(), r, group["scaled"])
        for _ in range(_TRIES):
            step = solver.solve(group["damping"])
            if step is not None:
                moved = w + group["lr"] * step
                _assign(group["params"], moved)
                residuals = problem.values()
                # Not finite compares as not less.
                if residuals.square().sum() < r.square().sum():
                    group["damping"] = max(group["damping"] / 3, _LEAST)
                    return moved, residuals
            group["damping"] = min(group["damping"] * 4, _MOST)
        _assign(group["params"], w)
        return None


class _Solver:
    """The normal equations of one Jacobian, for several dampings; by rows where these are fewer."""

    def __init__(self, jacobian: Tensor, r: Tensor, scaled: bool) -> None:
        self.root = jacobian.new_ones(jacobian.shape[1])
        if scaled:
            diagonal = jacobian.square().sum(0)
            mean = diagonal.mean().clamp_min(torch.finfo(jacobian.dtype).tiny)
            self.root = (diagonal / mean).clamp_min(_LEAST_SCALE).sqrt()
            jacobian = jacobian / self.root
        self.jacobian, self.r = jacobian, r
        self.by_rows = jacobian.shape[0] < jacobian.shape[1]
        self.gram = jacobian @ jacobian.T if self.by_rows else jacobian.T @ jacobian
        self.diagonal = self.gram.diagonal().clone()

    def solve(self, damping: float) -> Tensor | None:
        """The step, or None where the equations are singular in this precision."""
        self.gram.diagonal().copy_(self.diagonal + damping)
        factor, info = torch.linalg.cholesky_ex(self.gram)
        if info.item():
            return None
        if self.by_rows:  # by the matrix inversion lemma
            step = self.jacobian.T @ torch.cholesky_solve(self.r[:, None], factor)
        else:
            step = torch.cholesky_solve((self.jacobian.T @ self.r)[:, None], factor)
        return -step[:, 0] / self.root


def _flat(parameters: Iterable[Tensor]) -> Tensor:
    return torch.cat([p.detach().flatten() for p in parameters])


def _assign(parameters: Iterable[Tensor], flat: Tensor) -> None:
    start = 0
    for p in parameters:
        p.copy_(flat[start : start + p.numel()].view_as(p))
        start += p.numel()
