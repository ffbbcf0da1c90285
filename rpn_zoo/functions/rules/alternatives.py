"""Which reconciliations would spare an expansion from being built."""

from __future__ import annotations

from rpn_zoo.functions.contraction import resolve, rules
from rpn_zoo.functions.reconciliation import LowRankReconciliation
from rpn_zoo.functions.registry import get
from rpn_zoo.functions.registry import list as names
from rpn_zoo.functions.rules.rows import structured
from rpn_zoo.functions.transformation import Transformation


def alternatives(expansion: Transformation) -> list[str]:
    """The names of the reconciliations with a rule that contracts an expansion without building it.

    Rules may ask more of the sizes than of the types: whether one applies to a concrete pair says
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
    own = [
        entry.reconciliation
        for entry in rules()
        if isinstance(core, entry.expansion) and entry.expansion is not Transformation
    ]
    kinds = (*own, LowRankReconciliation) if structured(core, rows=1) else tuple(own)
    return [name for name in names("reconciliation") if issubclass(get(name), kinds)]
