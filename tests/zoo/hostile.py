"""Folders of entries that must be refused: a good one, damaged in one of many ways.

Each strategy draws a function that changes the files of a good entry (bytes by name) and puts the
hash of the weights on the card right, unless a wrong hash is the point.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from hypothesis import strategies as st
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from rpn_zoo.nn import RPN
from rpn_zoo.zoo import save_weights
from rpn_zoo.zoo.card import WeightsFile
from rpn_zoo.zoo.recipe import load_recipe
from rpn_zoo.zoo.schema import to_plain
from rpn_zoo.zoo.strict_yaml import dump_yaml
from rpn_zoo.zoo.weights import METADATA_KEY, canonical_network
from tests.zoo.builders import NAME, make_card

CARD, CONFIG, WEIGHTS = "card.yaml", "config.yaml", "model.safetensors"
HEAD: dict[str, Any] = {
    "expansion": {"name": "taylor_expansion", "d": 2},
    "reconciliation": {"name": "lorr_reconciliation", "r": 2},
    "remainder": "linear_remainder",
    "bias": True,
}
NETWORK: dict[str, Any] = {"dims": [4, 5, 3], "layers": [{"heads": [HEAD]}]}
MARKER = "executed"

Files = dict[str, bytes]
Change = Callable[[Files], Files]


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, Any]:
        return open, (self.marker, "w")


@dataclass(frozen=True)
class Original:
    """The files of a good entry, and where a payload would leave its mark."""

    files: Files
    marker: str

    @classmethod
    def make(cls, folder: Path) -> Original:
        """Write the entry into a folder and read it again."""
        save_weights(folder / WEIGHTS, RPN(NETWORK))
        content = (folder / WEIGHTS).read_bytes()
        (folder / CONFIG).write_bytes(dump_yaml({"model": {"network": NETWORK}}).encode())
        card = make_card("0" * 64, recipe_sha256=load_recipe(folder / CONFIG).sha256)
        plain = to_plain(card)
        plain |= {"seeds": plain["seeds"][:1], "std": None, "baselines": [], "class_names": []}
        plain |= {"preprocess": None, "versions": {}}
        plain["mean"] = round(plain["seeds"][0]["test"], 6)
        files = {
            CONFIG: (folder / CONFIG).read_bytes(),
            CARD: dump_yaml(plain).encode(),
            WEIGHTS: content,
        }
        return cls(sealed(files), str(folder / MARKER))


def sealed(files: Files) -> Files:
    """The same files with the hash and size of the weights that are there on the card."""
    lines, content = files[CARD].decode().split("\n"), files[WEIGHTS]
    weights = WeightsFile(hashlib.sha256(content).hexdigest(), max(1, len(content)))
    at = lines.index("weights:")
    lines[at + 1 : at + 3] = [f"  sha256: {weights.sha256}", f"  size: {weights.size}"]
    return {**files, CARD: "\n".join(lines).encode()}


def with_card(files: Files, key: str, value: Any) -> Files:
    """The files with one top-level plain line of the card changed."""
    plain = {**yaml.safe_load(files[CARD]), key: value}
    return {**files, CARD: dump_yaml({k: v for k, v in plain.items() if v is not ...}).encode()}


def with_network(files: Files, network: Any) -> Files:
    """The files with another network in the config."""
    return {**files, CONFIG: dump_yaml({"model": {"network": network}}).encode()}


def header_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and body of a safetensors file."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def with_header(header: Any, body: bytes) -> bytes:
    """A safetensors file of any header (JSON or bytes) and body."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def with_weights(files: Files, content: bytes) -> Files:
    """The files with other weights, and their true hash on the card."""
    return sealed({**files, WEIGHTS: content})


# --- ways of damage -------------------------------------------------------------------------------


@st.composite
def truncated(draw: st.DrawFn, original: Original) -> Files:
    name = draw(st.sampled_from([WEIGHTS, WEIGHTS, CARD, CONFIG]))
    content = original.files[name]
    # A text that only lacks its last characters may mean the same: "dims: [4, 5, 3]\n".
    cut = content[: draw(st.integers(0, len(content) - (1 if name == WEIGHTS else 60)))]
    files = {**original.files, name: cut}
    return sealed(files) if name == WEIGHTS and draw(st.booleans()) else files


