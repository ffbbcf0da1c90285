"""Forms of order d against the powers themselves, in every order of contraction."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from rpn_zoo.functions.expansion.kron_powers import kron_powers
from rpn_zoo.functions.rules import power_forms
from rpn_zoo.functions.rules.power_forms import inner_order
from rpn_zoo.functions.rules.power_forms import power_forms as forms

ORDERS = [(d, c) for d in (2, 3, 4, 5) for c in range(1, d)]


def arguments(b: int, M: int, n: int, d: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    D = sum(M**p for p in range(1, d + 1))
    r = torch.randn(b, M, generator=generator, dtype=torch.float64)
    return r.requires_grad_(), torch.randn(
        n, D, generator=generator, dtype=r.dtype
    ).requires_grad_()


@pytest.mark.parametrize(("d", "c"), ORDERS)
@pytest.mark.parametrize(("b", "M", "n"), [(3, 4, 2), (1, 1, 1), (2, 3, 5), (0, 2, 3)])
def test_every_order_of_contraction(
    monkeypatch: pytest.MonkeyPatch, d: int, c: int, b: int, M: int, n: int
) -> None:
    monkeypatch.setattr(power_forms, "inner_order", lambda *_: c)
    r, W = arguments(b, M, n, d)
    results = []
    for z in (forms(r, W, d), kron_powers(r, d) @ W.T):
        results.append((z, *torch.autograd.grad(z.sin().sum(), (r, W))))
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(("d", "c"), [(2, 1), (3, 1), (3, 2)])
def test_derivatives(monkeypatch: pytest.MonkeyPatch, d: int, c: int) -> None:
    monkeypatch.setattr(power_forms, "inner_order", lambda *_: c)
    tensors = arguments(2, 2, 2, d)
    with torch.random.fork_rng():  # gradgradcheck draws its directions from the global state
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(lambda r, W: forms(r, W, d), tensors)
        assert torch.autograd.gradgradcheck(lambda r, W: forms(r, W, d), tensors, fast_mode=True)


def test_the_order_moves_the_fewest_numbers() -> None:
    for M, n, d in ((3, 2, 4), (10, 7, 3), (2, 50, 5)):
        best = min(M**c + n * M ** (d - c) for c in range(1, d))
        c = inner_order(M, n, d)
        assert M**c + n * M ** (d - c) == best
    assert inner_order(64, 10, 3) == inner_order(64, 10, 3, b=1000) == 2
    assert inner_order(64, 10, 3, b=1) == 1, "a copy of W for one row of data"
