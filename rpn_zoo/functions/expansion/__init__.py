"""Data expansions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.bspline import BsplineExpansion
from rpn_zoo.functions.expansion.identity import IdentityExpansion
from rpn_zoo.functions.expansion.taylor import TaylorExpansion

__all__ = ["BsplineExpansion", "Expansion", "IdentityExpansion", "TaylorExpansion"]
