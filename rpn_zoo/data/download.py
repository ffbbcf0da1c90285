"""Download of small data files: with a time limit, a checksum, and never a half-written file."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from rpn_zoo.data.locate import existing_file

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16


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
    ``timeout`` for each mirror. Failures of single mirrors are logged.

    Args:
        folder: where the files go; made if need be.
        resources: (file name, MD5 checksum in hexadecimal) of each file. A file ``X.gz`` that is
            there as ``X`` is not fetched.
        mirrors: addresses that end in ``/``.
        timeout: limit in seconds for connecting and for each read.

    Raises:
        DownloadError: a file could not be had; files fetched before it stay.

    Example:
        >>> download_files(Path("unused"), resources=[], mirrors=[])
    """
    for name, md5 in resources:
        if existing_file(folder, name.removesuffix(".gz")) is None:
            _download_from_any(folder, name, md5, mirrors, timeout)


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
    # The process id keeps jobs apart that download at the same time.
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with urlopen(url, timeout=timeout) as response:
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                while chunk := response.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        if digest.hexdigest() != md5:
            raise DownloadError(f"MD5 checksum must be {md5}, got {digest.hexdigest()}")
        os.replace(part, target)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
