"""Grids, patches and packings: pure integer arithmetic, and reading patches off a batch."""

from rpn_zoo.functions.geometry.grid import Grid
from rpn_zoo.functions.geometry.patch import (
    Cuboid,
    Cylinder,
    Patch,
    Sphere,
    make_patch,
    oversized_patches,
)
from rpn_zoo.functions.geometry.patches import Patches

__all__ = [
    "Cuboid",
    "Cylinder",
    "Grid",
    "Patch",
    "Patches",
    "Sphere",
    "make_patch",
    "oversized_patches",
]
