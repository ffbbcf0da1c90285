"""Parameter reconciliations psi: l parameters -> W (n, D)."""

from rpn_zoo.functions.reconciliation.base import Reconciliation
from rpn_zoo.functions.reconciliation.dual_lphm import DualLphmReconciliation
from rpn_zoo.functions.reconciliation.hm import HmReconciliation
from rpn_zoo.functions.reconciliation.identity import IdentityReconciliation
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation
from rpn_zoo.functions.reconciliation.lorr import LorrReconciliation
from rpn_zoo.functions.reconciliation.lphm import LphmReconciliation

__all__ = [
    "DualLphmReconciliation",
    "HmReconciliation",
    "IdentityReconciliation",
    "KroneckerReconciliation",
    "LorrReconciliation",
    "LphmReconciliation",
    "Reconciliation",
]