@st.composite
def flipped(draw: st.DrawFn, original: Original) -> Files:
    content = bytearray(original.files[WEIGHTS])
    for _ in range(draw(st.integers(1, 3))):
        content[draw(st.integers(0, len(content) - 1))] ^= 1 << draw(st.integers(0, 7))
    if bytes(content) == original.files[WEIGHTS]:
        content[0] ^= 1
    return {**original.files, WEIGHTS: bytes(content)}


@st.composite
def wrong_hash(draw: st.DrawFn, original: Original) -> Files:
    digest: Any = draw(
        st.text("0123456789abcdef", min_size=64, max_size=64)
        | st.text("0123456789abcdefABCDEF", max_size=80).filter(lambda t: len(t) != 64)
        | st.none() | st.integers() | st.just(...)
    )  # fmt: skip
    weights = {"sha256": digest, "size": 1000}
    return with_card(original.files, "weights", {k: v for k, v in weights.items() if v is not ...})


@st.composite
def pickled(draw: st.DrawFn, original: Original) -> Files:
    payload: Any = [Bomb(original.marker), {"w": torch.zeros(draw(st.integers(0, 4)))}]
    if draw(st.booleans()):
        content = pickle.dumps(payload, protocol=draw(st.integers(0, pickle.HIGHEST_PROTOCOL)))
    else:
        buffer = io.BytesIO()
        torch.save(payload, buffer, _use_new_zipfile_serialization=draw(st.booleans()))
        content = buffer.getvalue()
    content += draw(st.binary(max_size=8))
    name = draw(st.sampled_from([WEIGHTS, WEIGHTS, CARD, CONFIG]))
    if name == WEIGHTS:
        if draw(st.booleans()):  # the pickle where the tensors are, behind a valid header
            header, _ = header_of(original.files[WEIGHTS])
            content = with_header(header, content)
        return with_weights(original.files, content)
    return {**original.files, name: content}


@st.composite
def huge_header(draw: st.DrawFn, original: Original) -> Files:
    length = draw(st.integers(1 << 20, (1 << 64) - 1).filter(lambda n: n > 1 << 20))
    return with_weights(original.files, struct.pack("<Q", length) + draw(st.binary(max_size=300)))


@st.composite
def bad_header(draw: st.DrawFn, original: Original) -> Files:
    header, body = header_of(original.files[WEIGHTS])
    name = draw(st.sampled_from([key for key in header if key != "__metadata__"]))
    entry = header[name]
    big = st.integers(1 << 31, 1 << 70) | st.integers(-(1 << 40), -1)
    kind = draw(st.sampled_from(["offset", "shape", "dtype", "keys", "type", "text"]))
    if kind == "offset":  # overlaps, gaps, beyond the end
        move = draw(st.integers(1, len(body)) | st.integers(-len(body), -1) | big)
        both = draw(st.booleans())
        start, stop = entry["data_offsets"]
        entry["data_offsets"] = [start + move if both else start, stop + move]
    elif kind == "shape":
        entry["shape"] = draw(
            st.lists(big, min_size=1, max_size=4)
            | st.just([10**30]) | st.just([0]) | st.just([1] * 200 + entry["shape"])
            | st.lists(st.floats() | st.booleans() | st.none(), min_size=1, max_size=3)
        )  # fmt: skip
    elif kind == "dtype":
        entry["dtype"] = draw(
            st.sampled_from(["F64", "F16", "BF16", "I32", "I64", "U8", "BOOL", "F8_E4M3", "OBJECT"])
            | st.text(max_size=20).filter(lambda t: t != "F32") | st.none() | st.integers()
        )  # fmt: skip
    elif kind == "keys":
        entry |= draw(st.dictionaries(st.text(min_size=1, max_size=9), st.none(), min_size=1,
                                      max_size=2))  # fmt: skip
    elif kind == "type":
        header[name] = draw(st.none() | st.integers() | st.text(max_size=9) | st.just([entry]))
    else:
        text = draw(
            st.binary(max_size=200)
            | st.integers(40, 60_000).map(lambda n: b"[" * n)
            | st.integers(40, 30_000).map(lambda n: b'{"a":' * n)
            | st.integers(4300, 60_000).map(lambda n: b'{"a": ' + b"9" * n + b"}")
            | st.just(b'{"a": 1, "a": 2}') | st.just(b'{"a": Infinity}')
        )  # fmt: skip
        return with_weights(original.files, with_header(text, body))
    return with_weights(original.files, with_header(header, body))


