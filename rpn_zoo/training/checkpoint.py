"""Reading a checkpoint file before anything is built on it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import torch


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a whole checkpoint file; nothing in it is executed.

    Every record is compared with its CRC-32, which torch itself leaves out.

    Raises:
        ValueError: naming the file, if it is damaged or no checkpoint.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"{damaged} is not what was written")
        content = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(content, dict) or not isinstance(content.get("state_dict"), dict):
            raise ValueError("it has no state_dict")
    except Exception as error:  # zipfile and torch raise a dozen types, none for users
        reason = str(error) if type(error) is ValueError else type(error).__name__
        raise ValueError(
            f"{path} is not a checkpoint written by rpn-zoo fit, or it is damaged ({reason}); "
            "nothing was loaded from it."
        ) from error
    return content


def check_checkpoint(path: Path) -> dict[str, Any]:
    """Refuse a file that is no checkpoint of ours, or one with weights that are not numbers.

    Returns:
        Its content.

    Raises:
        ValueError: naming the file, and the tensor if one holds NaN or infinite values.
    """
    content = read_checkpoint(path)
    for name, tensor in content["state_dict"].items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise ValueError(f"{path}: {name!r} holds NaN or infinite values; give another file.")
    return content
