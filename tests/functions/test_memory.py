"""The memory budget: what would not fit is refused before anything is allocated."""

from __future__ import annotations

import pytest
import torch

from rpn_zoo import functions
from rpn_zoo.functions import MemoryBudgetError, memory_budget
from rpn_zoo.functions.memory import current_budget
from rpn_zoo.nn import Head, HeadConfig


def test_an_impossible_expansion_is_refused_at_once() -> None:
    f = functions.create("taylor_expansion", m=4000, d=3)  # 64 billion columns
    with pytest.raises(MemoryBudgetError, match="lorr_reconciliation") as found:
        f(torch.zeros(64, 4000))
    text = str(found.value)
    for part in ("taylor_expansion", "b = 64", "D = 64,016,004,000", "torch.float32", "budget of"):
        assert part in text
    assert isinstance(found.value, ValueError)
    assert isinstance(found.value, MemoryError)


def test_a_head_with_a_rule_needs_no_budget() -> None:
    config = HeadConfig(expansion="taylor_expansion", reconciliation="dual_lphm_reconciliation")
    head = Head(100, 64, config)
    with memory_budget(10_000):
        assert head(torch.rand(2, 100)).shape == (2, 64)
        with pytest.raises(MemoryBudgetError):
            head.expansion(torch.rand(2, 100))
    dense = Head(100, 64, HeadConfig(expansion="taylor_expansion"))
    with memory_budget(10_000), pytest.raises(MemoryBudgetError, match="expanded batch"):
        dense(torch.rand(2, 100))


def test_the_budget_is_that_of_the_block_the_environment_or_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RPN_ZOO_MEMORY_BUDGET", raising=False)
    default = current_budget()
    assert default > 2**24
    monkeypatch.setenv("RPN_ZOO_MEMORY_BUDGET", "12345")
    assert current_budget() == 12345
    with memory_budget(7):
        with memory_budget(9):
            assert current_budget() == 9
        assert current_budget() == 7
    assert current_budget() == 12345
    monkeypatch.setenv("RPN_ZOO_MEMORY_BUDGET", "2 GB")
    with pytest.raises(ValueError, match="RPN_ZOO_MEMORY_BUDGET must be a number of bytes"):
        current_budget()
    with pytest.raises(ValueError, match="size must be an integer >= 1"), memory_budget(0):
        pass


def test_meta_tensors_take_no_memory() -> None:
    f = functions.create("taylor_expansion", m=4000, d=2)
    with memory_budget(1):
        assert f(torch.zeros(9, 4000, device="meta")).shape == (9, 16_004_000)