def _state(original: Original) -> tuple[dict[str, Tensor], dict[str, str]]:
    header, _ = header_of(original.files[WEIGHTS])
    return load_tensors(original.files[WEIGHTS]), header["__metadata__"]


@st.composite
def other_tensors(draw: st.DrawFn, original: Original) -> Files:
    state, metadata = _state(original)
    name = draw(st.sampled_from(sorted(state)))
    kind = draw(st.sampled_from(["missing", "extra", "renamed", "shape", "dtype", "value"]))
    value = state[name]
    if kind == "missing":
        del state[name]
    elif kind == "extra":
        key = draw(st.sampled_from(["../../etc/passwd", "__proto__", name + ".", "\u0000"])
                   | st.text(min_size=1, max_size=30))  # fmt: skip
        if key not in state and key != "__metadata__":
            state[key] = torch.zeros(draw(st.integers(0, 9)))
        else:
            del state[name]
    elif kind == "renamed":
        state[name + draw(st.sampled_from(["_", "/", "é", "x" * 5000]))] = state.pop(name)
    elif kind == "shape":
        shape = draw(st.lists(st.integers(0, 9), max_size=4))
        state[name] = torch.zeros([*shape, 2] if shape == list(value.shape) else shape)
    elif kind == "dtype":
        dtype = draw(st.sampled_from([torch.float64, torch.float16, torch.bfloat16, torch.int32,
                                      torch.bool]))  # fmt: skip
        state[name] = value.to(dtype)
    else:
        bad = draw(st.sampled_from([float("nan"), float("inf"), -float("inf")]))
        flat = value.flatten()
        flat[draw(st.integers(0, flat.numel() - 1))] = bad
        state[name] = flat.view(value.shape)
    return with_weights(original.files, save_tensors(state, metadata=metadata))


@st.composite
def other_metadata(draw: st.DrawFn, original: Original) -> Files:
    state, _ = _state(original)
    network = canonical_network({**NETWORK, "init": "tinybig"})
    facts: Any = draw(
        st.just({"network": network}) | st.just({}) | st.none() | st.integers()
        | st.dictionaries(st.text(max_size=5), st.integers(), max_size=3)
        | st.lists(st.integers(), max_size=3)
    )  # fmt: skip
    text = draw(st.just(json.dumps(facts)) | st.text(max_size=30) | st.just("[" * 50_000))
    key = draw(st.sampled_from([METADATA_KEY, METADATA_KEY, "other"]))
    return with_weights(original.files, save_tensors(state, metadata={key: text}))


@st.composite
def bomb(draw: st.DrawFn, original: Original) -> Files:
    name = draw(st.sampled_from([CARD, CONFIG]))
    levels, width = draw(st.integers(2, 40)), draw(st.integers(2, 12))
    kind = draw(st.sampled_from(["alias", "self", "merge", "deep", "tag", "large", "twice"]))
    good = original.files[name].decode()
    if kind == "alias":
        lines = ["a0: &a0 [x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]" for i in range(1, levels)]
        text = "\n".join(lines)
    elif kind == "self":
        text = f"a: &a [{'[' * (levels % 20)}*a{']' * (levels % 20)}]"
    elif kind == "merge":
        text = f"base: &b {{title: x}}\n<<: [{', '.join(['*b'] * width)}]\n{good}"
    elif kind == "deep":
        depth = levels * 100
        opening, closing = draw(st.sampled_from([("[", "]"), ("{a: ", "}"), ("- ", "")]))
        text = f"a: {opening * depth}1{closing * depth}" if closing else "- " * depth + "1"
    elif kind == "tag":
        tag = draw(st.sampled_from(
            ["!!python/object/apply:builtins.open", "!!python/object/new:builtins.open",
             "!!python/name:builtins.open", "!!python/module:os", "!!binary", "!!set", "!!omap",
             "!open", "!!python/tuple"]))  # fmt: skip
        value = "{a, b}" if tag == "!!set" else f"[{original.marker!r}, w]"
        text = f"{good}\nmore: {tag} {value}\n"
    elif kind == "large":
        text = good + "#" + "x" * (1 << 16)
    else:
        first = good.split("\n", 1)[0]
        text = f"{first}\n{good}"
    return {**original.files, name: text.encode()}


