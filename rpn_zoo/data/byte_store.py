"""Where decoded bytes are kept: in memory, or in a file that is mapped into it."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Allocate: TypeAlias = Callable[[tuple[int, ...], Any], NDArray[Any]]
"""Makes an array from its shape and dtype."""

Fill: TypeAlias = Callable[[Allocate], NDArray[np.uint8]]
"""Makes an array by the function that it is given, and fills it."""

GIB = 2**30


def fingerprint(path: Path, names: Iterable[Any], *settings: object) -> str:
    """What identifies a collection of files and how it is read, 32 hex digits.

    Of files in a folder their names, sizes and times count; of an archive its own.

    Args:
        path: a folder, or an archive.
        names: the files' names below it.
        settings: everything else that the array follows from.
    """
    digest = hashlib.sha256(repr((str(path.resolve()), settings)).encode())
    for file in [path / str(name) for name in names] if path.is_dir() else [path]:
        status = file.stat()
        digest.update(repr((str(file), status.st_size, status.st_mtime_ns)).encode())
    return digest.hexdigest()[:32]


def cache_folder() -> Path:
    """The folder of what can be made again: ``$XDG_CACHE_HOME/rpn_zoo`` or ``~/.cache/rpn_zoo``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "rpn_zoo"


def mapped(file: Path, fill: Fill) -> NDArray[np.uint8]:
    """An array in a file, of which only what is read takes memory.

    It is filled at first and found again afterwards. It appears under its name only when it is
    complete, so that neither an interrupted process nor a second one leaves half of it.

    Args:
        file: a ``.npy`` file; its name must say what it holds (:func:`fingerprint`).
        fill: called if there is no such file.

    Returns:
        The array. What is written into it stays in memory.

    Raises:
        OSError: the file cannot be written, or the disk has too little room for it.
    """
    try:
        found = _open(file)
        logger.info("decoded images are mapped from %s", file)
        return found
    except FileNotFoundError:
        pass
    except ValueError as error:
        logger.warning("%s is damaged and is made again (%s)", file, error)
    file.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-", suffix=".part")
    os.close(number)
    part = Path(name)
    try:
        fill(lambda shape, dtype: _create(part, shape, dtype)).flush()  # type: ignore[attr-defined]
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    logger.info("decoded images are kept in %s", file)
    return _open(file)


def _create(part: Path, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    needed = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    free = shutil.disk_usage(part.parent).free
    if needed > free:  # a write beyond the end of the disk through a map kills the process
        raise OSError(
            f"{part.parent} has {free / GIB:.1f} GiB free, the decoded images need "
            f"{needed / GIB:.1f} GiB; give another cache folder or a smaller size."
        )
    opened: NDArray[Any] = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
        part, mode="w+", dtype=dtype, shape=shape
    )
    return opened


def _open(file: Path) -> NDArray[np.uint8]:
    array = np.load(file, mmap_mode="c", allow_pickle=False)
    if array.dtype != np.uint8 or array.ndim != 4:
        raise ValueError(f"it holds {array.dtype} of shape {array.shape}")
    return array
