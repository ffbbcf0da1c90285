"""Heads, layers and networks: composition of component functions, no formulas."""

from rpn_zoo.nn.config import HeadConfig, LayerConfig, RPNConfig
from rpn_zoo.nn.head import Head
from rpn_zoo.nn.layer import Layer
from rpn_zoo.nn.rpn import RPN

__all__ = ["RPN", "Head", "HeadConfig", "Layer", "LayerConfig", "RPNConfig"]
