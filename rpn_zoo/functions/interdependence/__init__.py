"""Data interdependence functions: matrices A that mix attributes or instances."""

from rpn_zoo.functions.interdependence.base import (
    Interdependence,
)
from rpn_zoo.functions.interdependence.bilinear import (
    ParameterizedBilinearInterdependence,
)
from rpn_zoo.functions.interdependence.chain import (
    ChainInterdependence,
)
from rpn_zoo.functions.interdependence.constant import (
    ConstantInterdependence,
)
from rpn_zoo.functions.interdependence.constant_c import (
    ConstantCInterdependence,
)
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
from rpn_zoo.functions.interdependence.distance_kernels import (
    CanberraDistanceInterdependence,
    ChebyshevDistanceInterdependence,
    EuclideanDistanceInterdependence,
    ManhattanDistanceInterdependence,
    MinkowskiDistanceInterdependence,
)
from rpn_zoo.functions.interdependence.exponential_chain import (
    ExponentialApproxMultihopChainInterdependence,
)
from rpn_zoo.functions.interdependence.from_spec import (
    make_interdependence,
)
from rpn_zoo.functions.interdependence.geometric import (
    GeometricInterdependence,
)
from rpn_zoo.functions.interdependence.given_kernels import (
    CustomHybridKernelInterdependence,
    NumericalKernelBasedInterdependence,
    StatisticalKernelBasedInterdependence,
)
from rpn_zoo.functions.interdependence.graph import (
    GraphInterdependence,
)
from rpn_zoo.functions.interdependence.hybrid import (
    HybridInterdependence,
)
from rpn_zoo.functions.interdependence.identity import (
    IdentityInterdependence,
)
from rpn_zoo.functions.interdependence.inverse_chain import (
    InverseApproxMultihopChainInterdependence,
)
from rpn_zoo.functions.interdependence.kronecker_bilinear import (
    DualLphmParameterizedBilinearInterdependence,
    HmParameterizedBilinearInterdependence,
    LphmParameterizedBilinearInterdependence,
)
from rpn_zoo.functions.interdependence.kronecker_parameterized import (
    DualLphmParameterizedInterdependence,
    HmParameterizedInterdependence,
    LphmParameterizedInterdependence,
)
from rpn_zoo.functions.interdependence.lowrank_bilinear import (
    LowrankParameterizedBilinearInterdependence,
    RandomMatrixAdaptionParameterizedBilinearInterdependence,
)
from rpn_zoo.functions.interdependence.lowrank_parameterized import (
    LowrankParameterizedInterdependence,
    RandomMatrixAdaptionParameterizedInterdependence,
)
from rpn_zoo.functions.interdependence.multihop_chain import (
    MultihopChainInterdependence,
)
from rpn_zoo.functions.interdependence.multihop_graph import (
    MultihopGraphInterdependence,
)
from rpn_zoo.functions.interdependence.one import (
    OneInterdependence,
)
from rpn_zoo.functions.interdependence.pagerank import (
    PagerankMultihopGraphInterdependence,
)
from rpn_zoo.functions.interdependence.parameterized import (
    ParameterizedInterdependence,
)
from rpn_zoo.functions.interdependence.parameterized_rpn import (
    ParameterizedRpnInterdependence,
)
from rpn_zoo.functions.interdependence.product_kernels import (
    CosineSimilarityInterdependence,
    HyperbolicTangentKernelInterdependence,
    LinearKernelInterdependence,
    PolynomialKernelInterdependence,
)
from rpn_zoo.functions.interdependence.radial_kernels import (
    AnisotropicRbfKernelInterdependence,
    ExponentialKernelInterdependence,
    GaussianRbfKernelInterdependence,
    LaplacianKernelInterdependence,
)
from rpn_zoo.functions.interdependence.sphere_patches import (
    SpherePatchAggregationBasedGeometricInterdependence,
    SpherePatchBasedGeometricInterdependence,
    SpherePatchPaddingBasedGeometricInterdependence,
)
from rpn_zoo.functions.interdependence.statistical_kernels import (
    KlDivergenceInterdependence,
    MutualInformationInterdependence,
    PearsonCorrelationInterdependence,
    RvCoefficientInterdependence,
)
from rpn_zoo.functions.interdependence.zero import (
    ZeroInterdependence,
)

__all__ = [
    "AnisotropicRbfKernelInterdependence",
    "CanberraDistanceInterdependence",
    "ChainInterdependence",
    "ChebyshevDistanceInterdependence",
    "ConstantCInterdependence",
    "ConstantInterdependence",
    "CosineSimilarityInterdependence",
    "CuboidPatchAggregationBasedGeometricInterdependence",
    "CuboidPatchBasedGeometricInterdependence",
    "CuboidPatchPaddingBasedGeometricInterdependence",
    "CustomHybridKernelInterdependence",
    "CylinderPatchAggregationBasedGeometricInterdependence",
    "CylinderPatchBasedGeometricInterdependence",
    "CylinderPatchPaddingBasedGeometricInterdependence",
    "DualLphmParameterizedBilinearInterdependence",
    "DualLphmParameterizedInterdependence",
    "EuclideanDistanceInterdependence",
    "ExponentialApproxMultihopChainInterdependence",
    "ExponentialKernelInterdependence",
    "GaussianRbfKernelInterdependence",
    "GeometricInterdependence",
    "GraphInterdependence",
    "HmParameterizedBilinearInterdependence",
    "HmParameterizedInterdependence",
    "HybridInterdependence",
    "HyperbolicTangentKernelInterdependence",
    "IdentityInterdependence",
    "Interdependence",
    "InverseApproxMultihopChainInterdependence",
    "KlDivergenceInterdependence",
    "LaplacianKernelInterdependence",
    "LinearKernelInterdependence",
    "LowrankParameterizedBilinearInterdependence",
    "LowrankParameterizedInterdependence",
    "LphmParameterizedBilinearInterdependence",
    "LphmParameterizedInterdependence",
    "ManhattanDistanceInterdependence",
    "MinkowskiDistanceInterdependence",
    "MultihopChainInterdependence",
    "MultihopGraphInterdependence",
    "MutualInformationInterdependence",
    "NumericalKernelBasedInterdependence",
    "OneInterdependence",
    "PagerankMultihopGraphInterdependence",
    "ParameterizedBilinearInterdependence",
    "ParameterizedInterdependence",
    "ParameterizedRpnInterdependence",
    "PearsonCorrelationInterdependence",
    "PolynomialKernelInterdependence",
    "RandomMatrixAdaptionParameterizedBilinearInterdependence",
    "RandomMatrixAdaptionParameterizedInterdependence",
    "RvCoefficientInterdependence",
    "SpherePatchAggregationBasedGeometricInterdependence",
    "SpherePatchBasedGeometricInterdependence",
    "SpherePatchPaddingBasedGeometricInterdependence",
    "StatisticalKernelBasedInterdependence",
    "ZeroInterdependence",
    "make_interdependence",
]
