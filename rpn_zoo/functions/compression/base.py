"""The base class of data compressions kappa: (b, m) -> (b, D)."""

from __future__ import annotations

from rpn_zoo.functions.transformation import Transformation


class Compression(Transformation):
    """A data compression: makes every row narrower, D <= m as a rule.

    Its arguments and methods are those of :class:`Transformation`; it stands in a head where an
    expansion may stand.
    """

    family = "compression"
