"""Reading reference cases: ``<family>.json`` lists them, ``<family>.npz`` holds their arrays.

The cases of equations hold their numbers in the JSON file and have no npz.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Array = npt.NDArray[Any]


class CaseError(Exception):
    """A case that cannot be evaluated; the message says what is missing or does not fit."""


@dataclass(frozen=True)
class Case:
    """One case: a function, its options, its input arrays and the numbers it must give.

    Attributes:
        id: unique in its family, for instance ``hm_reconciliation/1/kronecker``.
        function: the registry key.
        kwargs: constructor arguments under tinybig's names.
        call: sizes.
        inputs: names of the arrays that go in.
        outputs: names of the arrays that must come out.
        constructor_arrays: names of those inputs that are constructor arguments.
        length: the number l of parameters, where it is stated.
        kind: how its numbers are meant, where a family has several ways.
        stored: all arrays of the family, under ``<case id>:<array>``.
    """

    id: str
    function: str
    kwargs: Mapping[str, Any]
    call: Mapping[str, Any]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constructor_arrays: tuple[str, ...]
    length: int | None
    kind: str
    stored: Mapping[str, Array] = field(repr=False)

    def array(self, name: str) -> Array:
        """A stored array of this case.

        Raises:
            CaseError: if the npz does not hold it.
        """
        key = f"{self.id}:{name}"
        try:
            return self.stored[key]
        except KeyError:
            raise CaseError(f"the npz file holds no array {key!r}") from None
        except ValueError as error:
            raise CaseError(f"the array {key!r} cannot be read ({error})") from error

    def tensor(self, name: str) -> Tensor:
        """An input as a tensor of its own; floating point numbers become float64."""
        tensor = torch.from_numpy(np.array(self.array(name)))
        return tensor.double() if tensor.is_floating_point() else tensor

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a stored array."""
        return tuple(self.array(name).shape)

    def size(self, name: str, *otherwise: tuple[str, int]) -> int:
        """A size: from ``call``, or else from an axis of the first array of this case there is.

        Args:
            name: the key in ``call``.
            *otherwise: pairs (array, axis).

        Raises:
            CaseError: if neither ``call`` nor an array tells it.
        """
        if self.call.get(name) is not None:
            return int(self.call[name])
        for array, axis in otherwise:
            if array in (*self.inputs, *self.outputs):
                return self.shape(array)[axis]
        raise CaseError(f"neither call nor an array tells the size {name}")


def entries(path: Path) -> list[dict[str, Any]]:
    """The entries of a ``<family>.json``, whatever their kind.

    Raises:
        CaseError: if it is not a JSON list of objects.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CaseError(f"not valid JSON ({error})") from error
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise CaseError("not a list of cases")
    return [_as_case(entry) for entry in content]


def arrays(path: Path) -> Mapping[str, Array]:
    """The arrays in the ``<family>.npz`` beside a ``<family>.json``; none if there is no such file.

    Raises:
        CaseError: if the file cannot be read.
    """
    try:
        stored: Mapping[str, Array] = np.load(path.with_suffix(".npz"), allow_pickle=False)
    except FileNotFoundError:
        return _values_of_equations(path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise CaseError(f"{path.stem}.npz cannot be read ({error})") from error
    return stored


def read(entry: Mapping[str, Any], stored: Mapping[str, Array]) -> Case:
    """Make a case from an entry of the JSON file.

    Raises:
        CaseError: if the entry lacks a key.
    """
    missing = [key for key in ("id", "function", "outputs") if key not in entry]
    if missing:
        raise CaseError(f"the case lacks the keys {', '.join(missing)}")
    return Case(
        id=str(entry["id"]),
        function=str(entry["function"]),
        kwargs=entry.get("kwargs") or {},
        call=entry.get("call") or {},
        inputs=_names(entry.get("arrays")),
        outputs=_names(entry["outputs"]),
        constructor_arrays=_names(entry.get("ctor_arrays")),
        length=entry.get("l"),
        kind=str(entry.get("kind") or "value"),
        stored=stored,
    )


def _as_case(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of ``equations.json``, which holds its numbers itself, in the form of the others."""
    if not {"suite", "id", "points"} <= set(entry):
        return entry
    return {
        "id": f"{entry['suite']}/{entry['id']}",
        "function": "equation",
        "call": {name: entry[name] for name in ("suite", "id", "points")},
        "outputs": ["values"],
        "values": entry.get("values"),
    }


def _values_of_equations(path: Path) -> Mapping[str, Array]:
    """The numbers in the entries themselves; none for other families."""
    return {
        f"{entry['id']}:values": np.array(entry["values"], dtype=np.float64)
        for entry in entries(path)
        if entry.get("function") == "equation"
    }


def _names(value: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(value or ())