@st.composite
def not_text(draw: st.DrawFn, original: Original) -> Files:
    name = draw(st.sampled_from([CARD, CONFIG]))
    content = bytearray(original.files[name])
    at = draw(st.integers(0, len(content)))
    content[at:at] = draw(st.sampled_from([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\x00", b"\x07",
                                           b"\x80abc"]))  # fmt: skip
    return {**original.files, name: bytes(content)}


@st.composite
def bad_card(draw: st.DrawFn, original: Original) -> Files:
    name, value = draw(
        st.tuples(st.just("config"), st.sampled_from(["../secret", "/etc/passwd", "a/b", "..", ""]))
        | st.tuples(st.just("name"), st.text(max_size=20).filter(lambda t: t != f"{NAME}.v1"))
        | st.tuples(st.sampled_from(["parameters", "flops"]),
                    st.integers(max_value=-1) | st.integers(min_value=10**18) | st.floats()
                    | st.booleans() | st.text(max_size=5))
        | st.tuples(st.sampled_from(["mean", "tolerance", "seconds"]),
                    st.sampled_from([float("nan"), float("inf"), "x", None, [1], 10**400]))
        | st.tuples(st.sampled_from(["seeds", "weights", "source", "versions", "title"]),
                    st.integers() | st.just(...) | st.just([1]) | st.just({"a": 1}))
        | st.tuples(st.text(min_size=1, max_size=12).filter(lambda t: not t.islower()),
                    st.integers())
        | st.tuples(st.just("recipe_sha256"), st.text("0123456789abcdef", min_size=64, max_size=64))
    )  # fmt: skip
    return with_card(original.files, name, value)


@st.composite
def bad_network(draw: st.DrawFn, original: Original) -> Files:
    """Configs of absurd sizes, of wrong types, of other networks than the weights."""
    huge = st.integers(10**9, 10**13) | st.integers(10**15, 10**40)
    kind = draw(st.sampled_from(["dims", "option", "type", "component", "slot"]))
    if kind == "dims":
        dims = draw(st.lists(huge, min_size=2, max_size=4) | st.tuples(st.just(4), huge, st.just(3))
                    | st.lists(st.integers(-9, 0), max_size=4))  # fmt: skip
        return with_network(original.files, {**NETWORK, "dims": list(dims)})
    head: dict[str, Any] = {**HEAD}
    if kind == "option":
        slot, name, option = draw(st.sampled_from([
            ("expansion", "taylor_expansion", "d"), ("reconciliation", "lorr_reconciliation", "r"),
            ("expansion", "bspline_expansion", "t"), ("expansion", "harr_wavelet_expansion", "d"),
            ("expansion", "gaussian_rbf_expansion", "num_interval"),
            ("expansion", "fourier_expansion", "P"), ("expansion", "combinatorial_expansion", "d"),
            ("expansion", "hermite_expansion", "d"),
            ("reconciliation", "hypernet_reconciliation", "hidden_dim"),
            ("reconciliation", "hypernet_reconciliation", "l")]))  # fmt: skip
        head[slot] = {"name": name, option: draw(huge)}
    elif kind == "type":
        slot = draw(st.sampled_from(["expansion", "reconciliation", "channels", "bias",
                                     "output_functions", "positions", "remainder"]))  # fmt: skip
        plain = (
            st.integers(2) | st.floats() | st.text(max_size=5) | st.just([1]) | st.just({"a": 1})
        )
        head[slot] = draw(plain)
    elif kind == "component":
        names = ["os.system", "builtins.open", "torch.nn.Linear", "x" * 900]
        head["expansion"] = {"name": draw(st.sampled_from(names) | st.text(max_size=20)), "d": 1}
    else:
        slot, name = draw(st.sampled_from([
            ("expansion", "identity_expansion"), ("reconciliation", "identity_reconciliation"),
            ("remainder", "zero_remainder"), ("output_functions", ["relu"]), ("channels", 10**9),
            ("channels", 2), ("bias", False)]))  # fmt: skip
        head[slot] = name
    return with_network(original.files, {**NETWORK, "layers": [{"heads": [head]}]})


WAYS = (
    truncated, flipped, wrong_hash, pickled, huge_header, bad_header, other_tensors,
    other_metadata, bomb, not_text, bad_card, bad_network,
)  # fmt: skip


def damaged(original: Original) -> st.SearchStrategy[tuple[str, Files]]:
    """The name of a way of damage, and the files that it leaves."""
    return st.one_of(
        *(st.tuples(st.just(way.__name__), way(original)) for way in WAYS)  # type: ignore[operator]
    )
