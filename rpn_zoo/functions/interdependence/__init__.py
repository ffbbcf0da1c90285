"""Data interdependence functions: matrices A that mix attributes or instances."""

from rpn_zoo.functions.interdependence.base import Interdependence, make_interdependence
from rpn_zoo.functions.interdependence.cuboid_patches import (
    CuboidPatchAggregationBasedGeometricInterdependence,
    CuboidPatchBasedGeometricInterdependence,
    CuboidPatchPaddingBasedGeometricInterdependence,
)
from rpn_zoo.functions.interdependence.cylinder_patches import (
    CylinderPatchAggregationBasedGeometricInterdependence,
    CylinderPatchBasedGeometricInterdependence,
    CylinderPatchPaddingBasedGeometricInterdependence,
)
from rpn_zoo.functions.interdependence.geometric import GeometricInterdependence
from rpn_zoo.functions.interdependence.sphere_patches import (
    SpherePatchAggregationBasedGeometricInterdependence,
    SpherePatchBasedGeometricInterdependence,
    SpherePatchPaddingBasedGeometricInterdependence,
)

__all__ = [
    "CuboidPatchAggregationBasedGeometricInterdependence",
    "CuboidPatchBasedGeometricInterdependence",
    "CuboidPatchPaddingBasedGeometricInterdependence",
    "CylinderPatchAggregationBasedGeometricInterdependence",
    "CylinderPatchBasedGeometricInterdependence",
    "CylinderPatchPaddingBasedGeometricInterdependence",
    "GeometricInterdependence",
    "Interdependence",
    "SpherePatchAggregationBasedGeometricInterdependence",
    "SpherePatchBasedGeometricInterdependence",
    "SpherePatchPaddingBasedGeometricInterdependence",
    "make_interdependence",
]
