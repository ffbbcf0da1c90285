"""Linear least squares and ridge regression from batches of rows, by orthogonal factorisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int


@dataclass(frozen=True, eq=False)
class Solution:
    """The minimum of a least-squares problem.

    Args:
        coefficients: float64, (p, t).
        alpha: the penalty that was used.
        mse: mean squared residual over rows and targets, without the penalty.
        gcv: the criterion of generalised cross-validation, in squared units of the target.
        rank: numerical rank of the features.
        condition: ratio of their largest to their least singular value within that rank.
    """

    coefficients: Tensor
    alpha: float
    mse: float
    gcv: float
    rank: int
    condition: float


class LeastSquares:
    r"""Minimise :math:`||Y - X B||^2 + \alpha ||B||^2` over batches of the N rows of X and Y.

    Only the triangular factor R of [X Y] is kept, in float64: each new block of rows is factorised
    together with it (a sequential TSQR). No normal equations are formed, so the condition number is
    that of X and not its square. The first ``free`` columns of X are not penalised.

    Args:
        features: number p of columns of X.
        targets: number t of columns of Y.
        free: number of leading columns without penalty (a bias), which must be independent.

    Raises:
        ValueError: a size is not allowed.

    Example:
        >>> x = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
        >>> problem = LeastSquares(features=2, targets=1)
        >>> problem.update(x, torch.tensor([[1.0], [3.0], [5.0]]))
        >>> problem.solve(0.0).coefficients.round(decimals=6)
        tensor([[1.],
                [2.]], dtype=torch.float64)

    Cost: O(N (p + t)^2) for the factorisation, O(p^3) for solving, (p + t)^2 numbers of memory
    besides a block of at least as many rows.

    Source: J. Demmel et al., "Communication-optimal parallel and sequential QR and LU
    factorizations", SIAM J. Sci. Comput. 34(1), 2012; G. Golub, M. Heath, G. Wahba, "Generalized
    cross-validation as a method for choosing a good ridge parameter", Technometrics 21(2), 1979.
    """

    def __init__(self, features: int, targets: int, free: int = 0) -> None:
        self.p = check_positive_int("features", features)
        self.t = check_positive_int("targets", targets)
        self.free = check_positive_int("free", free, minimum=0)
        if free > features:
            raise ValueError(f"free must be at most features = {features}, got {free}.")
        self.rows = 0
        self._r = torch.empty(0, self.p + self.t, dtype=torch.float64)
        self._blocks: list[Tensor] = []
        self._waiting = 0

    def update(self, x: Tensor, y: Tensor) -> None:
        """Take in some rows.

        Args:
            x: (b, p), finite.
            y: (b, t), finite.

        Raises:
            ValueError: other shapes, or values that are not finite.
        """
        if x.dim() != 2 or x.shape[1] != self.p or y.shape != (len(x), self.t):
            raise ValueError(
                f"x and y must have shapes (b, {self.p}) and (b, {self.t}), got {tuple(x.shape)} "
                f"and {tuple(y.shape)}."
            )
        block = torch.cat([x.to(self._r), y.to(self._r)], dim=1)
        for name, part in (("features", block[:, : self.p]), ("targets", block[:, self.p :])):
            if not bool(part.isfinite().all()):
                raise ValueError(f"the {name} of a least-squares problem must be finite.")
        self.rows += len(block)
        self._blocks.append(block)
        self._waiting += len(block)
        # Small blocks wait for each other: a factorisation costs as much for few rows as for p.
        if self._waiting >= self.p + self.t:
            self._factorise()

    def _factorise(self) -> None:
        if self._blocks:
            stacked = torch.cat([self._r, *self._blocks])
            self._r = torch.linalg.qr(stacked, mode="r").R
            self._blocks, self._waiting = [], 0

    def solve(self, alpha: float | Sequence[float], scaled: bool = False) -> Solution:
        """The minimum; of several penalties the one with the least GCV criterion.

        Args:
            alpha: the penalty, >= 0, or several to choose from. 0 is plain least squares; where
                the features are dependent, the solution of least norm.
            scaled: whether the penalty is on coefficients of columns scaled to standard
                deviation 1 (root mean square 1 if no column is free).

        Raises:
            ValueError: there are no rows, or a penalty is below 0.
        """
        alphas = [float(a) for a in (alpha if isinstance(alpha, Sequence) else [alpha])]
        if not alphas or min(alphas) < 0:
            raise ValueError(f"alpha must be one or more numbers >= 0, got {alpha!r}.")
        if not self.rows:
            raise ValueError("a least-squares problem needs rows, got none.")
        self._factorise()
        free = self._independent_free()
        a, b = self._r[free:, free : self.p], self._r[free:, self.p :]
        scale = a.square().sum(0).div(self.rows).sqrt()
        tiny = torch.finfo(a.dtype).eps * max(self.rows, self.p)
        whole = self._r[:, free : self.p].square().sum(0).div(self.rows).sqrt()
        # A column that is constant up to rounding stays as it is, and with it out of the solution.
        usable = scaled and scale > tiny * whole
        divisor = torch.where(torch.as_tensor(usable), scale, 1.0)
        u, s, vt = torch.linalg.svd(a / divisor, full_matrices=False)
        largest = float(s[0]) if len(s) else 0.0
        kept = s > tiny * largest
        u, s, vt = u[:, kept], s[kept], vt[kept]
        projected = u.mT @ b
        outside = float((b - u @ projected).square().sum())
        best: tuple[float, float, float] | None = None
        for candidate in alphas:
            shrink = candidate / (s.square() + candidate)
            rss = outside + float((shrink[:, None] * projected).square().sum())
            left = self.rows - free - float((1 - shrink).sum())
            gcv = self.rows * rss / left**2 / self.t if left > 1e-9 * self.rows else float("inf")
            if best is None or gcv < best[0]:
                best = gcv, candidate, rss
        assert best is not None
        gcv, chosen, rss = best
        penalised = vt.mT @ ((s / (s.square() + chosen))[:, None] * projected) / divisor[:, None]
        leading = torch.linalg.solve_triangular(
            self._r[:free, :free],
            self._r[:free, self.p :] - self._r[:free, free : self.p] @ penalised,
            upper=True,
        )
        return Solution(
            coefficients=torch.cat([leading, penalised]),
            alpha=chosen,
            mse=rss / self.rows / self.t,
            gcv=gcv,
            rank=free + len(s),
            condition=largest / float(s[-1]) if len(s) else 1.0,
        )

    def _independent_free(self) -> int:
        """The number of free columns, 0 if they are dependent (they are then penalised)."""
        if len(self._r) < self.free:
            return 0
        diagonal = self._r.diagonal()[: self.free].abs()
        if self.free and float(diagonal.min()) <= 1e-12 * float(diagonal.max()):
            return 0
        return self.free
