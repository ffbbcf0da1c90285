"""Data compressions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.compression.base import Compression

__all__ = ["Compression"]
