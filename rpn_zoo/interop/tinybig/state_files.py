"""Files with tinybig's parameters: safetensors, or torch's own, of which only tensors are read."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Read the arrays of a state dict, onto the CPU.

    A file of torch is a pickle, which could run any code: it is read by
    ``torch.load(weights_only=True)`` alone, which makes nothing but tensors and plain containers.

    Args:
        path: ends in ``.safetensors``, or in one of torch's endings (.pt, .pth, .bin, .ckpt).

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no such file, or holds anything but tensors by name.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path}: weights must end in one of {', '.join(SUFFIXES)}.")
    if path.suffix == ".safetensors":
        try:
            return safetensors.torch.load_file(path)
        except (safetensors.SafetensorError, ValueError, KeyError) as error:
            raise ValueError(f"{path}: not a valid safetensors file: {error}.") from error
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0] if str(error) else "it is no file of torch"
        raise ValueError(
            f"{path}: refused, as it is damaged or holds more than tensors; nothing of it was "
            f"executed ({reason.rstrip('.')})."
        ) from error
    except OSError:
        raise
    except Exception as error:  # damaged bytes fail in many ways
        raise ValueError(f"{path}: not a valid file of torch: {error}.") from error
    if not isinstance(content, Mapping) or not all(
        isinstance(k, str) and isinstance(v, Tensor) for k, v in content.items()
    ):
        raise ValueError(f"{path}: must hold tensors by name, as a state dict does.")
    return dict(content)
