"""The IDX file format of MNIST and its relatives, read strictly and without pickle."""

from __future__ import annotations

import gzip
import logging
import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_UINT8 = 0x08
_OTHER_TYPES = {0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or compressed (name ending in ``.gz``).

    Args:
        path: the file.

    Returns:
        The array, dtype uint8, with the dimensions that the file declares, e.g. (N, 28, 28).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not an IDX file of bytes, is truncated, has bytes after its end, or
            is a damaged gzip file. The message names the file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "labels-idx1-ubyte")
        ...     _ = path.write_bytes(format_idx(np.array([3, 1, 4], dtype=np.uint8)))
        ...     read_idx(path).tolist()
        [3, 1, 4]

    Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section
    "The IDX file format".
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    content = path.read_bytes()
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(
                f"{path}: not a complete gzip file ({error}); delete it and fetch it again."
            ) from error
    return parse_idx(content, str(path))


def parse_idx(content: bytes, name: str) -> NDArray[np.uint8]:
    """Decode the bytes of an uncompressed IDX file.

    Args:
        content: the whole file: two zero bytes, the type code (8 = unsigned byte), the number of
            dimensions, each dimension as a big-endian 32-bit integer, then the values row by row.
        name: the file's name for messages.

    Returns:
        A writable array of dtype uint8 with the declared dimensions.

    Raises:
        ValueError: anything but exactly such a file; the message starts with ``name``.

    Example:
        >>> parse_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), "example")
        array([7, 9], dtype=uint8)
    """
    if len(content) < 4 or content[0] != 0 or content[1] != 0:
        raise ValueError(
            f"{name}: not an IDX file; it must start with two zero bytes, a type code and the "
            f"number of dimensions, got {content[:4].hex(' ') or 'an empty file'}."
        )
    code, ndim = content[2], content[3]
    if code != _UINT8:
        kind = _OTHER_TYPES.get(code, "an unknown type")
        raise ValueError(
            f"{name}: IDX type code must be 0x08 (unsigned byte), got 0x{code:02x} ({kind})."
        )
    start = 4 + 4 * ndim
    if ndim == 0 or len(content) < start:
        raise ValueError(
            f"{name}: the IDX header must declare at least one dimension, each of 4 bytes; it "
            f"declares {ndim} and the file has {len(content)} bytes (truncated?)."
        )
    shape = tuple(int(d) for d in np.frombuffer(content, dtype=">u4", count=ndim, offset=4))
    expected, actual = math.prod(shape), len(content) - start
    if actual != expected:
        fault = "truncated" if actual < expected else "has bytes after its end"
        raise ValueError(
            f"{name}: the IDX file {fault}: dimensions {shape} need {expected:,} bytes of values, "
            f"got {actual:,}; delete it and fetch it again."
        )
    logger.debug("read %s: uint8 %s", name, shape)
    values: NDArray[np.uint8] = np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)
    return np.array(values)  # a copy, as the bytes cannot be written to


def format_idx(array: NDArray[np.uint8]) -> bytes:
    """Encode an array as an uncompressed IDX file, the inverse of :func:`parse_idx`.

    Args:
        array: dtype uint8, 1 to 255 dimensions.

    Returns:
        The bytes of the file.

    Raises:
        ValueError: another dtype, or a scalar.

    Example:
        >>> format_idx(np.array([7, 9], dtype=np.uint8)).hex(" ")
        '00 00 08 01 00 00 00 02 07 09'
    """
    if array.dtype != np.uint8 or array.ndim == 0:
        raise ValueError(
            f"array must be uint8 with at least one dimension, got {array.dtype} {array.shape}."
        )
    header = bytes([0, 0, _UINT8, array.ndim]) + np.array(array.shape, dtype=">u4").tobytes()
    return header + array.tobytes()
