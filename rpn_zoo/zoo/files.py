"""Files: full hashes, bounded reading, atomic writing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def file_sha256(path: str | Path) -> str:
    """The SHA-256 of a whole file, as 64 hexadecimal digits.

    Args:
        path: the file.

    Raises:
        OSError: if it cannot be read.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_bounded(path: str | Path, limit: int) -> bytes:
    """The content of a file that must not be larger than ``limit`` bytes.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is larger; no more than ``limit`` + 1 bytes are read.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: there is no such file."
            if not path.exists()
            else f"{path}: this is a folder or a device, not a file."
        )
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{path}: the file is larger than the {limit:,} bytes allowed for it.")
    return content


def write_atomic(path: str | Path, content: bytes, overwrite: bool = False) -> str:
    """Write a file in one step: a temporary file beside it is renamed once it is on disk.

    The folder is made if needed. The result is read again and its hash compared.

    Args:
        path: the file.
        content: its bytes.
        overwrite: whether an existing file may be replaced.

    Returns:
        The SHA-256 of the content.

    Raises:
        FileExistsError: if the file exists and ``overwrite`` is off.
        OSError: if it cannot be written, or reads back differently.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} exists already; it is only replaced with overwrite=True.")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    expected = hashlib.sha256(content).hexdigest()
    if (found := file_sha256(path)) != expected:
        raise OSError(f"{path}: written with SHA-256 {expected}, but it reads back as {found}.")
    return expected


def load_json(path: str | Path, limit: int = 1 << 20) -> Any:
    """Parse a small JSON file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is too large or not JSON; the message names the file.
    """
    content = read_bounded(path, limit)
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not valid JSON: {error}.") from error
