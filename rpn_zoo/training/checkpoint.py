"""Reading a checkpoint file before anything is built on it."""

from __future__ import annotations

from pathlib import Path

import torch


def check_checkpoint(path: Path) -> None:
    """Refuse a file that is no checkpoint of ours, or one with weights that are not numbers.

    Raises:
        ValueError: naming the file, and the tensor if one holds NaN or infinite values.
    """
    try:
        # Mapped, so that the check of a large file does not double the memory.
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
    except Exception as error:  # torch raises a dozen types, none with a message for users
        raise ValueError(
            f"{path} is not a checkpoint written by rpn-zoo fit, or it is damaged "
            f"({type(error).__name__}); nothing was loaded from it."
        ) from error
    for name, tensor in state.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise ValueError(f"{path}: {name!r} holds NaN or infinite values; give another file.")
