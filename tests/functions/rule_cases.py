"""With what every contraction rule is tested, and how to use the rules at every size."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from rpn_zoo.functions import contraction
from rpn_zoo.functions.contraction import Condition, always
from rpn_zoo.functions.expansion import log_density
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.rules import rows
from rpn_zoo.functions.transformation import Transformation

KRONECKER = ["hm_reconciliation", "lphm_reconciliation", "dual_lphm_reconciliation"]
LOW_RANK = ["lorr_reconciliation", "random_matrix_adaption_reconciliation"]

Types = tuple[str, str]
"""The names of a rule's expansion class and reconciliation class."""


def products(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Where the rules for the powers of a row are defined: order 1 has nothing to spare."""
    return isinstance(expansion, PowersExpansion) and expansion.d > 1


def folds(expansion: Transformation, reconciliation: Reconciliation) -> bool:
    """Where the rules for folded expansions are defined: there are fewer features than columns."""
    return isinstance(expansion, FoldedExpansion) and expansion.folds


@dataclass(frozen=True)
class RuleCase:
    """What a rule is tested with.

    Attributes:
        expansions: registry keys.
        reconciliations: registry keys.
        defined: where the rule is right, whether or not it is faster than the dense way there.
        large: sizes (m, n) at which every pair goes by the rule.
        always: expansions that go by the rule at every size.
    """

    expansions: Sequence[str]
    reconciliations: Sequence[str]
    defined: Condition = always
    large: tuple[int, int] = (2000, 200)
    always: Sequence[str] = ()


OPTIONS: dict[str, dict[str, Any]] = {
    "bspline_expansion": {"t": 2, "d": 1},
    "ricker_wavelet_expansion": {"d": 2, "t": 2},
    "combinatorial_normal_expansion": {"d": 2},
    "extended_expansion": {
        "functions": [
            "taylor_expansion",
            {"name": "fourier_expansion", "postprocess_functions": "tanh"},
            {"name": "chebyshev_expansion", "preprocess_functions": "tanh"},
        ]
    },
    "nested_expansion": {"functions": ["identity_expansion", "taylor_expansion"]},
}
"""Options with which an expansion has something that a rule can spare, or is small."""

PLAIN = ["identity_expansion", "bspline_expansion"]
POWERS = ["taylor_expansion", "ricker_wavelet_expansion"]
COMBINATIONS = ["combinatorial_expansion", "combinatorial_normal_expansion"]
DENSITIES = ["normal_expansion", "laplace_expansion", "gamma_expansion", "exponential_expansion"]
FOLDED = [*COMBINATIONS, *DENSITIES]
COMPOSED = ["extended_expansion", "nested_expansion"]

RULE_CASES: dict[Types, RuleCase] = {
    ("Transformation", "KroneckerReconciliation"): RuleCase(PLAIN, KRONECKER),
    ("PowersExpansion", "KroneckerReconciliation"): RuleCase(
        POWERS, KRONECKER, products, large=(200, 20)
    ),
    ("FoldedExpansion", "KroneckerReconciliation"): RuleCase(
        FOLDED, KRONECKER, folds, large=(300, 20), always=COMBINATIONS
    ),
    ("BsplineExpansion", "IdentityReconciliation"): RuleCase(
        ["bspline_expansion"], ["identity_reconciliation"], large=(200, 20)
    ),
    ("Transformation", "IdentityReconciliation"): RuleCase(
        [*POWERS, *FOLDED, *COMPOSED],
        ["identity_reconciliation"],
        large=(300, 2),
        always=COMBINATIONS,
    ),
    ("Transformation", "MaskingReconciliation"): RuleCase(
        [*POWERS, *FOLDED, *COMPOSED],
        ["masking_reconciliation"],
        large=(300, 2),
        always=COMBINATIONS,
    ),
    ("Transformation", "LowRankReconciliation"): RuleCase(
        [*PLAIN, *POWERS, *FOLDED, *COMPOSED],
        LOW_RANK,
        large=(300, 200),
        always=COMBINATIONS,
    ),
    ("Transformation", "ConstantReconciliation"): RuleCase(
        [*PLAIN, "taylor_expansion"],
        ["constant_reconciliation", "zero_reconciliation", "one_reconciliation"],
    ),
    ("Transformation", "ConstantEyeReconciliation"): RuleCase(
        [*PLAIN, *POWERS, "combinatorial_expansion"],
        ["constant_eye_reconciliation"],
    ),
    ("Transformation", "DuplicatedPaddingReconciliation"): RuleCase(
        PLAIN, ["duplicated_padding_reconciliation"]
    ),
    ("PowersExpansion", "DuplicatedPaddingReconciliation"): RuleCase(
        POWERS, ["duplicated_padding_reconciliation"], products, large=(200, 20)
    ),
    ("FoldedExpansion", "DuplicatedPaddingReconciliation"): RuleCase(
        FOLDED, ["duplicated_padding_reconciliation"], folds, large=(300, 20), always=COMBINATIONS
    ),
    ("Transformation", "DuplicatedDiagonalPaddingReconciliation"): RuleCase(
        PLAIN, ["duplicated_diagonal_padding_reconciliation"]
    ),
    ("PowersExpansion", "DuplicatedDiagonalPaddingReconciliation"): RuleCase(
        POWERS, ["duplicated_diagonal_padding_reconciliation"], products, large=(200, 20)
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
    monkeypatch.setattr(rows, "NARROWEST_POWERS", 1)
    monkeypatch.setattr(rows, "POWERS_PER_FORM", 0)
    monkeypatch.setattr(log_density, "NARROWEST_FOLD", 1)


def use_no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the dense way always."""
    monkeypatch.setattr(contraction, "_rules", [])
