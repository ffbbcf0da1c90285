"""How many bytes tensors hold at most while something runs, counted operation by operation."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter


class LiveBytes(TorchDispatchMode):
    """Counts the storage of all tensors that operations return, until it is freed.

    Forward and backward pass are seen, what was there before is not; nor are work arrays within
    an operation (FFTs and matrix products of the CPU libraries). On the device ``meta`` nothing is
    allocated, and what would be is counted.

    Attributes:
        now: bytes held at the moment.
        peak: the highest value of ``now``.

    Example:
        >>> x = torch.zeros(1000)
        >>> with LiveBytes() as record:
        ...     y = (x + 1) * 2
        >>> record.peak, record.now
        (8000, 4000)
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now = 0
        self.peak = 0
        self._known: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run an operation and count what it returns (not if it is a view of an argument)."""
        given = {_identity(t) for t in tree_iter((args, kwargs)) if _has_storage(t)}
        result = func(*args, **(kwargs or {}))
        for tensor in tree_iter(result):
            if _has_storage(tensor) and _identity(tensor) not in given:
                self.count(tensor)
        return result

    def count(self, tensor: torch.Tensor) -> None:
        """Count the storage of a tensor until it is freed, unless it is counted already."""
        storage = tensor.untyped_storage()
        if storage in self._known:
            return
        self._known.add(storage)
        size = storage.nbytes()
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._freed, size)

    def _freed(self, size: int) -> None:
        self.now -= size


def _has_storage(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.layout == torch.strided


def _identity(tensor: torch.Tensor) -> int:
    """What tells the storages of living tensors apart, also on the device ``meta``."""
    return tensor.untyped_storage()._cdata
