"""Reading ``.npz`` files with clear errors; nothing is ever unpickled."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.zoo.files import write_atomic

Arrays = dict[str, NDArray[Any]]


def read_npz(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Arrays:
    """Read the named arrays of an ``.npz`` file.

    Args:
        path: the file.
        required: names that must be there.
        optional: names that are read if they are there; further arrays are not looked at.

    Returns:
        The arrays by name.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming the file, if it is damaged, lacks an array or holds pickled objects.

    Example:
        >>> read_npz(Path("/no/such/file.npz"), ["edges"])
        Traceback (most recent call last):
            ...
        FileNotFoundError: /no/such/file.npz: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    try:
        stored = np.load(path, allow_pickle=False)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: not a readable npz file ({error}).") from error
    if not isinstance(stored, np.lib.npyio.NpzFile):
        raise ValueError(f"{path}: must be an npz file with named arrays, got a single array.")
    with stored:
        missing = [name for name in required if name not in stored.files]
        if missing:
            raise ValueError(
                f"{path}: lacks the arrays {', '.join(missing)}; it holds "
                f"{', '.join(stored.files) or 'none'}."
            )
        names = [*required, *(name for name in optional if name in stored.files)]
        return {name: _read(stored, name, path) for name in names}


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a compressed ``.npz`` in one step; an existing file is replaced.

    Args:
        path: the file; its folder is made if need be.
        arrays: by name.

    Raises:
        OSError: it cannot be written.
    """
    content = io.BytesIO()
    np.savez_compressed(content, **dict(arrays))  # type: ignore[arg-type]
    write_atomic(path, content.getvalue(), overwrite=True)


def check_integers(path: Path, name: str, array: NDArray[Any], shape: str) -> NDArray[np.int64]:
    """The array as int64, if it holds integers and has the described shape.

    Args:
        path: the file, for messages.
        name: the array's name, for messages.
        array: the array.
        shape: ``"()"``, ``"(N,)"`` or ``"(2, E)"``.

    Raises:
        ValueError: naming file, array, dtype and shape.
    """
    fits = {"()": array.ndim == 0, "(N,)": array.ndim == 1, "(2, E)": array.shape[:-1] == (2,)}
    if not np.issubdtype(array.dtype, np.integer) or not fits[shape]:
        raise ValueError(
            f"{path}: {name} must be integers of shape {shape}, got {array.dtype} of shape "
            f"{array.shape}."
        )
    return array.astype(np.int64)


def _read(stored: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = stored[name]
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: the array {name} cannot be read ({error}).") from error
    return array
