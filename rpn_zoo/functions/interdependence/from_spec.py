"""Make the interdependence function that a head's config names."""

from __future__ import annotations

import torch

from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.interdependence.base import TYPES, Interdependence
from rpn_zoo.functions.registry import create, get, signature, split_spec


def make_interdependence(
    spec: Spec,
    mode: str,
    m: int,
    b: int | None,
    generator: torch.Generator | None,
    init: str,
) -> Interdependence:
    """Make the interdependence function of a head's slot.

    Args:
        spec: name and options.
        mode: ``"attribute"`` or ``"instance"``, by the slot; the options must not say otherwise.
        m: number of attributes.
        b: number of instances, where the head knows it.
        generator: source of the initial values, where there are any.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if the options name the other mode, or another family is named.
    """
    name, options = split_spec(spec)
    cls = get(name)
    if not issubclass(cls, Interdependence):
        raise ValueError(f"an interdependence function must be named here, got {name!r}.")
    given = options.get("interdependence_type", mode)
    if TYPES.get(given, given) != mode:
        raise ValueError(
            f"{name}: interdependence_type must be {mode!r} in this slot (or not given), "
            f"got {given!r}."
        )
    allowed = signature(cls)
    more: dict[str, object] = {"interdependence_type": given, "m": m}
    if "b" in allowed and "b" not in options and b is not None:
        more["b"] = b
    if "generator" in allowed:
        more |= {"generator": generator, "init": init}
    rest = {k: v for k, v in options.items() if k != "interdependence_type"}
    made: Interdependence = create({"name": name, **rest}, **more)
    return made
