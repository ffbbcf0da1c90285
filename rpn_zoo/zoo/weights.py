"""Weights on disk: safetensors, written atomically, hashed in full on every load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from rpn_zoo.differences import differences
from rpn_zoo.nn import RPNConfig
from rpn_zoo.nn.config import from_dict
from rpn_zoo.zoo.files import file_sha256, read_bounded, write_atomic
from rpn_zoo.zoo.header import (
    LENGTH_BYTES,
    MAX_HEADER_BYTES,
    WeightsError,
    check_tensors,
    parse_header,
)

WEIGHTS_FILE = "model.safetensors"
METADATA_KEY = "rpn_zoo"
STORED_KEY = "stored"
HALF = "float16"

__all__ = [
    "WEIGHTS_FILE", "WeightsError", "canonical_network", "file_sha256", "load_weights",
    "save_weights", "weights_content",
]  # fmt: skip


def save_weights(
    path: str | Path,
    network: nn.Module,
    metadata: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    half: bool = False,
) -> str:
    """Write the state dict of a network to a safetensors file, atomically.

    The config of an RPN goes into the file, so that weights and another config never meet.
    Equal content gives equal bytes.

    Args:
        path: the file.
        network: its parameters and persistent buffers are written.
        metadata: further facts to keep with them; anything JSON can hold.
        overwrite: whether an existing file may be replaced.
        half: whether float32 values are rounded to float16, which halves the file. Loading gives
            float32 again.

    Returns:
        The SHA-256 of the file.

    Raises:
        FileExistsError: if the file exists and ``overwrite`` is off.
        WeightsError: if a value is NaN or infinite, or has no float16 (beyond 65,504).
    """
    return write_atomic(path, weights_content(network, metadata, half, str(path)), overwrite)


def weights_content(
    network: nn.Module,
    metadata: Mapping[str, Any] | None = None,
    half: bool = False,
    source: str = "the weights",
) -> bytes:
    """The bytes that :func:`save_weights` writes; ``source`` names them in messages."""
    state = {
        name: tensor.detach().to("cpu").clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    }
    facts = dict(metadata or {})
    if half:
        state = _halved(state)
        facts[STORED_KEY] = HALF
    _check_finite(state, source)
    config = getattr(network, "config", None)
    if isinstance(config, dict):
        facts["network"] = canonical_network(config)
    # One key only: safetensors writes several in no fixed order.
    text = {METADATA_KEY: json.dumps(facts, sort_keys=True)}
    content: bytes = safetensors.torch.save(state, metadata=text)
    return content


def load_weights(path: str | Path, network: nn.Module, sha256: str | None) -> None:
    """Load a file written by :func:`save_weights` into a network, or refuse it.

    The file is read once; what is hashed is what is loaded. Nothing is unpickled. Tensors are only
    made after hash, header, names, shapes and dtypes were found right, and the network is only
    changed after all values were found finite.

    Args:
        path: the file.
        network: the network to fill.
        sha256: the full hash that the file must have.

    Raises:
        FileNotFoundError: if there is no such file.
        WeightsError: if the hash is missing or wrong, the file is damaged or no safetensors file,
            its tensors do not fit the network, a value is NaN or infinite, or the file does not say
            that it was written for a network of this config.
    """
    if not isinstance(sha256, str) or len(sha256) != 64:
        raise WeightsError(
            f"{path}: weights are only loaded with their full SHA-256 (64 digits), got {sha256!r}."
        )
    expected = network.state_dict()
    space = sum(t.numel() * t.element_size() for t in expected.values())
    try:
        content = read_bounded(path, LENGTH_BYTES + MAX_HEADER_BYTES + space)
    except ValueError as error:
        raise WeightsError(str(error)) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256.lower():
        raise WeightsError(f"{path}: SHA-256 must be {sha256}, got {found}; the file is not used.")
    header = parse_header(content, str(path))
    facts = _facts(header.metadata, str(path))
    check_tensors(
        header, _halved(expected) if facts.get(STORED_KEY) == HALF else expected, str(path)
    )
    _check_network(facts, network, str(path))
    try:
        state = safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path}: not a valid safetensors file: {error}.") from error
    _check_finite(state, str(path))
    network.load_state_dict(state, strict=True)  # which gives float32 where float16 is stored


def canonical_network(config: dict[str, Any]) -> dict[str, Any]:
    """A network's config in one form, so that equal networks compare equal.

    Defaults are left out, and a component without options is its name.

    Example:
        >>> head = {"expansion": {"name": "taylor_expansion"}, "channels": 1}
        >>> canonical_network({"dims": [4, 3], "layers": [{"heads": [head]}]})["layers"]
        [{'heads': [{'expansion': 'taylor_expansion'}]}]
    """
    plain = from_dict(RPNConfig, _names_only(config), "network").to_dict()
    result: dict[str, Any] = json.loads(json.dumps(plain))
    return result


def _names_only(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            value["name"]
            if set(value) == {"name"}
            else {key: _names_only(item) for key, item in value.items()}
        )
    return [_names_only(item) for item in value] if isinstance(value, (list, tuple)) else value


def _check_finite(state: Mapping[str, Tensor], source: str) -> None:
    for name, tensor in state.items():
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsError(
                f"{source}: {name!r} of shape {tuple(tensor.shape)} and dtype "
                f"{str(tensor.dtype).removeprefix('torch.')} holds NaN or infinite values."
            )


def _halved(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state dict with float16 in place of float32."""
    return {k: v.half() if v.dtype == torch.float32 else v for k, v in state.items()}


def _facts(metadata: dict[str, str], source: str) -> dict[str, Any]:
    """What :func:`save_weights` wrote beside the tensors."""
    try:
        facts = json.loads(metadata.get(METADATA_KEY, "null"))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{source}: the metadata is not valid JSON: {error}.") from error
    return facts if isinstance(facts, dict) else {}


def _check_network(facts: dict[str, Any], network: nn.Module, source: str) -> None:
    config = getattr(network, "config", None)
    if not isinstance(config, dict):
        return
    written = facts.get("network")
    if written is None:
        raise WeightsError(
            f"{source}: the metadata do not say which network the weights were saved from "
            "(save_weights writes it)."
        )
    first = next(differences(written, canonical_network(config), "network"), None)
    if first is not None:
        raise WeightsError(
            f"{source}: the weights were saved from a network of another config: {first}."
        )
