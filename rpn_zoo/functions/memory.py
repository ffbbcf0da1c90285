"""A budget for wide arrays: what would not fit is said before anything is allocated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.machine import total_memory

VARIABLE = "RPN_ZOO_MEMORY_BUDGET"
SHARE = 0.5
"""The share of the memory that one array may take by default."""

_budget: ContextVar[int | None] = ContextVar("rpn_zoo_memory_budget", default=None)


class MemoryBudgetError(ValueError, MemoryError):
    """An expanded batch would be larger than the memory budget."""


@contextmanager
def memory_budget(size: int) -> Iterator[None]:
    """Set the largest size of an expanded batch within a ``with`` block (and its thread).

    Args:
        size: bytes, >= 1.

    Example:
        >>> from rpn_zoo import functions
        >>> kappa = functions.create("taylor_expansion", m=100)
        >>> with memory_budget(1000):
        ...     try:
        ...         kappa(torch.rand(2, 100))
        ...     except MemoryBudgetError as error:
        ...         print(str(error)[:63])
        taylor_expansion: an expanded batch (b = 2, D = 10,100, torch.f
    """
    token = _budget.set(check_positive_int("size", size))
    try:
        yield
    finally:
        _budget.reset(token)


def current_budget() -> int:
    """The budget in bytes: that of :func:`memory_budget`, of $RPN_ZOO_MEMORY_BUDGET, or a default.

    The default is half of the memory that the machine has, or that its control group allows.

    Raises:
        ValueError: if the environment variable is no positive integer.
    """
    size = _budget.get()
    if size is not None:
        return size
    text = os.environ.get(VARIABLE)
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise ValueError(f"${VARIABLE} must be a number of bytes, got {text!r}.")
        return int(text)
    return int(SHARE * total_memory())


def check_table(what: str, numbers: int, size: int = 8) -> None:
    """Raise an error if a table that follows from the options would exceed the budget.

    Args:
        what: what is tabulated, for the message.
        numbers: how many numbers it holds.
        size: bytes of each.

    Raises:
        MemoryBudgetError: naming both.
    """
    if numbers * size > current_budget():
        raise MemoryBudgetError(
            f"{what} would take {numbers * size:,} bytes, more than the memory budget of "
            f"{current_budget():,} bytes (rpn_zoo.functions.memory_budget, ${VARIABLE})."
        )


def check_budget(name: Callable[[], str], x: Tensor, width: int) -> None:
    """Raise an error if x expanded to ``width`` columns would exceed the budget.

    Args:
        name: gives the expansion's name, for the message.
        x: the batch (b, m).
        width: D.

    Raises:
        MemoryBudgetError: naming b, D, the dtype, the sizes, and what avoids the array.
    """
    # A traced program has no size, and the device "meta" takes no memory.
    if torch.compiler.is_compiling() or x.device.type == "meta":
        return
    rows = x.shape[0]
    size = rows * width * x.element_size()
    if size > current_budget():
        raise MemoryBudgetError(
            f"{name()}: an expanded batch (b = {rows}, D = {width:,}, {x.dtype}) would take "
            f"{size:,} bytes, more than the memory budget of {current_budget():,} bytes. In a head "
            "it is never built where a contraction rule applies: reconciliations of the Kronecker "
            "family (dual_lphm_reconciliation ...) and of low rank (lorr_reconciliation with a "
            "small r) for Taylor and wavelet expansions, any reconciliation for combinatorial "
            "ones. Otherwise use smaller batches, a smaller d, or a larger budget "
            f"(rpn_zoo.functions.memory_budget, ${VARIABLE})."
        )
