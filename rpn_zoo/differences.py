"""Where two nested structures of mappings, lists, tensors and plain values differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


class _Missing:
    """The value of a key that one of two mappings lacks: equal to nothing else, not even None."""

    def __repr__(self) -> str:
        return "not given"


_MISSING = _Missing()


@dataclass(frozen=True)
class Difference:
    """A place, such as ``layers[0].bias``, with the two values there."""

    place: str
    a: Any
    b: Any

    def __str__(self) -> str:
        """The difference in words, long values cut.

        Example:
            >>> str(Difference("lr", 0.1, 0.2))
            'lr was 0.1, here it is 0.2'
        """
        return f"{self.place} was {_cut(repr(self.a), 60)}, here it is {_cut(repr(self.b), 60)}"


def differences(
    a: Any, b: Any, place: str = "", ignore: Collection[str] = (), exact: bool = False
) -> Iterator[Difference]:
    """Every place where two structures differ, in the order of the first one.

    Lists and tuples are alike; a key that is missing differs from one that is None. Tensors are
    equal if dtype, shape and all bits are, on whatever device. Two NaNs are equal. The search is
    lazy: ``next(differences(a, b), None)`` ends at the first.

    Args:
        a: a structure.
        b: the other.
        place: where they are.
        ignore: keys that are not looked at, on every level.
        exact: whether values must be of one type too (1 and 1.0 differ), and keys in one order.

    Example:
        >>> a, b = {"lr": 0.1, "n": [1, 2]}, {"lr": 0.1, "n": [1, 3]}
        >>> [found.place for found in differences(a, b)]
        ['n[1]']
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if exact and a.keys() == b.keys() and list(a) != list(b):
            yield Difference(place, list(a), list(b))
        for key in {**a, **b}:
            if key not in ignore:
                name = _cut(str(key), 100)
                inner = f"{place}.{name}" if place else name
                pair = a.get(key, _MISSING), b.get(key, _MISSING)
                yield from differences(*pair, inner, ignore, exact)
    elif _is_list(a) and _is_list(b) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from differences(x, y, f"{place}[{number}]", ignore, exact)
    elif not _equal(a, b) or (exact and type(a) is not type(b) and not isinstance(a, Tensor)):
        yield Difference(place, a, b)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) or isinstance(b, Tensor):
        return isinstance(a, Tensor) and isinstance(b, Tensor) and _same_bits(a, b)
    return bool(a == b or (a != a and b != b))


def _same_bits(a: Tensor, b: Tensor) -> bool:
    a, b = a.detach().cpu(), b.detach().cpu()
    if (a.dtype, a.shape, a.layout) != (b.dtype, b.shape, b.layout):
        return False
    if a.layout != torch.strided or a.is_quantized:
        return torch.equal(a.to_dense(), b.to_dense())
    bits = [x.contiguous().reshape(-1).view(torch.uint8) for x in (a, b) if x.numel()]
    return not bits or torch.equal(*bits)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
