"""Data interdependence functions: matrices A that mix attributes or instances."""

from rpn_zoo.functions.interdependence.base import Interdependence, make_interdependence

__all__ = ["Interdependence", "make_interdependence"]
