"""Writing checkpoints so that a crash never costs one, and a failed write never passes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from rpn_zoo.differences import differences
from rpn_zoo.training.checkpoint import read_checkpoint

PART = ".part"


class VerifiedCheckpointIO(TorchCheckpointIO):
    """Checkpoints are written beside their place, read again, compared, and only then moved there.

    At any moment the file under the name is whole, the old one or the new one: a process that is
    killed leaves a ``.<name>.<process>.part`` at most, which the next run removes
    (:func:`remove_parts`).
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write a checkpoint.

        Args:
            checkpoint: what Lightning puts into it.
            path: a file on a local disk.
            storage_options: not supported.

        Raises:
            TypeError: if storage options are given.
            OSError: if the file cannot be written, or is not what was to be written.
        """
        if storage_options is not None:
            raise TypeError("storage_options are not supported: checkpoints are local files.")
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
        try:
            with part.open("wb") as file:
                torch.save(checkpoint, file)
                file.flush()
                os.fsync(file.fileno())
            verify(part, checkpoint)
            os.replace(part, path)
        except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as the latter
            raise OSError(
                f"the checkpoint {path} could not be written ({_reason(error)}); the previous one "
                "is untouched."
            ) from error
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def load_checkpoint(
        self,
        path: str | os.PathLike[str],
        map_location: Callable[..., Any] | None = None,
        weights_only: bool | None = None,
    ) -> dict[str, Any]:
        """Read a checkpoint, checked record by record; nothing in it is executed.

        Args:
            path: a file on a local disk.
            map_location: not used: tensors are read onto the CPU and copied from there.
            weights_only: not used: it is always so.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it is damaged or no checkpoint.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"there is no checkpoint {path}.")
        return read_checkpoint(Path(path))


def verify(path: Path, checkpoint: Mapping[str, Any]) -> None:
    """Compare a file with the checkpoint that was written to it.

    Raises:
        OSError: if they differ.
    """
    try:
        found = read_checkpoint(path)
    except ValueError as error:
        raise OSError(f"what was written cannot be read again: {error}") from error
    if (first := next(differences(checkpoint, found, exact=True), None)) is not None:
        raise OSError(f"what was written differs at {first.place}")


def remove_parts(folder: Path) -> None:
    """Remove what killed processes left of checkpoints that they were writing."""
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).strip().splitlines()[0]


def _sync_folder(folder: Path) -> None:
    """Make the renaming last, where the system can (POSIX)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
