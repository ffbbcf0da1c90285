"""The ways a head can contract: by the rule table, densely, or by a rule at every size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from torch import Tensor

from rpn_zoo.functions import contraction
from rpn_zoo.functions.expansion import log_density
from rpn_zoo.functions.fusion import Fusion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.rules import rows
from rpn_zoo.functions.transformation import Transformation
from rpn_zoo.nn import channels


@contextmanager
def dense_contraction() -> Iterator[None]:
    """Every head builds kappa(x) and W and multiplies, as long as this is entered."""
    with (
        mock.patch.object(channels, "contract", contraction.contract_dense),
        mock.patch.object(channels, "contract_fused", _fused_after),
    ):
        yield


def _fused_after(
    expansion: Transformation, reconciliation: Reconciliation, fusion: Fusion | None, x: Tensor
) -> Tensor:
    z = contraction.contract_dense(expansion, reconciliation, x)
    return z.squeeze(1) if fusion is None else fusion(z.unbind(1))


@contextmanager
def rules_at_every_size() -> Iterator[None]:
    """Rules apply where their condition chooses the dense way, too.

    Only for pairs for which the rule is defined: every condition is lifted, not those on size only.
    """
    given = contraction.rules()
    lifted = [dataclasses.replace(entry, condition=contraction.always) for entry in given]
    with (
        mock.patch.object(contraction, "_rules", lifted),
        mock.patch.object(rows, "NARROWEST_POWERS", 1),
        mock.patch.object(rows, "POWERS_PER_FORM", 0),
        mock.patch.object(log_density, "NARROWEST_FOLD", 1),
    ):
        yield
