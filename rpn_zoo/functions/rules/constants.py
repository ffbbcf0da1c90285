"""Reconciliations without parameters: sums and leading features instead of a product."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import Tensor, nn

from rpn_zoo.functions.contraction import register_rule
from rpn_zoo.functions.expansion import CombinatorialExpansion
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.reconciliation import (
    ConstantEyeReconciliation,
    ConstantReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.transformation import Transformation


@register_rule(Transformation, ConstantReconciliation)
def any_constant(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
    """The sum of kappa(x), times c: b D additions, and few where it has a closed form.

    Otherwise kappa(x) is built: b D numbers, more than twice the arguments of a wide expansion.
    """
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
    """The first n entries of kappa(x), with zeros after them if D < n: no products.

    Of the powers of a row and of combinations only these are made, of other expansions all: b D
    numbers, more than twice the arguments of a wide expansion.
    """
    n, D = reconciliation.n, reconciliation.D
    z = nn.functional.pad(leading(expansion, min(n, D), x), (0, max(n - D, 0)))
    return z.unsqueeze(1).expand(-1, reconciliation.channels, -1)


@singledispatch
def leading(expansion: Transformation, n: int, x: Tensor) -> Tensor:
    """The first n <= D entries of the bare expansion of pre-processed x: (b, n)."""
    return expansion.expanded(x)[:, :n]


@leading.register
def _powers(expansion: PowersExpansion, n: int, x: Tensor) -> Tensor:
    """The last power is made as far as it is needed."""
    row = expansion.row(x)
    powers, width = [row], expansion.M
    while width < n:
        last = powers[-1][:, : -(-(n - width) // expansion.M)]
        powers.append((last.unsqueeze(-1) * row.unsqueeze(-2)).flatten(1))
        width += powers[-1].shape[1]
    return torch.cat(powers, dim=-1)[:, :n]


@leading.register
def _combinations(expansion: CombinatorialExpansion, n: int, x: Tensor) -> Tensor:
    return x.index_select(1, expansion.index[:n])
