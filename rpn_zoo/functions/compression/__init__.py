"""Data compressions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.compression.cuboid_pooling import (
    CuboidMaxBasedGeometricCompression,
    CuboidMeanBasedGeometricCompression,
    CuboidMinBasedGeometricCompression,
)
from rpn_zoo.functions.compression.cylinder_pooling import (
    CylinderMaxBasedGeometricCompression,
    CylinderMeanBasedGeometricCompression,
    CylinderMinBasedGeometricCompression,
)
from rpn_zoo.functions.compression.geometric import (
    CuboidPatchBasedGeometricCompression,
    CylinderPatchBasedGeometricCompression,
    GeometricCompression,
    SpherePatchBasedGeometricCompression,
)
from rpn_zoo.functions.compression.metric import MetricCompression
from rpn_zoo.functions.compression.named_metrics import (
    MaxCompression,
    MeanCompression,
    MedianCompression,
    MinCompression,
    ProdCompression,
    SumCompression,
)
from rpn_zoo.functions.compression.sphere_pooling import (
    SphereMaxBasedGeometricCompression,
    SphereMeanBasedGeometricCompression,
    SphereMinBasedGeometricCompression,
)

__all__ = [
    "Compression",
    "CuboidMaxBasedGeometricCompression",
    "CuboidMeanBasedGeometricCompression",
    "CuboidMinBasedGeometricCompression",
    "CuboidPatchBasedGeometricCompression",
    "CylinderMaxBasedGeometricCompression",
    "CylinderMeanBasedGeometricCompression",
    "CylinderMinBasedGeometricCompression",
    "CylinderPatchBasedGeometricCompression",
    "GeometricCompression",
    "MaxCompression",
    "MeanCompression",
    "MedianCompression",
    "MetricCompression",
    "MinCompression",
    "ProdCompression",
    "SphereMaxBasedGeometricCompression",
    "SphereMeanBasedGeometricCompression",
    "SphereMinBasedGeometricCompression",
    "SpherePatchBasedGeometricCompression",
    "SumCompression",
]
