"""Which reconciliations would spare an expansion from being built."""

from __future__ import annotations

from rpn_zoo.functions.contraction import resolve, rules
from rpn_zoo.functions.reconciliation import (
    DuplicatedPaddingReconciliation,
    LowRankReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation
from rpn_zoo.functions.registry import get
from rpn_zoo.functions.registry import list as names
from rpn_zoo.functions.rules.rows import structured
from rpn_zoo.functions.transformation import Transformation


def alternatives(expansion: Transformation) -> list[str]:
    """The names of few-parameter reconciliations whose rule does not build an expansion.

    Those of low rank have rows as long as the expansion is wide; the Kronecker family has not.
    Whether a rule applies to a concrete pair, which also depends on the sizes, says
    :func:`rpn_zoo.functions.contraction.chosen_rule`.

    Args:
        expansion: kappa.

    Example:
        >>> from rpn_zoo import functions
        >>> alternatives(functions.create("taylor_expansion", m=100))[0]
        'dual_lphm_reconciliation'
        >>> alternatives(functions.create("fourier_expansion", m=100))
        []
    """
    core = resolve(expansion).core
    kinds: list[type[Reconciliation]] = []
    if any(
        entry.reconciliation is KroneckerReconciliation
        and isinstance(core, entry.expansion)
        and entry.expansion is not Transformation  # that rule builds the expansion
        for entry in rules()
    ):
        kinds.append(KroneckerReconciliation)
    if structured(core, rows=1):
        kinds.append(LowRankReconciliation)
    return [
        name
        for name in names("reconciliation")
        if issubclass(get(name), tuple(kinds))
        and not issubclass(get(name), DuplicatedPaddingReconciliation)  # not few parameters
    ]
