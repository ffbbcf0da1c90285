"""Download of small data files: with a time limit, a checksum, and never a half-written file."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from filelock import FileLock

from rpn_zoo.data.locate import existing_file
from rpn_zoo.offline import OfflineError, check_online

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16
MAX_BYTES = 1 << 30
"""A mirror that sends more for one file is not believed."""


class DownloadError(OSError):
    """No mirror gave a file with the right checksum, or it could not be written."""


def download_files(
    folder: Path,
    resources: Sequence[tuple[str, str]],
    mirrors: Sequence[str],
    timeout: float = 15.0,
) -> None:
    """Fetch every file that ``folder`` lacks, from the first mirror that gives it intact.

    Stops at the first file that no mirror gives, so a machine without network waits at most
    ``timeout`` for each mirror. Failures of single mirrors are logged. Processes that need the same
    file wait for the one that fetches it, and a file is in its place only when it is complete.

    Args:
        folder: where the files go; made if need be.
        resources: (file name, MD5 checksum in hexadecimal) of each file. A file ``X.gz`` that is
            there as ``X`` is not fetched.
        mirrors: addresses that end in ``/``.
        timeout: limit in seconds for connecting and for each read.

    Raises:
        DownloadError: a file could not be had, or the offline mode is on (``RPN_ZOO_OFFLINE``);
            files fetched before it stay.

    Example:
        >>> download_files(Path("unused"), resources=[], mirrors=[])
    """
    for name, md5 in resources:
        if existing_file(folder, name.removesuffix(".gz")) is not None:
            continue
        try:
            check_online(f"{name} for {folder}")
        except OfflineError as error:
            raise DownloadError(str(error)) from error
        with _lock(folder / name):
            if existing_file(folder, name.removesuffix(".gz")) is None:
                _download_from_any(folder, name, md5, mirrors, timeout)


def _lock(target: Path) -> FileLock:
    """A lock of the processes of one user on this machine; it leaves nothing beside the data.

    It spares double work. That files are whole does not rest on it but on atomic renames. There are
    16 locks, so that the temporary folder does not fill with a file for every download.
    """
    digest = hashlib.sha256(os.fsencode(target.resolve())).hexdigest()[0]
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return FileLock(Path(tempfile.gettempdir()) / f"rpn_zoo-{user}-{digest}.lock")


def _download_from_any(
    folder: Path, name: str, md5: str, mirrors: Sequence[str], timeout: float
) -> None:
    faults = []
    for mirror in mirrors:
        try:
            _download(mirror + name, folder / name, md5, timeout)
        except (OSError, HTTPException) as error:
            logger.info("download of %s failed: %s", mirror + name, error)
            faults.append(f"{mirror}: {error}")
        else:
            logger.info("downloaded %s to %s", mirror + name, folder)
            return
    raise DownloadError(f"no intact {name} for {folder}: {'; '.join(faults)}.")


def _download(url: str, target: Path, md5: str, timeout: float) -> None:
    """Fetch one file beside its place, check it, then move it there in one step."""
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    with urlopen(url, timeout=timeout) as response:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: machines may share the folder, and process ids repeat among them.
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                while chunk := response.read(_CHUNK):
                    size += len(chunk)
                    if size > MAX_BYTES:
                        raise DownloadError(f"more than {MAX_BYTES:,} bytes were sent")
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != md5:
                raise DownloadError(f"MD5 checksum must be {md5}, got {digest.hexdigest()}")
            part.chmod(0o644)
            os.replace(part, target)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
