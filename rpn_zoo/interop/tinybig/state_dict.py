"""Loading tinybig's parameters into a network of rpn_zoo: strict, with readable differences."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import nearest
from rpn_zoo.functions.reconciliation.kronecker import KroneckerReconciliation
from rpn_zoo.interop.tinybig.context import TinybigError
from rpn_zoo.interop.tinybig.parameter_names import Entry, Names, all_names, names_of

SHOWN = 20
"""So many differences are listed, the others counted."""


def load_state_dict(model: nn.Module, state: Mapping[str, Any]) -> None:
    """Copy a tinybig state dict into a head, layer or network made by this package.

    Every parameter must be there in its shape, and nothing else. What tinybig does not save may be
    missing: the weights of normalisations given in a list (they keep 1 and 0), their running
    statistics and frozen random arrays (with a warning). Nothing is changed if anything is wrong.

    Args:
        model: what the arrays are copied into, in its own dtype.
        state: the arrays by tinybig's names.

    Raises:
        TinybigError: (a ValueError) listing missing and unknown names, wrong shapes and values that
            are not finite.

    Example:
        >>> from rpn_zoo.interop.tinybig import build
        >>> model = build("perceptron_head", {"m": 2, "n": 1})
        >>> load_state_dict(model, {"w": torch.ones(1, 2), "b": torch.zeros(1)})
        >>> model.eval()(torch.ones(1, 2)).item()
        2.0
    """
    names = names_of(model)
    found, problems = _match(names, state)
    missing = [name for name in names.entries if name not in found]
    problems += [
        f"{name} of the shape {names.entries[name].shape} is missing"
        for name in missing
        if names.entries[name].required
    ]
    for name, value in found.items():
        problems += _differences(names.entries[name], value)
    if problems:
        rest = f"\n  and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        lines = "\n  ".join(problems[:SHOWN])
        raise TinybigError(f"the state dict does not fit the network:\n  {lines}{rest}")
    for name, value in found.items():
        names.entries[name].fill(value)
    _say(model, [names.entries[name] for name in missing])


def _match(names: Names, state: Mapping[str, Any]) -> tuple[dict[str, Tensor], list[str]]:
    """The arrays under the names of their entries, and what is wrong with the others."""
    other = {e.other_name: e.name for e in names.entries.values() if e.other_name is not None}
    found: dict[str, Tensor] = {}
    problems = []
    for name, value in state.items():
        if not isinstance(value, Tensor):
            problems.append(f"{name} must be a tensor, got {type(value).__name__}")
        elif name in names.entries or name in other:
            key = other.get(name, name)
            if key in found:
                problems.append(f"{name} is given twice, as {key} too")
            found[key] = value
        elif name in names.absent:
            if not bool((value == names.absent[name]).all()):
                problems.append(
                    f"{name} is not {names.absent[name]:g} throughout, but the network leaves such "
                    'weights out: build it with listed_norms="frozen"'
                )
        elif value.numel() or not name.rpartition(".")[2].startswith("w_"):
            hint = nearest(name, set(all_names(names)), count=1)
            problems.append(f"{name} of the shape {tuple(value.shape)} is unknown.{hint}")
    return found, problems


def _differences(entry: Entry, value: Tensor) -> Iterable[str]:
    if tuple(value.shape) != entry.shape:
        yield f"{entry.name} must have the shape {entry.shape}, got {tuple(value.shape)}"
    elif value.is_complex() or value.layout != torch.strided:
        yield f"{entry.name} must be a dense real array, got {value.dtype}, {value.layout}"
    elif not bool(torch.isfinite(value).all()):
        yield f"{entry.name} holds NaN or infinite values"


def _say(model: nn.Module, missing: list[Entry]) -> None:
    """Warn of what is missing and changes the results."""
    statistics = [e.name for e in missing if e.kind == "statistics"]
    if statistics:
        warnings.warn(
            f"the state dict holds no running statistics ({_some(statistics)}): evaluate some "
            "batches of data in training mode before the network is used.",
            stacklevel=3,
        )
    for kind, what in (("drawn", "was drawn at random"), ("fitted", "is not fitted to data")):
        arrays = [e.name for e in missing if e.kind == kind]
        if arrays:
            warnings.warn(
                f"the state dict holds no {_some(arrays)}: what {what} stays, so that the results "
                "differ from those of the saved network.",
                stacklevel=3,
            )
    kronecker = [
        m for m in model.modules() if isinstance(m, KroneckerReconciliation) and m.layout != "flat"
    ]
    if kronecker:
        warnings.warn(
            'the network has Kronecker products of the layout "kronecker", tinybig\'s is "flat": '
            "the same parameters make other matrices.",
            stacklevel=3,
        )


def _some(names: list[str]) -> str:
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} more" if rest > 0 else "")
