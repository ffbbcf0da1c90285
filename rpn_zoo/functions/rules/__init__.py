"""The contraction rules, one file per kind of structure; importing them registers them."""

from rpn_zoo.functions.rules import bspline, constants, kronecker, low_rank, padding, quadratic

__all__ = ["bspline", "constants", "kronecker", "low_rank", "padding", "quadratic"]
