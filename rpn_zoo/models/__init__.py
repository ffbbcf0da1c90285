"""Ready architectures: builders that return a plain RPN."""

from rpn_zoo.models.kan import kan
from rpn_zoo.models.mlp import mlp

__all__ = ["kan", "mlp"]
