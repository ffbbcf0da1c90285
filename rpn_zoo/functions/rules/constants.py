"""Reconciliations without parameters: sums and leading features instead of a product."""

from __future__ import annotations

from torch import Tensor, nn

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.reconciliation import (
    ConstantEyeReconciliation,
    ConstantReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.transformation import Transformation


@register_rule(Transformation, ConstantReconciliation)
def any_constant(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The sum of kappa(x), times c: b D additions, and none where it has a closed form."""
    assert isinstance(reconciliation, ConstantReconciliation)
    if expansion.closed_form_moments:
        total = expansion.moments(x)[0] * expansion.D
    else:
        total = expansion.expanded(x).sum(-1, keepdim=True)
    z = (total * reconciliation.value).unsqueeze(-1)
    return z.expand(-1, reconciliation.channels, reconciliation.n)


@register_rule(Transformation, ConstantEyeReconciliation)
def any_constant_eye(
    expansion: Transformation, reconciliation: Reconciliation, x: Tensor
) -> Tensor:
    """The first n entries of kappa(x), with zeros after them if D < n: no products."""
    n, D = reconciliation.n, reconciliation.D
    z = nn.functional.pad(expansion.expanded(x)[:, :n], (0, max(n - D, 0)))
    return z.unsqueeze(1).expand(-1, reconciliation.channels, -1)
