"""The base class of data expansions kappa: (b, m) -> (b, D)."""

from __future__ import annotations

from rpn_zoo.functions.transformation import Transformation


class Expansion(Transformation):
    """A data expansion: makes every row wider (or keeps its width), D >= m as a rule.

    Its arguments and methods are those of :class:`Transformation`.
    """

    family = "expansion"
