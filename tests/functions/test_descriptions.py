"""Descriptions: complete, true for every example, and readable."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rpn_zoo import functions
from rpn_zoo.functions.component import CAPABILITIES
from tests.functions import size_formulas
from tests.functions.examples import EXAMPLES, Example

IN_WORDS = {
    "linear_expansion": "the width may be that of a given matrix",
    "linear_compression": "the width may be that of a given matrix",
    "extended_expansion": "the widths of other functions",
    "extended_compression": "the widths of other functions",
    "nested_expansion": "the width of another function",
    "nested_compression": "the width of another function",
    "parameterized_rpn_interdependence": "the parameters of another function",
    "hybrid_interdependence": "the parameters of other functions",
}
"""Size formulas that cannot be evaluated from sizes and options, and why."""


@pytest.mark.parametrize("name", functions.list())
def test_every_size_is_stated_and_evaluated(name: str) -> None:
    stated = functions.describe(name).size
    assert stated, "there is no size_formula"
    for example in (e for e in EXAMPLES if e.name == name):
        f = example.make()
        for statement in stated.split("; "):
            check_size(statement, f, example)


def check_size(statement: str, f: Any, example: Example) -> None:
    size, _, _ = statement.partition(" ")
    actual = size_formulas.actual(size, f)
    if statement == f"{size} as given":
        default = functions.registry.signature(type(f))[size].default
        assert actual == {**example.sizes, **example.options}.get(size, default)
        return
    found = size_formulas.values(statement, f)
    if example.name in IN_WORDS:
        assert not found or actual in found or example.options
    else:
        assert actual in found, (statement, actual, found)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("D = m (t + d)", 32),
        ("D = 2 m t, or something in words", 40),
        ("D = sum(m^p, p = 1..d)", 4 + 16 + 64),
        ("D = d x, x = m / 2", 6),
        ("D = sum(C(m, r), r = 1..d)", 4 + 6 + 4),
    ],
)
def test_formulas_are_read_as_they_are_written(formula: str, value: float) -> None:
    f = functions.create("bspline_expansion", m=4, t=5, d=3)
    assert size_formulas.values(formula, f) == [value]
    assert size_formulas.values("D = that of the last function", f) == []
    with pytest.raises(NameError, match="bspline_expansion: the size formula names zzz"):
        size_formulas.values("D = m zzz", f)


@pytest.mark.parametrize("name", functions.list())
def test_capabilities_are_those_of_the_instances(name: str) -> None:
    description = functions.describe(name)
    assert set(description.capabilities) == set(CAPABILITIES)
    assert set(description.depends) <= set(CAPABILITIES)
    for example in (e for e in EXAMPLES if e.name == name):
        f = example.make()
        for key, value in description.capabilities.items():
            assert getattr(f, key) == value or key in description.depends, (example.id, key)


@pytest.mark.parametrize("name", functions.list())
def test_descriptions_fit_a_terminal_and_hold_no_markup(name: str) -> None:
    description = functions.describe(name)
    text = str(description)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert not re.search(r":\w+:`|``|\\", text)
    flat = " ".join(text.split())
    for entry in (description.size, description.domain, description.source, description.formula):
        assert " ".join(entry.split()) in flat
    for negative in ("differentiable", "row_independent"):
        said = f"NOT {negative.replace('_', '-')}" in text
        assert said == (not description.capabilities[negative])
    assert all(f"    {a.name} (" in text for a in description.arguments)


def test_what_options_decide_is_said() -> None:
    assert "differentiable (not for d = 0)" in str(functions.describe("bspline_expansion"))
    harr = str(functions.describe("harr_wavelet_expansion"))
    assert "properties NOT differentiable; row-independent; exportable" in harr
    named = functions.describe("manifold_compression").properties()
    assert named == [
        "NOT differentiable, NOT row-independent: rows depend on each other, has frozen arrays, "
        "fitted to data, random, exportable (as the named function is)"
    ]
