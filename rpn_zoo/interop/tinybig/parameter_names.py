"""tinybig's parameter names, and where in rpn_zoo's modules their values belong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from rpn_zoo.functions.component import Component
from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.nn import RPN, Head, Layer

STATISTICS = ("running_mean", "running_var", "num_batches_tracked")
NORMS = (nn.LayerNorm, nn.BatchNorm1d)
SLOTS = {
    r"input_functions\.": "input_process_functions.",
    r"output_functions\.": "output_process_functions.",
    r"expansion\.": "data_transformation.",
    r"reconciliation\.": "parameter_fabrication.",
    r"remainder\.activations\.": "remainder.activation_functions.",
    r"fusion\.": "head_fusion.",
}
"""Beginnings of names in rpn_zoo and in tinybig."""
PARAMETERS = {
    r"reconciliation\.w": "w",
    r"bias": "b",
    r"remainder\.([wb])": r"\1_remainder",
    r"channel_fusion\.(reconciliation\.)?w": "w_channel_fusion",
    r"fusion\.(reconciliation\.)?w": "w_head_fusion",
}
"""Names of the owner's parameters in rpn_zoo and in tinybig."""


@dataclass
class Entry:
    """One array of a tinybig state dict.

    Args:
        name: its name.
        targets: views that together take its values: (view, rows and columns of the array).
        shape: its shape.
        required: whether a state dict must hold it.
        kind: ``"parameter"``, ``"norm"`` (frozen affine weights), ``"statistics"``, or a frozen
            array that was ``"drawn"`` at random, ``"fitted"`` to data or ``"given"``.
        other_name: the name of a function that is not in a list.
    """

    name: str
    targets: list[tuple[Tensor, tuple[slice, ...]]]
    shape: tuple[int, ...]
    required: bool
    kind: str
    other_name: str | None = None

    def fill(self, value: Tensor) -> None:
        """Copy the array into its targets."""
        with torch.no_grad():
            for target, place in self.targets:
                target.copy_(value[place] if place else value)


@dataclass
class Names:
    """The arrays that a module has in tinybig.

    Args:
        entries: the arrays by name.
        absent: affine weights that the module leaves out, with the value that they then have.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    absent: dict[str, float] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take an entry in, under its name."""
        self.entries[entry.name] = entry


def names_of(model: nn.Module) -> Names:
    """All arrays of a head, layer or network.

    Raises:
        ValueError: for another module.
    """
    names = Names()
    if isinstance(model, RPN):
        for place, layer in enumerate(model.layers):
            _layer(names, layer, f"layers.{place}.")
    elif isinstance(model, Layer):
        _layer(names, model, "")
    elif isinstance(model, Head):
        _head(names, model, "")
    else:
        raise ValueError(f"a Head, Layer or RPN is needed, got {type(model).__name__}.")
    return names


def _layer(names: Names, layer: nn.Module, prefix: str) -> None:
    assert isinstance(layer, Layer)
    for place, head in enumerate(layer.heads):
        _head(names, head, f"{prefix}heads.{place}.")
    if layer.fusion is not None:
        _own(names, layer, "fusion.", prefix)


def _head(names: Names, head: nn.Module, prefix: str) -> None:
    assert isinstance(head, Head)
    _own(names, head, "", prefix)
    for mode, functions in (
        ("attribute", head.attribute_interdependences),
        ("instance", head.instance_interdependences),
    ):
        _interdependences(names, functions, f"{mode}_interdependence", prefix)


def _own(names: Names, owner: nn.Module, only: str, prefix: str) -> None:
    """What is neither in a head's interdependences nor in a layer's heads."""
    for key, tensor in owner.state_dict(keep_vars=True).items():
        if key.startswith(only) and not re.match(r"(attribute|instance)_interdep|heads\.", key):
            name = rename(key)
            names.add(_entry(owner, key, tensor, prefix + name, _single(owner, key, name, prefix)))
    for key, module in owner.named_modules():
        plain = isinstance(module, NORMS) and getattr(module, "weight", None) is None
        if plain and key.startswith(only):
            _absent(names, owner, key, prefix)


