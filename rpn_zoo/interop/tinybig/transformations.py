"""Data transformations (expansions and compressions) of tinybig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.functions.transformation import make_transformation
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context

FAMILIES = ("expansion", "compression")
PARTS = ("functions", "composition_function_configs")


@dataclass(frozen=True)
class Transformed:
    """A transformation for a known input width.

    Args:
        spec: its name and options in rpn_zoo.
        D: output width; None: not known, as the input width is not.
    """

    spec: Spec
    D: int | None


def transformation(context: Context, given: Any, m: int | None) -> Transformed:
    """Translate a data transformation.

    Args:
        context: its place.
        given: ``{function_class, function_parameters}``.
        m: input width; None: not known.

    Raises:
        Unusable: if it cannot be taken over; problems were noted.
    """
    return context.need(lambda: _transformation(context, given, m))


def _transformation(context: Context, given: Any, m: int | None) -> Transformed:
    key, parameters, place = read(context, given, FAMILIES)
    composed = key.startswith(("extended_", "nested_"))
    more: dict[str, Any] = {}
    if composed:
        more["functions"] = _parts(place, parameters, m, nested=key.startswith("nested_"))
        parameters = {k: v for k, v in parameters.items() if k not in PARTS}
        parameters["functions"] = more["functions"]
    bare = {k: v for k, v in parameters.items() if "process_function" not in k}
    D = None if m is None else _width({**options(place, key, bare)}, key, m)
    found = options(place, key, parameters, widths={"preprocess": m, "postprocess": D})
    return Transformed(spec(key, found), D)


def _width(found: Mapping[str, Any], key: str, m: int) -> int:
    """The output width; making the function finds options that do not fit."""
    return make_transformation(spec(key, found), m, None).D


def _parts(
    context: Context, parameters: Mapping[str, Any], m: int | None, nested: bool
) -> list[Spec]:
    """The functions of which a composition is made."""
    slot = PARTS[0] if parameters.get(PARTS[0]) is not None else PARTS[1]
    value = parameters.get(slot)
    if value is None:
        raise ValueError(f"a composition needs {PARTS[1]}.")
    found, width = [], m
    with context.complete():
        for place, part in enumerate(value if isinstance(value, (list, tuple)) else [value]):
            here = context.at(slot, place)
            made = here.attempt(lambda: transformation(here, part, width))  # noqa: B023
            if made is not None:
                found.append(made.spec)
            if nested:
                width = None if made is None else made.D
    return found
