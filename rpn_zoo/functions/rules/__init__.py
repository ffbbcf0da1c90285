"""The contraction rules, one file per kind of structure; importing them registers them."""

from rpn_zoo.functions.rules import kronecker, quadratic

__all__ = ["kronecker", "quadratic"]
