"""Remainders of tinybig."""

from __future__ import annotations

from typing import Any

from rpn_zoo.functions import Spec, create
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context


def remainder(context: Context, given: Any, m: int, n: int) -> Spec:
    """Translate a remainder.

    Args:
        context: its place.
        given: ``{function_class, function_parameters}``.
        m: input width.
        n: output width.

    Raises:
        Unusable: if it cannot be taken over; problems were noted.
    """
    return context.need(lambda: _remainder(context, given, m, n))


def _remainder(context: Context, given: Any, m: int, n: int) -> Spec:
    key, parameters, place = read(context, given, ("remainder",))
    found = options(place, key, parameters, widths={"activation": n})
    if key == "zero_remainder" and found:
        place.warn("the activation of a zero remainder has no effect: it adds exactly 0.")
        found = {}
    if key != "linear_remainder":
        for name in ("require_parameters", "enable_bias"):
            if parameters.get(name):
                place.at(name).warn(f"{key} has no parameters, {name} has no effect.")
    elif found.get("require_parameters") is True:
        del found["require_parameters"]  # the default
    if found.get("enable_bias") is False:
        del found["enable_bias"]
    if key != "linear_remainder" or not found.get("require_parameters", True):
        create(spec(key, found), m=m, n=n)  # finds widths that do not fit
    return spec(key, found)
