"""The counter of the bytes that tensors hold; it lives in the package."""

from rpn_zoo.functions.live_bytes import LiveBytes

__all__ = ["LiveBytes"]
