"""A bound on what building a network allocates: too large an array is refused before it is made."""

from __future__ import annotations

import math
from typing import Any

import torch

from rpn_zoo.functions.live_bytes import LiveBytes
from rpn_zoo.functions.memory import MemoryBudgetError, current_budget


class AllocationLimit(LiveBytes):
    """Within the block, all tensors that were made and still live must fit the memory budget.

    Arrays given by their size (``torch.empty``, ``randn`` ...) are refused before they are made;
    results of other operations are counted after. Memory on the device ``meta`` does not count.

    Raises:
        MemoryBudgetError: naming the shape that did not fit.

    Example:
        >>> from rpn_zoo.functions import memory_budget
        >>> with memory_budget(1000), AllocationLimit():
        ...     try:
        ...         torch.empty(20, 50)
        ...     except MemoryBudgetError as error:
        ...         print(str(error)[:47])
        an array of shape (20, 50) (float32) would take
    """

    def __init__(self) -> None:
        super().__init__()
        self.limit = current_budget()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Check an operation that makes an array of a given size, run it, count its results."""
        given = kwargs or {}
        device = torch.device(given.get("device") or "cpu")
        if device.type != "meta" and (size := _given_size(func, args)) is not None:
            dtype = given.get("dtype") or torch.get_default_dtype()
            needed = math.prod(size) * dtype.itemsize
            if self.now + needed > self.limit:
                raise self._error(size, dtype, needed)
        return super().__torch_dispatch__(func, types, args, kwargs)

    def count(self, tensor: torch.Tensor) -> None:
        """Count the storage of a tensor that takes memory, and refuse what is too much."""
        if tensor.device.type == "meta":
            return
        super().count(tensor)
        if self.now > self.limit:
            size = tensor.untyped_storage().nbytes()
            raise self._error(tuple(tensor.shape), tensor.dtype, size)

    def _error(self, shape: tuple[int, ...], dtype: torch.dtype, needed: int) -> MemoryBudgetError:
        others = f" beside {self.now:,} bytes before it" if self.now else ""
        kind = str(dtype).removeprefix("torch.")
        return MemoryBudgetError(
            f"an array of shape {shape} ({kind}) would take {needed:,} bytes{others}, more than "
            f"the memory budget of {self.limit:,} bytes. Check the widths and options; for wide "
            "expansions, dual_lphm_reconciliation and lorr_reconciliation need few parameters. The "
            "budget is set by rpn_zoo.functions.memory_budget or $RPN_ZOO_MEMORY_BUDGET."
        )


def _given_size(func: Any, args: tuple[Any, ...]) -> tuple[int, ...] | None:
    """The size that an operation without tensor arguments was given, None for all others."""
    name = func.overloadpacket.__name__
    if name in ("arange", "linspace", "logspace", "eye", "randperm"):
        return _sequence_size(name, args)
    if args and isinstance(args[0], (list, tuple)) and all(type(n) is int for n in args[0]):
        return tuple(args[0])
    if name.startswith("new_") and len(args) > 1 and isinstance(args[1], (list, tuple)):
        return tuple(args[1])
    return None


def _sequence_size(name: str, args: tuple[Any, ...]) -> tuple[int, ...] | None:
    """The size of the result of ``arange`` and its like."""
    if not args or any(isinstance(a, bool) or not isinstance(a, (int, float)) for a in args):
        return None
    if name == "arange":
        start, end, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
        return (max(0, math.ceil((end - start) / step)),) if step else None
    if name in ("linspace", "logspace"):
        return (int(args[2]),)
    return (int(args[0]),) if name == "randperm" else (int(args[0]), int(args[-1]))
