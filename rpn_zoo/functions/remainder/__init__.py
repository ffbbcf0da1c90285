"""Remainders pi: (b, m) -> (b, n)."""

from rpn_zoo.functions.remainder.base import Remainder
from rpn_zoo.functions.remainder.identity import IdentityRemainder
from rpn_zoo.functions.remainder.linear import LinearRemainder
from rpn_zoo.functions.remainder.zero import ZeroRemainder

__all__ = ["IdentityRemainder", "LinearRemainder", "Remainder", "ZeroRemainder"]