def _interdependences(names: Names, functions: nn.ModuleList, slot: str, prefix: str) -> None:
    """One row of parameters for each channel; everything else is shared by the channels."""
    if not len(functions):
        return
    parameters: list[tuple[Tensor, tuple[slice, ...]]] = []
    shared: dict[str, Entry] = {}
    length = 0
    for channel, function in enumerate(functions):
        assert isinstance(function, Interdependence)
        start, parts = 0, function.parts()
        for part in parts:
            end = start + part.numel()
            parameters.append((part, (slice(channel, channel + 1), slice(start, end))))
            start = end
        length = start
        own = {id(part) for part in parts}
        for key, tensor in function.state_dict(keep_vars=True).items():
            if id(tensor) in own:
                continue
            name = prefix + f"{slot}.{_inner(key)}"
            if name in shared:
                shared[name].targets.append((tensor, ()))
            else:
                shared[name] = _entry(function, key, tensor, name, None)
    for entry in shared.values():
        names.add(entry)
    if length:
        shape = (len(functions), length)
        names.add(Entry(f"{prefix}w_{slot}", parameters, shape, True, "parameter"))


def _entry(owner: nn.Module, key: str, tensor: Tensor, name: str, other: str | None) -> Entry:
    trained = isinstance(tensor, nn.Parameter) and tensor.requires_grad
    last = key.rsplit(".", 1)[-1]
    if trained:
        kind, required = "parameter", True
    elif last in STATISTICS:
        weight = getattr(owner.get_submodule(key.rpartition(".")[0]), "weight", None)
        kind, required = "statistics", weight is not None and weight.requires_grad
    else:
        kind, required = "norm" if isinstance(tensor, nn.Parameter) else _origin(owner, key), False
    return Entry(name, [(tensor, ())], tuple(tensor.shape), required, kind, other)


def _origin(owner: nn.Module, key: str) -> str:
    """Where a frozen array comes from: drawn at random, fitted to data, or given by the options."""
    kinds = []
    path = key.split(".")[:-1]
    for depth in range(len(path) + 1):
        module = owner.get_submodule(".".join(path[:depth]))
        if isinstance(module, Component):
            kinds.append("drawn" if module.random else "fitted" if module.fitted else "given")
    return kinds[-1] if kinds else "given"


def rename(key: str) -> str:
    """A name in a head (or, beginning with ``fusion``, in a layer) as tinybig has it.

    Example:
        >>> rename("remainder.w"), rename("expansion.postprocess.0.weight")
        ('w_remainder', 'data_transformation.postprocess_functions.0.weight')
    """
    for pattern, replacement in PARAMETERS.items():
        if re.fullmatch(pattern, key):
            return re.sub(pattern, replacement, key)
    for pattern, replacement in SLOTS.items():
        if re.match(pattern, key):
            return replacement + _inner(key[re.match(pattern, key).end() :])  # type: ignore[union-attr]
    return _inner(key)


def _inner(key: str) -> str:
    """The rest of a name: processing functions, parts of compositions, fabricated matrices."""
    key = re.sub(r"(^|\.)(pre|post)process\.", r"\1\2process_functions.", key)
    key = re.sub(r"(^|\.)parts\.", r"\1functions.", key)
    return re.sub(r"(^|\.)reconciliation\.", r"\1", key)


def _single(owner: nn.Module, key: str, name: str, prefix: str) -> str | None:
    """The name of an array of the only function in its slot, were it not in a list."""
    found = re.match(r"(.*_functions)\.0\.(.*)$", name)
    slot = re.match(r"(.*?)\.0\.[^.]*$", key)
    if found is None or slot is None:
        return None
    functions = owner.get_submodule(slot[1])
    alone = isinstance(functions, nn.ModuleList) and len(functions) == 1
    return f"{prefix}{found[1]}.{found[2]}" if alone else None


def _absent(names: Names, owner: nn.Module, key: str, prefix: str) -> None:
    for last, value in (("weight", 1.0), ("bias", 0.0)):
        full = f"{key}.{last}"
        name = rename(full)
        for known in (prefix + name, _single(owner, full, name, prefix)):
            if known is not None:
                names.absent[known] = value


def all_names(names: Names) -> Iterator[str]:
    """Every name that is understood."""
    yield from names.entries
    yield from (e.other_name for e in names.entries.values() if e.other_name is not None)
    yield from names.absent
