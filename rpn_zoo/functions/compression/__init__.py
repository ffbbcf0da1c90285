"""Data compressions kappa: (b, m) -> (b, D)."""

from rpn_zoo.functions.compression.base import Compression
from rpn_zoo.functions.compression.combinatorial import (
    CombinatorialCompression,
    CombinatorialProbabilisticCompression,
)
from rpn_zoo.functions.compression.composition import ExtendedCompression, NestedCompression
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
from rpn_zoo.functions.compression.feature_clustering import (
    IncrementalFeatureClusteringBasedCompression,
)
from rpn_zoo.functions.compression.geometric import (
    CuboidPatchBasedGeometricCompression,
    CylinderPatchBasedGeometricCompression,
    GeometricCompression,
    SpherePatchBasedGeometricCompression,
)
from rpn_zoo.functions.compression.identity import IdentityCompression
from rpn_zoo.functions.compression.incremental_pca import IncrementalPCABasedCompression
from rpn_zoo.functions.compression.isomap import IsomapManifoldCompression
from rpn_zoo.functions.compression.linear import LinearCompression
from rpn_zoo.functions.compression.lle import LleManifoldCompression
from rpn_zoo.functions.compression.mds import MdsManifoldCompression
from rpn_zoo.functions.compression.metric import MetricCompression
from rpn_zoo.functions.compression.naive_positive import (
    NaiveChi2ProbabilisticCompression,
    NaiveExponentialProbabilisticCompression,
    NaiveGammaProbabilisticCompression,
    NaiveUniformProbabilisticCompression,
)
from rpn_zoo.functions.compression.naive_probabilistic import NaiveProbabilisticCompression
from rpn_zoo.functions.compression.naive_real import (
    NaiveCauchyProbabilisticCompression,
    NaiveLaplaceProbabilisticCompression,
    NaiveNormalProbabilisticCompression,
)
from rpn_zoo.functions.compression.named import (
    DimensionReductionCompression,
    FeatureSelectionCompression,
    ManifoldCompression,
)
from rpn_zoo.functions.compression.named_metrics import (
    MaxCompression,
    MeanCompression,
    MedianCompression,
    MinCompression,
    ProdCompression,
    SumCompression,
)
from rpn_zoo.functions.compression.random_projection import (
    IncrementalRandomProjectionBasedCompression,
)
from rpn_zoo.functions.compression.reciprocal import ReciprocalCompression
from rpn_zoo.functions.compression.spectral_embedding import SpectralEmbeddingManifoldCompression
from rpn_zoo.functions.compression.sphere_pooling import (
    SphereMaxBasedGeometricCompression,
    SphereMeanBasedGeometricCompression,
    SphereMinBasedGeometricCompression,
)
from rpn_zoo.functions.compression.tsne import TsneManifoldCompression
from rpn_zoo.functions.compression.variance_threshold import (
    IncrementalVarianceThresholdBasedCompression,
)

__all__ = [
    "CombinatorialCompression",
    "CombinatorialProbabilisticCompression",
    "Compression",
    "CuboidMaxBasedGeometricCompression",
    "CuboidMeanBasedGeometricCompression",
    "CuboidMinBasedGeometricCompression",
    "CuboidPatchBasedGeometricCompression",
    "CylinderMaxBasedGeometricCompression",
    "CylinderMeanBasedGeometricCompression",
    "CylinderMinBasedGeometricCompression",
    "CylinderPatchBasedGeometricCompression",
    "DimensionReductionCompression",
    "ExtendedCompression",
    "FeatureSelectionCompression",
    "GeometricCompression",
    "IdentityCompression",
    "IncrementalFeatureClusteringBasedCompression",
    "IncrementalPCABasedCompression",
    "IncrementalRandomProjectionBasedCompression",
    "IncrementalVarianceThresholdBasedCompression",
    "IsomapManifoldCompression",
    "LinearCompression",
    "LleManifoldCompression",
    "ManifoldCompression",
    "MaxCompression",
    "MdsManifoldCompression",
    "MeanCompression",
    "MedianCompression",
    "MetricCompression",
    "MinCompression",
    "NaiveCauchyProbabilisticCompression",
    "NaiveChi2ProbabilisticCompression",
    "NaiveExponentialProbabilisticCompression",
    "NaiveGammaProbabilisticCompression",
    "NaiveLaplaceProbabilisticCompression",
    "NaiveNormalProbabilisticCompression",
    "NaiveProbabilisticCompression",
    "NaiveUniformProbabilisticCompression",
    "NestedCompression",
    "ProdCompression",
    "ReciprocalCompression",
    "SpectralEmbeddingManifoldCompression",
    "SphereMaxBasedGeometricCompression",
    "SphereMeanBasedGeometricCompression",
    "SphereMinBasedGeometricCompression",
    "SpherePatchBasedGeometricCompression",
    "SumCompression",
    "TsneManifoldCompression",
]
