"""The base class of wide expansions that are linear in a few features."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.base import Expansion


class FoldedExpansion(Expansion):
    r"""An expansion :math:`\kappa(x) = f(x) F + c` of few features f(x) (b, M), M < D.

    F (M, D) and c (D) are fixed. Since :math:`\langle \kappa(x), w \rangle = \langle f(x), F w
    \rangle + \langle c, w \rangle`, a product with rows w never needs the wide data: the entries
    of w that meet the same feature are added first.

    Attributes:
        folds: whether that is faster than a product with the wide data.
    """

    folds: bool = True

    def features(self, x: Tensor) -> Tensor:
        """The features f(x) of pre-processed x: (b, m) -> (b, M)."""
        raise NotImplementedError(f"{type(self).__name__} must implement features(x).")

    def fold(self, W: Tensor) -> tuple[Tensor, Tensor | None]:
        """F w and <c, w> for rows w: (n, D) -> (n, M) and (n,), or None where c = 0."""
        raise NotImplementedError(f"{type(self).__name__} must implement fold(W).")
