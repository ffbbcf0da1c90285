"""With what every contraction rule is tested, and how to use the rules at every size."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from rpn_zoo.functions import contraction
from rpn_zoo.functions.contraction import Condition, always
from rpn_zoo.functions.expansion import TaylorExpansion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.transformation import Transformation

KRONECKER = ["hm_reconciliation", "lphm_reconciliation", "dual_lphm_reconciliation"]
LOW_RANK = ["lorr_reconciliation", "random_matrix_adaption_reconciliation"]

Types = tuple[str, str]
"""The names of a rule's expansion class and reconciliation class."""


def second_order(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """The condition of the rules for Taylor expansions."""
    return isinstance(expansion, TaylorExpansion) and expansion.d == 2


@dataclass(frozen=True)
class RuleCase:
    """What a rule is tested with.

    Attributes:
        expansions: registry keys.
        reconciliations: registry keys.
        defined: where the rule is right, whether or not it is faster than the dense way there.
    """

    expansions: Sequence[str]
    reconciliations: Sequence[str]
    defined: Condition = always


RULE_CASES: dict[Types, RuleCase] = {
    ("Transformation", "KroneckerReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion"], KRONECKER
    ),
    ("TaylorExpansion", "KroneckerReconciliation"): RuleCase(
        ["taylor_expansion"], KRONECKER, second_order
    ),
    ("BsplineExpansion", "IdentityReconciliation"): RuleCase(
        ["bspline_expansion"], ["identity_reconciliation"]
    ),
    ("TaylorExpansion", "IdentityReconciliation"): RuleCase(
        ["taylor_expansion"], ["identity_reconciliation"], second_order
    ),
    ("TaylorExpansion", "LowRankReconciliation"): RuleCase(
        ["taylor_expansion"], LOW_RANK, second_order
    ),
    ("Transformation", "LowRankReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion"], LOW_RANK
    ),
    ("Transformation", "ConstantReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion", "taylor_expansion"],
        ["constant_reconciliation", "zero_reconciliation", "one_reconciliation"],
    ),
    ("Transformation", "ConstantEyeReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion", "taylor_expansion"],
        ["constant_eye_reconciliation"],
    ),
    ("Transformation", "DuplicatedPaddingReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion"], ["duplicated_padding_reconciliation"]
    ),
    ("TaylorExpansion", "DuplicatedPaddingReconciliation"): RuleCase(
        ["taylor_expansion"], ["duplicated_padding_reconciliation"], second_order
    ),
    ("Transformation", "DuplicatedDiagonalPaddingReconciliation"): RuleCase(
        ["identity_expansion", "bspline_expansion", "taylor_expansion"],
        ["duplicated_diagonal_padding_reconciliation"],
    ),
}
"""A rule registered without an entry here fails the suite (`test_contraction.py`)."""


def types_of(entry: contraction.Entry) -> Types:
    """The key of a rule in ``RULE_CASES``."""
    return entry.expansion.__name__, entry.reconciliation.__name__


def use_rules_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use each rule wherever it is defined, at sizes too where the dense way is as fast."""
    table = [
        dataclasses.replace(entry, condition=RULE_CASES[types_of(entry)].defined)
        for entry in contraction.rules()
        if types_of(entry) in RULE_CASES
    ]
    monkeypatch.setattr(contraction, "_rules", table)


def use_no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the dense way always."""
    monkeypatch.setattr(contraction, "_rules", [])
