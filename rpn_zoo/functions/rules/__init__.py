"""The contraction rules, one file per kind of structure; importing them registers them."""

from rpn_zoo.functions.rules import (
    bspline,
    combinatorial,
    constants,
    kronecker,
    low_rank,
    padding,
    rows,
)

__all__ = ["bspline", "combinatorial", "constants", "kronecker", "low_rank", "padding", "rows"]
