"""Fusions of channels and heads: K tensors (b, n_k) -> (b, n)."""

from rpn_zoo.functions.fusion.average import AverageFusion
from rpn_zoo.functions.fusion.base import Fusion, fuses, input_dims, make_fusion
from rpn_zoo.functions.fusion.concatenation import ConcatenationFusion
from rpn_zoo.functions.fusion.dual_lphm_parameterized_concatenation import (
    DualLphmParameterizedConcatenationFusion,
)
from rpn_zoo.functions.fusion.entrywise import EntrywiseFusion
from rpn_zoo.functions.fusion.hm_parameterized_concatenation import (
    HmParameterizedConcatenationFusion,
)
from rpn_zoo.functions.fusion.l1_norm import L1NormFusion
from rpn_zoo.functions.fusion.l2_norm import L2NormFusion
from rpn_zoo.functions.fusion.lowrank_parameterized_concatenation import (
    LowrankParameterizedConcatenationFusion,
)
from rpn_zoo.functions.fusion.lphm_parameterized_concatenation import (
    LphmParameterizedConcatenationFusion,
)
from rpn_zoo.functions.fusion.max import MaxFusion
from rpn_zoo.functions.fusion.mean import MeanFusion
from rpn_zoo.functions.fusion.median import MedianFusion
from rpn_zoo.functions.fusion.metric import MetricFusion
from rpn_zoo.functions.fusion.min import MinFusion
from rpn_zoo.functions.fusion.parameterized_concatenation import (
    ParameterizedConcatenationFusion,
    ReconciledConcatenationFusion,
)
from rpn_zoo.functions.fusion.parameterized_weighted_summation import (
    ParameterizedWeightedSummationFusion,
)
from rpn_zoo.functions.fusion.prod import ProdFusion
from rpn_zoo.functions.fusion.random_matrix_adaption_parameterized_concatenation import (
    RandomMatrixAdaptionParameterizedConcatenationFusion,
)
from rpn_zoo.functions.fusion.sum import SumFusion
from rpn_zoo.functions.fusion.summation import SummationFusion
from rpn_zoo.functions.fusion.weighted_summation import WeightedSummationFusion

__all__ = [
    "AverageFusion",
    "ConcatenationFusion",
    "DualLphmParameterizedConcatenationFusion",
    "EntrywiseFusion",
    "Fusion",
    "HmParameterizedConcatenationFusion",
    "L1NormFusion",
    "L2NormFusion",
    "LowrankParameterizedConcatenationFusion",
    "LphmParameterizedConcatenationFusion",
    "MaxFusion",
    "MeanFusion",
    "MedianFusion",
    "MetricFusion",
    "MinFusion",
    "ParameterizedConcatenationFusion",
    "ParameterizedWeightedSummationFusion",
    "ProdFusion",
    "RandomMatrixAdaptionParameterizedConcatenationFusion",
    "ReconciledConcatenationFusion",
    "SumFusion",
    "SummationFusion",
    "WeightedSummationFusion",
    "fuses",
    "input_dims",
    "make_fusion",
]
