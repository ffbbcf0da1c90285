"""Heads, layers and networks: composition of component functions, no formulas."""

from rpn_zoo.nn.config import HeadConfig, LayerConfig, PositionsConfig, RPNConfig
from rpn_zoo.nn.head import Head
from rpn_zoo.nn.layer import Layer
from rpn_zoo.nn.reference import batch_dependent, predict_with_reference
from rpn_zoo.nn.rpn import RPN

__all__ = [
    "RPN",
    "Head",
    "HeadConfig",
    "Layer",
    "LayerConfig",
    "PositionsConfig",
    "RPNConfig",
    "batch_dependent",
    "predict_with_reference",
]
