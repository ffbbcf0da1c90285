"""Fusions of channels and heads: K tensors (b, n_k) -> (b, n)."""

from rpn_zoo.functions.fusion.base import Fusion, input_dims
from rpn_zoo.functions.fusion.concatenation import ConcatenationFusion
from rpn_zoo.functions.fusion.mean import MeanFusion
from rpn_zoo.functions.fusion.summation import SummationFusion

__all__ = ["ConcatenationFusion", "Fusion", "MeanFusion", "SummationFusion", "input_dims"]
