"""Whether there is room for what a run will write."""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import nn

FILES = 3
"""Checkpoints at a time: best, last, and the one that is being written."""
MOMENTS = 2
"""Numbers that an optimiser keeps for each parameter (Adam)."""


def checkpoint_bytes(module: nn.Module) -> int:
    """The size of a checkpoint: weights, buffers and the optimiser's state.

    Example:
        >>> checkpoint_bytes(nn.Linear(3, 2))
        96
    """
    parameters = sum(p.numel() * p.element_size() for p in module.parameters())
    buffers = sum(b.numel() * b.element_size() for b in module.buffers())
    return parameters * (1 + MOMENTS) + buffers


def check_disk_space(folder: Path, module: nn.Module) -> None:
    """Refuse to begin where the checkpoints of a module would not fit.

    Raises:
        OSError: naming the folder, what is free and what is needed.
    """
    needed, free = FILES * checkpoint_bytes(module), shutil.disk_usage(folder).free
    if needed > free:
        raise OSError(
            f"the run folder {folder} has {free / 1e6:,.0f} MB free, checkpoints need about "
            f"{needed / 1e6:,.0f} MB: choose another place with --run.root or --run.folder."
        )
