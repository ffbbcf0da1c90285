"""The header of a safetensors file, parsed and bounded before anything else is."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

MAX_HEADER_BYTES = 1 << 20
DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "BOOL": torch.bool, "C64": torch.complex64,
}  # fmt: skip
LENGTH_BYTES = 8
MAX_AXES = 16


class WeightsError(ValueError):
    """A file of weights that is not what it must be."""


@dataclass(frozen=True)
class Header:
    """What a file says it holds: shape and dtype of each tensor, free text by key."""

    tensors: dict[str, tuple[tuple[int, ...], torch.dtype]]
    metadata: dict[str, str]


def parse_header(content: bytes, source: str) -> Header:
    """Parse the 8-byte length and the JSON header of a safetensors file.

    Args:
        content: the whole file.
        source: its path, for messages.

    Raises:
        WeightsError: if this is not a safetensors file, its header is larger than
            :data:`MAX_HEADER_BYTES`, an entry of the header is malformed, or the tensors overlap or
            leave bytes between or after them.
    """
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    if length > min(MAX_HEADER_BYTES, len(content) - LENGTH_BYTES):
        raise WeightsError(
            f"{source}: not a safetensors file of weights: its first 8 bytes give a header of "
            f"{length:,} bytes, but the file has {len(content):,} and a header may have "
            f"{MAX_HEADER_BYTES:,}."
        )
    try:
        text = content[LENGTH_BYTES : LENGTH_BYTES + length].decode("utf-8")
        parsed = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{source}: the header is not valid JSON: {error}.") from error
    if not isinstance(parsed, dict):
        raise WeightsError(f"{source}: the header must be a JSON object.")
    metadata = parsed.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise WeightsError(f"{source}: __metadata__ must map names to text.")
    space = len(content) - LENGTH_BYTES - length
    tensors: dict[str, tuple[tuple[int, ...], torch.dtype]] = {}
    places: dict[str, tuple[int, int]] = {}
    for name, entry in parsed.items():
        shape, dtype, places[name] = _tensor(name, entry, space, source)
        tensors[name] = (shape, dtype)
    _check_places(places, space, source)
    return Header(tensors, metadata)


def check_tensors(header: Header, expected: dict[str, Tensor], source: str) -> None:
    """Compare names, shapes and dtypes of a header with a state dict.

    Raises:
        WeightsError: naming the missing keys, the unknown ones, and those of another shape or
            dtype (the first five of each, and how many more), with shape and dtype in the file and
            in the network.
    """
    missing = sorted(expected.keys() - header.tensors.keys())
    unknown = sorted(header.tensors.keys() - expected.keys())
    different = [
        name
        for name in sorted(expected.keys() & header.tensors.keys())
        if header.tensors[name] != (tuple(expected[name].shape), expected[name].dtype)
    ]
    if not (missing or unknown or different):
        return
    parts = [f"lacks {_describe(k, expected[k].shape, expected[k].dtype)}" for k in missing[:5]]
    parts += [f"has the unknown {_describe(k, *header.tensors[k])}" for k in unknown[:5]]
    parts += [
        f"has {_describe(k, *header.tensors[k])} where the network needs "
        f"{_describe(k, expected[k].shape, expected[k].dtype)}"
        for k in different[:5]
    ]
    more = len(missing) + len(unknown) + len(different) - len(parts)
    parts += [f"and {more} more differences"] if more else []
    raise WeightsError(f"{source}: the file does not fit the network: it {', '.join(parts)}.")


def _check_places(places: dict[str, tuple[int, int]], space: int, source: str) -> None:
    """Refuse tensors that overlap, and bytes that belong to none."""
    end, last = 0, "the header"
    for name, (start, stop) in sorted(places.items(), key=lambda item: item[1]):
        if start != end:
            fault = "overlaps" if start < end else f"leaves {start - end:,} bytes after"
            raise WeightsError(f"{source}: {_short(name)} {fault} {last}.")
        end, last = stop, _short(name)
    if end != space:
        raise WeightsError(f"{source}: {space - end:,} bytes at the end belong to no tensor.")


def _tensor(
    name: str, entry: Any, space: int, source: str
) -> tuple[tuple[int, ...], torch.dtype, tuple[int, int]]:
    label = _short(name)
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise WeightsError(f"{source}: {label} must have dtype, shape and data_offsets.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise WeightsError(
            f"{source}: the dtype of {label} must be one of {', '.join(DTYPES)}, got "
            f"{str(dtype)[:40]!r}."
        )
    if not (_counts(shape) and _counts(offsets) and len(offsets) == 2):
        raise WeightsError(f"{source}: shape and data_offsets of {label} are malformed.")
    if len(shape) > MAX_AXES:
        raise WeightsError(f"{source}: {label} has {len(shape)} axes, {MAX_AXES} are allowed.")
    size = math.prod(shape) * DTYPES[dtype].itemsize
    if offsets[1] > space or offsets[1] - offsets[0] != size:
        raise WeightsError(
            f"{source}: {label} of shape {str(tuple(shape))[:80]} and dtype {dtype} does not need "
            f"the bytes {offsets[0]:,} to {offsets[1]:,} of {space:,} that are its place."
        )
    return tuple(shape), DTYPES[dtype], (offsets[0], offsets[1])


def _counts(value: Any) -> bool:
    """Whether a value is a list of sensible whole numbers."""
    return isinstance(value, list) and all(type(n) is int and 0 <= n < 1 << 48 for n in value)


def _describe(name: str, shape: tuple[int, ...], dtype: torch.dtype) -> str:
    return f"{_short(name)} of shape {tuple(shape)} and dtype {str(dtype).removeprefix('torch.')}"


def _short(name: str) -> str:
    """A name as it stands in messages: quoted, and cut where it is longer than any of ours."""
    return repr(name if len(name) <= 100 else f"{name[:100]}...")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not allowed")
