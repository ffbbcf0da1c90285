"""How many of each kind: the rule of ``width``, ``width_alloc`` and their configs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LARGEST = 1_000
"""More channels, heads or layers are refused: a short description must not outgrow the memory."""


def allocate(
    what: str, count: int | None, alloc: int | Sequence[int] | None, configs: Sequence[Any]
) -> list[int]:
    """How often each config is used, in order.

    Args:
        what: ``"width"`` (of heads in a layer) or ``"depth"`` (of layers in a network).
        count: how many there are together; None: as many as the others say.
        alloc: how many of each config; None: one of each, or as many as ``count`` of a single one.
        configs: the configs.

    Raises:
        ValueError: if the numbers do not fit together.

    Example:
        >>> allocate("width", 3, [1, 2], ["a", "b"]), allocate("depth", 3, None, ["a"])
        ([1, 2], [3])
    """
    if not configs:
        raise ValueError(f"{what}: there must be at least one config.")
    if count is not None and count < 1:
        raise ValueError(f"{what} must be at least 1, got {count}.")
    if alloc is None:
        if count is None or count == len(configs):
            counts = [1] * len(configs)
        elif len(configs) == 1:
            counts = [count]
        else:
            raise ValueError(
                f"{what} = {count} does not say how often each of {len(configs)} configs is used: "
                f"give {what}_alloc."
            )
    else:
        counts = [alloc] if isinstance(alloc, int) else list(alloc)
        if len(counts) != len(configs) or any(number < 0 for number in counts):
            raise ValueError(
                f"{what}_alloc must hold one number >= 0 for each of {len(configs)} configs, "
                f"got {alloc!r}."
            )
        if count is not None and sum(counts) != count:
            raise ValueError(f"{what}_alloc must add up to {what} = {count}, got {alloc!r}.")
    check_count(what, sum(counts))
    return counts


def check_count(name: str, value: int) -> int:
    """Return ``value`` if it is a number of channels, heads or layers, 1..:data:`LARGEST`.

    Raises:
        ValueError: if it is not.

    Example:
        >>> check_count("width", 3)
        3
    """
    if not 1 <= value <= LARGEST:
        raise ValueError(f"{name} must be in 1..{LARGEST}, got {value}.")
    return value
