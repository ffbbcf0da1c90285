"""Data compressions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.compression.metric import MetricCompression
from rpn_zoo.functions.compression.named_metrics import (
    MaxCompression,
    MeanCompression,
    MedianCompression,
    MinCompression,
    ProdCompression,
    SumCompression,
)

__all__ = [
    "Compression",
    "MaxCompression",
    "MeanCompression",
    "MedianCompression",
    "MetricCompression",
    "MinCompression",
    "ProdCompression",
    "SumCompression",
]
