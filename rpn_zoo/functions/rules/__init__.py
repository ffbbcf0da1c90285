"""The contraction rules, one file per kind of structure; importing them registers them."""

from rpn_zoo.functions.rules import (
    bspline,
    constants,
    folded,
    kronecker,
    low_rank,
    padding,
    rows,
)

__all__ = ["bspline", "constants", "folded", "kronecker", "low_rank", "padding", "rows"]
