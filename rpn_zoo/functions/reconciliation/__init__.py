"""Parameter reconciliations psi: l parameters -> W (n, D)."""

from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.reconciliation.constant import ConstantReconciliation
from rpn_zoo.functions.reconciliation.constant_eye import ConstantEyeReconciliation
from rpn_zoo.functions.reconciliation.dual_lphm import DualLphmReconciliation
from rpn_zoo.functions.reconciliation.duplicated_diagonal_padding import (
    DuplicatedDiagonalPaddingReconciliation,
)
from rpn_zoo.functions.reconciliation.duplicated_padding import DuplicatedPaddingReconciliation
from rpn_zoo.functions.reconciliation.hm import HmReconciliation
from rpn_zoo.functions.reconciliation.hypernet import HypernetReconciliation
from rpn_zoo.functions.reconciliation.identity import IdentityReconciliation
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation
from rpn_zoo.functions.reconciliation.lorr import LorrReconciliation
from rpn_zoo.functions.reconciliation.low_rank import LowRankReconciliation
from rpn_zoo.functions.reconciliation.lphm import LphmReconciliation
from rpn_zoo.functions.reconciliation.masking import MaskingReconciliation
from rpn_zoo.functions.reconciliation.one import OneReconciliation
from rpn_zoo.functions.reconciliation.random_matrix_adaption import (
    RandomMatrixAdaptionReconciliation,
)
from rpn_zoo.functions.reconciliation.random_matrix_hypernet import (
    RandomMatrixHypernetReconciliation,
)
from rpn_zoo.functions.reconciliation.zero import ZeroReconciliation

__all__ = [
    "ConstantEyeReconciliation",
    "ConstantReconciliation",
    "DualLphmReconciliation",
    "DuplicatedDiagonalPaddingReconciliation",
    "DuplicatedPaddingReconciliation",
    "HmReconciliation",
    "HypernetReconciliation",
    "IdentityReconciliation",
    "KroneckerReconciliation",
    "LorrReconciliation",
    "LowRankReconciliation",
    "LphmReconciliation",
    "MaskingReconciliation",
    "OneReconciliation",
    "RandomMatrixAdaptionReconciliation",
    "RandomMatrixHypernetReconciliation",
    "Reconciliation",
    "ZeroReconciliation",
]
