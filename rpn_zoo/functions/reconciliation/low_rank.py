"""The common part of the low-rank reconciliations (lorr, random matrix adaption): W = A B."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.reconciliation.base import Reconciliation


class LowRankReconciliation(Reconciliation):
    r"""W = A B of rank r. A product <k, W> is (k B^T) A^T and never needs W.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        r: rank, >= 1.
        l: number of parameters of one channel.
        channels: number of independent weight matrices.
    """

    def __init__(
        self,
        n: int,
        D: int,
        r: int,
        l: int,  # noqa: E741 - the literature's name
        channels: int,
    ) -> None:
        super().__init__(n, D, l, channels)
        self.r = check_positive_int("r", r)

    def factors(self) -> tuple[Tensor, Tensor]:
        """The factors A (channels, n, r) and B (channels, r, D), or B (1, r, D) if all share it."""
        raise NotImplementedError("a low-rank reconciliation must implement factors().")

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        A, B = self.factors()
        return A @ B

    def row_sums(self) -> Tensor:
        """The sums of the rows of W, (channels, n), as A (B 1)."""
        A, B = self.factors()
        return (A @ B.sum(-1, keepdim=True)).squeeze(-1)

    def combine(self, low: Tensor) -> Tensor:
        """The second step of <k, W>: (k B^T) A^T from low = k B^T.

        Args:
            low: (b, channels, r), or (b, 1, r) if all channels share B.

        Returns:
            (b, channels, n), by one matrix product a channel.
        """
        A, _ = self.factors()
        return (low.transpose(0, 1) @ A.mT).transpose(0, 1)
