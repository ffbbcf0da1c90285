"""A bound on what building a network allocates: too large an array is refused before it is made."""

from __future__ import annotations

import math
import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from rpn_zoo.functions.memory import MemoryBudgetError, current_budget


class AllocationLimit(TorchDispatchMode):
    """Within the block, all tensors that were made and still live must fit the memory budget.

    Arrays given by their size (``torch.empty``, ``randn`` ...) are refused before they are made;
    results of other operations, no larger than a few times their arguments, are counted after.
    Memory on the device ``meta`` does not count.

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
        super().__init__()  # type: ignore[no-untyped-call]
        self.limit = current_budget()
        self.live = 0
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Check an operation that makes an array of a given size, run it, count its results."""
        kwargs = kwargs or {}
        device = torch.device(kwargs.get("device") or "cpu")
        if device.type != "meta" and (size := _given_size(func, args)) is not None:
            dtype = kwargs.get("dtype") or torch.get_default_dtype()
            needed = math.prod(size) * dtype.itemsize
            if self.live + needed > self.limit:
                raise self._error(size, dtype, needed)
        result = func(*args, **kwargs)
        for tensor in tree_iter(result):
            if _takes_memory(tensor):
                self._count(tensor)
        return result

    def _count(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage in self._known:
            return
        self._known.add(storage)
        size = storage.nbytes()
        self.live += size
        weakref.finalize(storage, self._freed, size)
        if self.live > self.limit:
            raise self._error(tuple(tensor.shape), tensor.dtype, size)

    def _freed(self, size: int) -> None:
        self.live -= size

    def _error(self, shape: tuple[int, ...], dtype: torch.dtype, needed: int) -> MemoryBudgetError:
        others = f" beside {self.live:,} bytes before it" if self.live else ""
        kind = str(dtype).removeprefix("torch.")
        return MemoryBudgetError(
            f"an array of shape {shape} ({kind}) would take {needed:,} bytes{others}, more than the "
            f"memory budget of {self.limit:,} bytes. Check the widths and options; for wide "
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


def _takes_memory(value: Any) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and value.device.type != "meta"
    )
