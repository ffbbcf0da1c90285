"""The IDX reader takes exactly valid files and names every other one."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from rpn_zoo.data.idx import format_idx, parse_idx, read_idx

arrays = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5))


@given(arrays)
@settings(max_examples=50, deadline=None)
def test_round_trip(array: NDArray[np.uint8]) -> None:
    result = parse_idx(format_idx(array), "file")
    assert result.dtype == np.uint8 and result.flags.writeable
    np.testing.assert_array_equal(result, array)


@given(arrays, st.data())
@settings(max_examples=50, deadline=None)
def test_every_truncation_is_refused(array: NDArray[np.uint8], data: st.DataObject) -> None:
    content = format_idx(array)
    keep = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(ValueError, match="^the-file: "):
        parse_idx(content[:keep], "the-file")


@given(arrays, st.binary(min_size=1, max_size=9))
@settings(max_examples=20, deadline=None)
def test_trailing_bytes_are_refused(array: NDArray[np.uint8], more: bytes) -> None:
    with pytest.raises(ValueError, match="^the-file: .*bytes after its end"):
        parse_idx(format_idx(array) + more, "the-file")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"\x00\x01\x08\x01\x00\x00\x00\x01\x05", "two zero bytes"),
        (b"\x1f\x8b\x08\x01\x00\x00\x00\x01\x05", "two zero bytes"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x05", "0x0d .float32."),
        (b"\x00\x00\x55\x01\x00\x00\x00\x01\x05", "0x55 .an unknown type."),
        (b"\x00\x00\x08\x00", "at least one dimension"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "truncated"),
    ],
)
def test_wrong_headers_are_refused(header: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=f"^the-file: .*{words}"):
        parse_idx(header, "the-file")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_files_plain_and_compressed(tmp_path: Path, suffix: str) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    content = format_idx(array)
    path = tmp_path / f"images{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize("damage", ["cut", "flipped", "plain", "empty"])
def test_damaged_gzip_files_are_named(tmp_path: Path, damage: str) -> None:
    whole = gzip.compress(format_idx(np.arange(200, dtype=np.uint8)))
    flipped = whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
    path = tmp_path / "images.gz"
    path.write_bytes(
        {"cut": whole[:-9], "flipped": flipped, "plain": b"text", "empty": b""}[damage]
    )
    with pytest.raises(ValueError, match="images.gz"):
        read_idx(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read_idx(tmp_path / "no-such-file")


def test_only_bytes_can_be_written() -> None:
    with pytest.raises(ValueError, match="uint8"):
        format_idx(np.zeros(3))  # type: ignore[arg-type]
