"""Watching how large the tensors are that a computation makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Sizes(TorchDispatchMode):
    """Remembers the largest number of entries of any tensor made (views of one number count 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, Tensor) and leaf.layout == torch.strided:
                entries = leaf.untyped_storage().nbytes() // leaf.element_size()
                self.numbers = max(self.numbers, min(entries, leaf.numel()))
        return made


@contextmanager
def largest() -> Iterator[Sizes]:
    """Watch the tensors that are made inside, those of backward passes too."""
    with Sizes() as sizes:
        yield sizes
