"""Transformations that serve both as an expansion and as a compression: what they share.

The registered classes stand in the folders of their families and add only a name.
"""

from rpn_zoo.functions.basic.composition import Extended, Nested
from rpn_zoo.functions.basic.identity import Identity
from rpn_zoo.functions.basic.linear import Fixed, Linear
from rpn_zoo.functions.basic.reciprocal import Reciprocal

__all__ = ["Extended", "Fixed", "Identity", "Linear", "Nested", "Reciprocal"]
