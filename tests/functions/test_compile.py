"""Heads with each component go through ``torch.export`` and ``torch.compile`` without a break."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo.functions import contraction
from rpn_zoo.functions.expansion.kron_powers import kron_powers
from rpn_zoo.functions.rules.taylor_rows import taylor_rows
from rpn_zoo.nn import Head, HeadConfig
from tests.functions.examples import Example, first_of_each
from tests.functions.rule_cases import use_rules_at_every_size

# Interdependences fix the batch or not, by mode: test_interdependence.py compiles them.
EXAMPLES = [
    example
    for example in first_of_each()
    if example.family != "interdependence" and example.make().exportable
]


@pytest.fixture(autouse=True)
def _fresh_compiler() -> Iterator[None]:
    torch.compiler.reset()
    yield
    torch.compiler.reset()


def head_with(example: Example) -> Head:
    """A small head with the component in its slot."""
    sizes = example.sizes
    if example.family in ("expansion", "compression"):
        head = Head(sizes["m"], 2, HeadConfig(expansion=example.spec))
        example.ready(head.expansion)
        return head
    if example.family == "reconciliation":
        channels = sizes.get("channels", 1)
        # With a bias, since some reconciliations have no parameter that a gradient could reach.
        config = HeadConfig(reconciliation=example.spec, channels=channels, bias=True)
        return Head(sizes["D"], sizes["n"], config)
    if example.family == "remainder":
        return Head(sizes["m"], sizes["n"], HeadConfig(remainder=example.spec, bias=True))
    if example.family == "fusion":
        config = HeadConfig(channel_fusion=example.spec, channels=len(sizes["dims"]))
        return Head(3, example.make().n, config)
    raise AssertionError(f"no head is known for the family {example.family}")


def data(m: int) -> Tensor:
    return torch.randn(4, m, generator=torch.Generator().manual_seed(0))


def assert_exports_and_compiles(head: Head) -> None:
    x = data(head.m)
    expected = head(x)
    batch = ({0: torch.export.Dim("batch")},)
    exported: Any = torch.export.export(head, (x,), dynamic_shapes=batch).module()
    torch.testing.assert_close(exported(x), expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(exported(x[:3]), expected[:3], rtol=1e-5, atol=1e-6)

    gradients = torch.autograd.grad(expected.square().sum(), list(head.parameters()))
    compiled = torch.compile(head, fullgraph=True, backend="aot_eager", dynamic=False)
    y = compiled(x)
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-6)
    compiled_gradients = torch.autograd.grad(y.square().sum(), list(head.parameters()))
    for actual, wanted in zip(compiled_gradients, gradients, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_every_component(example: Example) -> None:
    assert_exports_and_compiles(head_with(example))


@pytest.mark.parametrize(
    ("reconciliation", "options"),
    [
        ("dual_lphm_reconciliation", {"q": 6}),
        ("dual_lphm_reconciliation", {"q": 7}),
        ("lphm_reconciliation", {"q": 1, "layout": "flat"}),
        ("lorr_reconciliation", {}),
        ("identity_reconciliation", {}),
    ],
)
def test_every_kind_of_rule(
    monkeypatch: pytest.MonkeyPatch, reconciliation: str, options: dict[str, Any]
) -> None:
    use_rules_at_every_size(monkeypatch)
    config = HeadConfig(
        expansion={"name": "taylor_expansion", "postprocess_functions": "layer_norm"},
        reconciliation={"name": reconciliation, **options},
    )
    head = Head(6, 4, config)
    assert contraction.find_rule(head.expansion, head.reconciliation) is not None
    assert_exports_and_compiles(head)


def test_rows_of_several_sizes_in_one_process() -> None:
    # From the second size on the compiler tries symbolic sizes, which no plan can be made from.
    compiled = torch.compile(taylor_rows, fullgraph=True, backend="aot_eager")
    generator = torch.Generator().manual_seed(0)
    for b, m, q, d in [(3, 6, 7, 2), (4, 6, 14, 2), (2, 4, 4, 2), (3, 3, 13, 3), (3, 12, 2, 2)]:
        D = sum(m**p for p in range(1, d + 1))
        x = torch.randn(b, m, generator=generator, dtype=torch.float64)
        T = torch.randn(2, D // q, generator=generator, dtype=torch.float64)
        expected = torch.einsum("biv,fv->bfi", kron_powers(x, d).view(b, q, -1), T)
        torch.testing.assert_close(compiled(x, T, q, d), expected)
