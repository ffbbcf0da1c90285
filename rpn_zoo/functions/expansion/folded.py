"""The base class of wide expansions that are linear in a few features."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.expansion.base import Expansion


class FoldedExpansion(Expansion):
    r"""An expansion :math:`\kappa(x) = f(x) F` of features f(x) (b, m) by a fixed matrix F (m, D).

    Since :math:`\langle \kappa(x), w \rangle = \langle f(x), F w \rangle`, a product with rows w
    never needs the wide data: the entries of w that meet the same feature are added first.
    """

    def features(self, x: Tensor) -> Tensor:
        """The features f(x) of pre-processed x: (b, m) -> (b, m)."""
        raise NotImplementedError(f"{type(self).__name__} must implement features(x).")

    def fold(self, W: Tensor) -> Tensor:
        """The rows F w: (..., D) -> (..., m)."""
        raise NotImplementedError(f"{type(self).__name__} must implement fold(W).")
