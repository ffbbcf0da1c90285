"""Remainders pi: (b, m) -> (b, n)."""

from rpn_zoo.functions.remainder.base import Remainder
from rpn_zoo.functions.remainder.constant import ConstantRemainder
from rpn_zoo.functions.remainder.identity import IdentityRemainder
from rpn_zoo.functions.remainder.linear import LinearRemainder
from rpn_zoo.functions.remainder.one import OneRemainder
from rpn_zoo.functions.remainder.zero import ZeroRemainder

__all__ = [
    "ConstantRemainder",
    "IdentityRemainder",
    "LinearRemainder",
    "OneRemainder",
    "Remainder",
    "ZeroRemainder",
]
