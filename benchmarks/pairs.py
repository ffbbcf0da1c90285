"""Pairs of an expansion and a reconciliation that a contraction rule covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rpn_zoo import functions
from rpn_zoo.functions.checks import DivisibilityError
from rpn_zoo.functions.contraction import Rule, chosen_rule, resolve, rules
from rpn_zoo.functions.expansion import PowersExpansion
from rpn_zoo.functions.expansion.log_density import LogDensityExpansion
from rpn_zoo.functions.expansion.wavelet import WaveletExpansion
from rpn_zoo.functions.reconciliation import (
    ConstantReconciliation,
    KroneckerReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.registry import signature
from rpn_zoo.functions.transformation import Transformation

WIDTHS = (24, 48, 200, 1000)
FINE_GRID = {"name": "bspline_expansion", "t": 30}
"""B-splines have a rule of their own on fine grids only."""
ROWS = 24
CHANNELS = 2


@dataclass(frozen=True)
class Pair:
    """A pair that :func:`rpn_zoo.functions.contract` evaluates by a rule.

    Attributes:
        label: expansion x reconciliation with what distinguishes it.
        rule: the rule's name.
        expansion: kappa.
        reconciliation: psi.
    """

    label: str
    rule: str
    expansion: Transformation
    reconciliation: Reconciliation


OPTIONS: dict[str, dict[str, Any]] = {
    "ricker_wavelet_expansion": {"d": 2},
    "combinatorial_normal_expansion": {"d": 2},
    "extended_expansion": {"functions": ["identity_expansion", "taylor_expansion"]},
    "nested_expansion": {"functions": ["identity_expansion", "taylor_expansion"]},
    "normal_expansion": {},
}
"""Options with which an expansion has something that a rule can spare."""


def rule_pairs() -> Iterator[Pair]:
    """Pairs with a rule, each rule at the smallest width of ``WIDTHS`` at which it applies.

    Reconciliations vary in layout and, for Taylor, in the number of columns q (which decides how
    the rule works); expansions with closed-form moments vary in LayerNorm.
    """
    for expansion in _expansions():
        for reconciliation in functions.list("reconciliation"):
            for post in (None, "layer_norm"):
                yield from _variants(expansion, reconciliation, post)


def _expansions() -> list[str]:
    """Those with a rule of their own, and two of the many that only general rules cover."""
    special = tuple(entry.expansion for entry in rules() if entry.expansion is not Transformation)
    own = {n for n in functions.list("expansion") if issubclass(functions.get(n), special)}
    # One of OPTIONS stands for all that are alike.
    alike = {
        n for n in own if issubclass(functions.get(n), (WaveletExpansion, LogDensityExpansion))
    }
    return sorted((own - alike) | {"identity_expansion", "bspline_expansion"} | set(OPTIONS))


def _variants(expansion: str, reconciliation: str, post: str | None) -> Iterator[Pair]:
    classes = functions.get(expansion), functions.get(reconciliation)
    possible = sum(
        issubclass(classes[0], e.expansion) and issubclass(classes[1], e.reconciliation)
        for e in rules()
    )
    if not possible:
        return  # before anything is made: a hypernet of the largest width fills the memory
    if post is not None and issubclass(functions.get(reconciliation), ConstantReconciliation):
        return  # the sum of normalised features is 0: only rounding errors to compare
    spec: dict[str, Any] = {"name": expansion, **OPTIONS.get(expansion, {})}
    if expansion == FINE_GRID["name"]:
        spec = {**FINE_GRID}
    if post is not None:
        spec["postprocess_functions"] = post
    found: set[Rule] = set()
    for m in WIDTHS:
        if len(found) == possible:
            return
        kappa = functions.create(spec, m=m)
        if post is not None and resolve(kappa).norm is None:
            return  # not folded: the rules are those of the identity
        try:
            plain = _reconciliation(reconciliation, kappa.D, {})
        except DivisibilityError:
            continue  # this width cannot be cut
        applies = chosen_rule(kappa, plain)
        if applies is None or applies in found:
            continue
        found.add(applies)
        for options in _options(kappa, plain):
            psi = _reconciliation(reconciliation, kappa.D, options)
            rule = chosen_rule(kappa, psi)
            if rule is None:
                continue
            details = [f"{k}={v}" for k, v in options.items()] + ([post] if post else [])
            label = f"{expansion} x {reconciliation}"
            label += f" ({', '.join(details)})" if details else ""
            yield Pair(label, getattr(rule, "__name__", repr(rule)), kappa, psi)


def _options(kappa: Transformation, plain: Reconciliation) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = [{}]
    if "layout" in signature(type(plain)):
        options.append({"layout": "flat"})
    if isinstance(plain, KroneckerReconciliation) and isinstance(kappa, PowersExpansion):
        options += [{"q": kappa.M // 2}, {"q": 2}]
    return options


def _reconciliation(name: str, D: int, options: dict[str, Any]) -> Reconciliation:
    psi: Reconciliation = functions.create(
        {"name": name, **options}, n=ROWS, D=D, channels=CHANNELS
    )
    return psi
