"""How much memory this process may use: the machine's, or what its control group allows."""

from __future__ import annotations

import functools
import os
from pathlib import Path

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")
UNKNOWN = 2**63
"""Stands for the size where the system does not tell it."""


@functools.cache  # asked for at every wide expansion; it does not change
def total_memory() -> int:
    """The memory that this process could have at most, in bytes.

    That of the machine, or the limit of its control group (containers, batch systems) where that
    is smaller.
    """
    return min(_physical(), *(limit for limit, _ in _groups()), UNKNOWN)


def available_memory() -> int:
    """The memory that this process could still take, in bytes: less what is in use by now.

    File caches, which the system gives back when they are needed, count as available.
    """
    free = _meminfo().get("MemAvailable", _physical())
    return max(0, min(free, *(limit - used for limit, used in _groups()), UNKNOWN))


def _physical() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN


def _meminfo() -> dict[str, int]:
    """The fields of /proc/meminfo in bytes; empty where there is none."""
    try:
        lines = (PROC / "meminfo").read_text().splitlines()
        return {name: int(rest.split()[0]) * 1024 for name, rest in (x.split(":") for x in lines)}
    except (OSError, ValueError, IndexError):
        return {}


def _groups() -> list[tuple[int, int]]:
    """Limit and use of the process's control group and all above it, where they have a limit."""
    try:
        lines = (PROC / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers not in ("", "memory") and "memory" not in controllers.split(","):
            continue
        top = CGROUP / "memory" if controllers else CGROUP
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else (
            "memory.max", "memory.current")  # fmt: skip
        folder = top / path.lstrip("/")
        for group in (folder, *folder.parents):
            limit, used = (_number(group / name) for name in names)
            if limit is not None and limit < UNKNOWN // 2:
                found.append((limit, (used or 0) - _reclaimable(group)))
            if group == top:
                break
    return found


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())  # "max" where there is no limit
    except (OSError, ValueError):
        return None


def _reclaimable(group: Path) -> int:
    """The file cache that a control group is charged with."""
    try:
        fields = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return int(fields.get("inactive_file", fields.get("total_inactive_file", 0)))
    except (OSError, ValueError):
        return 0
