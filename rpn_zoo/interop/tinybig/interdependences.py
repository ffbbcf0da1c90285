"""Interdependence functions of tinybig, in the two slots of a head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.interdependence import (
    GeometricInterdependence,
    Interdependence,
    make_interdependence,
)
from rpn_zoo.functions.registry import get, signature
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.fabrications import fabrication
from rpn_zoo.interop.tinybig.transformations import transformation

CHILDREN = ("interdependence_functions", "interdependence_function_configs")
FUSIONS = ("fusion_function", "fusion_function_config", "fusion_function_configs")
KAPPA = ("data_transformation", "data_transformation_configs")
PSI = ("parameter_fabrication", "parameter_fabrication_configs")


@dataclass(frozen=True)
class Interdependent:
    """An interdependence function.

    Args:
        spec: its name and options in rpn_zoo.
        made: the function itself, which tells its sizes.
    """

    spec: Spec
    made: Interdependence


def interdependence(
    context: Context, given: Any, mode: str, m: int, b: int | None
) -> Interdependent:
    """Translate an interdependence function.

    Args:
        context: its place.
        given: ``{function_class, function_parameters}``.
        mode: that of the slot, ``"attribute"`` or ``"instance"``.
        m: number of attributes.
        b: number of instances, where the head states it.

    Raises:
        Unusable: if it cannot be taken over; problems were noted.
    """
    return context.need(lambda: _interdependence(context, given, mode, m, b))


def _interdependence(
    context: Context, given: Any, mode: str, m: int, b: int | None
) -> Interdependent:
    key, parameters, place = read(context, given, ("interdependence",))
    bare = {k: v for k, v in parameters.items() if "process_function" not in k}
    found = _options(place, key, bare, mode, m, b)
    made = make_interdependence(spec(key, found), mode, m, b, None, "fan_aware")
    if bare != parameters:  # now that the number of columns of A is known
        widths = {"preprocess": made.size, "postprocess": made.size_prime}
        found = _options(place, key, parameters, mode, m, b, widths)
    return Interdependent(spec(key, found), made)


def _options(
    context: Context,
    key: str,
    parameters: Mapping[str, Any],
    mode: str,
    m: int,
    b: int | None,
    widths: Mapping[str, int | None] | None = None,
) -> dict[str, Any]:
    cls = get(key)
    assert issubclass(cls, Interdependence)
    given = parameters.get("interdependence_type")
    if cls.mode_of(given) != mode:
        said = f"is {given!r}" if given else f"would be {cls.default_type!r}"
        context.problem(
            f"interdependence_type must be {mode!r} in this slot, it {said}: rpn_zoo mixes columns "
            "before the expansion and rows after it."
        )
    if issubclass(cls, GeometricInterdependence):  # sizes of 0 are those of the grid
        parameters = {k: v for k, v in parameters.items() if k not in ("m", "b") or v != 0}
    if parameters.get("m") is not None and parameters["m"] != m:
        context.at("m").problem(f"must be {m}, the number of columns here, got {parameters['m']}.")
    if "b" not in signature(cls):
        parameters = {k: v for k, v in parameters.items() if k != "b"}
    elif parameters.get("b") is None and b is not None:
        parameters = {**parameters, "b": b}
    if "preprocess_functions" not in signature(cls):
        given_names = [k for k, v in parameters.items() if k.startswith("preprocess_") and v]
        for name in given_names:
            context.at(name).warn(f"has no effect: {key} computes its matrix without data.")
        parameters = {k: v for k, v in parameters.items() if not k.startswith("preprocess_")}
    more = _inner(context, key, parameters, mode, m)
    also = ("m", "interdependence_type", *CHILDREN, *FUSIONS, *KAPPA, *PSI)
    rest = {k: v for k, v in parameters.items() if v is not None and k not in more}
    return {**options(context, key, rest, also if more else also[:2], widths), **more}


def _inner(
    context: Context, key: str, parameters: Mapping[str, Any], mode: str, m: int
) -> dict[str, Any]:
    """The options that are functions themselves."""
    if key == "hybrid_interdependence":
        slot, children = _one_of(parameters, CHILDREN)
        if not isinstance(children, (list, tuple)):
            raise ValueError(f"needs a list of functions as {CHILDREN[1]}.")
        found = []
        with context.complete():
            for place, child in enumerate(children):
                here = context.at(slot, place)
                b = parameters.get("b")
                made = here.attempt(lambda: interdependence(here, child, mode, m, b))  # noqa: B023
                if made is not None:
                    found.append(made.spec)
        slot, fused = _one_of(parameters, FUSIONS)
        fusion_key, given, below = read(context.at(slot), fused, ("fusion",))
        fusion = spec(fusion_key, options(below, fusion_key, given, also=("dims",)))
        return {"interdependence_functions": found, "fusion_function": fusion}
    if key == "parameterized_rpn_interdependence":
        size = parameters.get("b") if mode == "attribute" else m
        size = None if size is None else check_positive_int("b", size)
        slot, kappa = _one_of(parameters, KAPPA)
        transformed = transformation(context.at(slot), kappa, size)
        slot, psi = _one_of(parameters, PSI)
        name, size = ("m_prime", m) if mode == "attribute" else ("b_prime", parameters.get("b"))
        rows = parameters.get(name)
        rows = check_positive_int(name, size if rows is None else rows)
        fabricated = fabrication(context.at(slot), psi, rows, transformed.D)
        return {"data_transformation": transformed.spec, "parameter_fabrication": fabricated.spec}
    return {}


def _one_of(parameters: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of several arguments that is given, and its name."""
    for name in names:
        if parameters.get(name) is not None:
            return name, parameters[name]
    return names[-1], None
