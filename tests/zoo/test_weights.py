from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import nn

from rpn_zoo.nn import RPN
from rpn_zoo.zoo import WeightsError, load_weights, save_weights
from rpn_zoo.zoo.files import file_sha256, write_atomic
from rpn_zoo.zoo.header import MAX_HEADER_BYTES
from rpn_zoo.zoo.weights import canonical_network

CONFIG = {"dims": [5, 4, 3], "layers": [{"heads": [{"bias": True}]}]}


def network(seed: int = 0) -> RPN:
    return RPN(CONFIG, seed=seed)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_weights(path, network())
    return path


def refused(path: Path, content: bytes, match: str, target: nn.Module | None = None) -> None:
    """The content is refused even with the right hash, and the network is left as it was."""
    path.write_bytes(content)
    target = target or network(1)
    before = {k: v.clone() for k, v in target.state_dict().items()}
    with pytest.raises(WeightsError, match=match) as error:
        load_weights(path, target, sha256(content))
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 2000
    for key, value in target.state_dict().items():
        assert torch.equal(value, before[key])


def with_header(header: Any, body: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def test_round_trip(path: Path) -> None:
    target = network(1)
    load_weights(path, target, file_sha256(path))
    for key, value in network().state_dict().items():
        assert torch.equal(target.state_dict()[key], value)


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    metadata = {"b": 1, "a": [2], "c": "x"}
    hashes = {save_weights(tmp_path / f"{i}.safetensors", network(), metadata) for i in range(5)}
    assert len(hashes) == 1


def test_double_precision_and_buffers(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    one, two = (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double() for _ in range(2))
    load_weights(path, two, save_weights(path, one))
    assert torch.equal(one[0].weight, two[0].weight)
    assert two[1].num_batches_tracked.dtype == torch.int64


def test_never_overwritten_unless_told(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save_weights(path, network(1))
    assert path.read_bytes() == before
    save_weights(path, network(1), overwrite=True)
    assert path.read_bytes() != before
    assert os.listdir(path.parent) == ["model.safetensors"]


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("rpn_zoo.zoo.files.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, b"new", overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["model.safetensors"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite(path: Path, bad: float) -> None:
    broken = network()
    with torch.no_grad():
        next(broken.parameters()).view(-1)[0] = bad
    with pytest.raises(WeightsError, match="NaN or infinite"):
        save_weights(path.with_name("other"), broken)
    header, body = split(path.read_bytes())
    body = struct.pack("<f", bad) + body[4:]
    refused(path, with_header(header, body), "NaN or infinite")


@pytest.mark.parametrize("bad", [None, "", "abc", "0" * 64, 7])
def test_missing_or_wrong_hash(path: Path, bad: Any) -> None:
    with pytest.raises(WeightsError, match="SHA-256"):
        load_weights(path, network(), bad)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        load_weights(tmp_path / "none", network(), "0" * 64)


def test_flipped_byte(path: Path) -> None:
    expected, content = file_sha256(path), bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(WeightsError, match="SHA-256 must be"):
        load_weights(path, network(), expected)


def test_pickle_in_disguise(path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, Any]:
            return os.mkdir, (str(path.with_name("executed")),)

    refused(path, pickle.dumps(Trap()), "not a safetensors file")
    torch.save({"w": torch.ones(2)}, path)
    refused(path, path.read_bytes(), "not a safetensors file")
    assert not path.with_name("executed").exists()


@pytest.mark.parametrize("length", [MAX_HEADER_BYTES + 1, 1 << 40, (1 << 64) - 1])
def test_huge_header(path: Path, length: int) -> None:
    refused(path, struct.pack("<Q", length) + b"{" * 100, "a header may have")


def test_large_file_is_not_read(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(1 << 34)  # sparse: takes no space
    with pytest.raises(WeightsError, match="larger than"):
        load_weights(path, network(), "0" * 64)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"null", b"{", b"[" * 100_000, b'{"a": NaN}', b'{"a": 1, "a": 1}', b"\xff",
     b'{"a": ' + b"9" * 5000 + b"}", b'{"__metadata__": 3}', b'{"__metadata__": {"a": 3}}',
     b'{"a": 3}', b'{"a": {"dtype": "F32", "shape": [1]}}'],
)  # fmt: skip
def test_malformed_header(path: Path, text: bytes) -> None:
    refused(path, with_header(text, b"\0" * 8), "header|must|twice")


@pytest.mark.parametrize(
    "change",
    [{"dtype": "OBJECT"}, {"dtype": None}, {"dtype": ["F32"]}, {"shape": [1 << 60]},
     {"shape": [-1]}, {"shape": "5"}, {"shape": None}, {"data_offsets": [0]}, {"shape": [True]},
     {"data_offsets": [0, 1 << 40]}, {"data_offsets": [8, 0]}, {"data_offsets": None},
     {"shape": [10**30]}, {"shape": [1.0]}, {"shape": [0, 5]}],
)  # fmt: skip
def test_malformed_tensor(path: Path, change: dict[str, Any]) -> None:
    header, body = split(path.read_bytes())
    name = next(k for k in header if k != "__metadata__")
    header[name] |= change
    refused(path, with_header(header, body), name)


def test_overlapping_tensors(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    content = with_header({"weight": entry, "bias": entry}, b"\0" * 16)
    target = nn.Linear(2, 2)
    target.bias = nn.Parameter(torch.zeros(2, 2))
    refused(tmp_path / "m", content, "'bias' overlaps 'weight'", target)


def test_bytes_that_belong_to_no_tensor(tmp_path: Path) -> None:
    def entry(shape: list[int], start: int, stop: int) -> dict[str, Any]:
        return {"dtype": "F32", "shape": shape, "data_offsets": [start, stop]}

    places = {"weight": entry([2, 2], 0, 16), "bias": entry([2], 20, 28)}
    refused(tmp_path / "m", with_header(places, b"\0" * 28), "'bias' leaves 4 bytes after 'weight'",
            nn.Linear(2, 2))  # fmt: skip
    places["bias"] = entry([2], 16, 24)
    refused(tmp_path / "m", with_header(places, b"\0" * 25), "1 bytes at the end", nn.Linear(2, 2))


def test_shapes_dtypes_and_keys_are_named(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_weights(path, nn.Linear(2, 3))
    cases: list[tuple[nn.Module, str]] = [
        (nn.Linear(3, 3), r"'weight' of shape \(3, 2\) and dtype float32 where the network needs "
                          r"'weight' of shape \(3, 3\)"),
        (nn.Linear(2, 3).double(), r"dtype float32 where the network needs .* dtype float64"),
        (nn.Bilinear(2, 2, 3, bias=False), r"unknown 'bias'.*, has 'weight' of shape \(3, 2\)"),
        (nn.Linear(2, 3, bias=False), r"has the unknown 'bias' of shape \(3,\) and dtype float32"),
        (nn.Sequential(nn.Linear(2, 3)), r"lacks '0.bias' of shape \(3,\).*unknown 'bias'"),
    ]  # fmt: skip
    for target, match in cases:
        refused(path, path.read_bytes(), match, target)


def test_rounded_weights(path: Path) -> None:
    exact, kept = network(), network(1)
    sha = save_weights(path, exact, overwrite=True, half=True)
    load_weights(path, kept, sha)
    for key, value in exact.state_dict().items():
        assert kept.state_dict()[key].dtype == value.dtype == torch.float32
        assert torch.equal(kept.state_dict()[key], value.half().float())
    # A file that holds float16 but does not say that it was rounded is none of ours.
    content = path.read_bytes().replace(rb"\"stored\"", rb"\"stared\"")
    refused(path, content, "dtype float16 where the network needs .* dtype float32")
    with torch.no_grad():
        next(exact.parameters()).fill_(1e5)
    with pytest.raises(WeightsError, match="float16 holds NaN or infinite values"):
        save_weights(path, exact, overwrite=True, half=True)


def test_only_float32_is_rounded(tmp_path: Path) -> None:
    path, double = tmp_path / "m.safetensors", nn.Linear(2, 3).double()
    load_weights(path, nn.Linear(2, 3).double(), save_weights(path, double, half=True))
    norm = nn.BatchNorm1d(3)
    load_weights(path, norm, save_weights(path, norm, overwrite=True, half=True))
    assert norm.num_batches_tracked.dtype == torch.int64


def test_weights_of_another_config(path: Path) -> None:
    other = {
        "dims": [5, 4, 3],
        "layers": [{"heads": [{"bias": True, "output_functions": ["relu"]}]}],
    }
    with pytest.raises(WeightsError, match="another config"):
        load_weights(path, RPN(other), file_sha256(path))


def test_equal_configs_in_other_words(path: Path) -> None:
    head = {"expansion": {"name": "identity_expansion"}, "bias": True, "channels": 1}
    same = {"dims": [5, 4, 3], "layers": [{"heads": [head]}]}
    assert canonical_network(same) == canonical_network(CONFIG)
    load_weights(path, RPN(same), file_sha256(path))


@settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_corruption_is_refused_by_hash_and_by_content(path: Path, data: st.DataObject) -> None:
    """With the true hash every change is refused; with a hash to match nothing else goes wrong."""
    original = path.read_bytes()
    header_end = 8 + struct.unpack("<Q", original[:8])[0]
    kind = data.draw(st.sampled_from(["flip", "cut", "append", "replace", "noise"]))
    content = bytearray(original)
    if kind == "flip":
        at = data.draw(st.integers(0, header_end - 1) | st.integers(0, len(content) - 1))
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    elif kind == "append":
        content += data.draw(st.binary(min_size=1, max_size=64))
    elif kind == "replace":
        at = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=16))
        content[at : at + len(patch)] = patch
    else:
        content = bytearray(data.draw(st.binary(max_size=200)))
    changed = path.with_name("changed")
    changed.write_bytes(bytes(content))
    if bytes(content) != original:
        with pytest.raises(WeightsError):
            load_weights(changed, network(), sha256(original))
    target = network(1)
    try:
        load_weights(changed, target, sha256(bytes(content)))
    except WeightsError:
        assert all(torch.equal(a, b) for a, b in zip(target.parameters(), network(1).parameters(),
                                                    strict=True))  # fmt: skip
    else:
        assert all(torch.isfinite(p).all() for p in target.parameters())


@example(b"")
@settings(max_examples=60, deadline=2000)
@given(text=st.binary(max_size=300))
def test_any_header_is_refused_with_a_weights_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.mktemp("w") / "m"
    path.write_bytes(with_header(text, b""))
    with pytest.raises(WeightsError):
        load_weights(path, network(), file_sha256(path))
