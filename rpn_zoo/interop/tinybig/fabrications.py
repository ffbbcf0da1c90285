"""Parameter fabrications (reconciliations) of tinybig."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions import Spec, create
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context

WITHOUT_PARAMETERS = (
    "constant_reconciliation",
    "zero_reconciliation",
    "one_reconciliation",
    "constant_eye_reconciliation",
)
LARGE = (
    "identity_reconciliation",
    "masking_reconciliation",
    "hypernet_reconciliation",
    "random_matrix_hypernet_reconciliation",
)
"""These make arrays of n D numbers, and have no option that depends on n or D."""


@dataclass(frozen=True)
class Fabrication:
    """A reconciliation.

    Args:
        spec: its name and options in rpn_zoo.
        bias: whether its owner adds a bias.
    """

    spec: Spec
    bias: bool


def fabrication(context: Context, given: Any, n: int, D: int | None) -> Fabrication:
    """Translate a parameter fabrication.

    Args:
        context: its place.
        given: ``{function_class, function_parameters}``.
        n: number of rows of W.
        D: number of columns of W; None: not known.

    Raises:
        Unusable: if it cannot be taken over; problems were noted.
    """
    return context.need(lambda: _fabrication(context, given, n, D))


def _fabrication(context: Context, given: Any, n: int, D: int | None) -> Fabrication:
    key, parameters, place = read(context, given, ("reconciliation",))
    found = options(place, key, parameters)
    flags = {name: parameters.get(name, False) for name in ("enable_bias", "require_parameters")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            place.at(name).problem(f"must be true or false, got {value!r}.")
    trained = key not in WITHOUT_PARAMETERS
    if parameters.get("require_parameters", trained) != trained:
        place.at("require_parameters").warn(f"has no effect on {key}.")
    if flags["enable_bias"] and not trained:
        place.at("enable_bias").warn(f"{key} has no parameters and so no bias.")
    if D is not None and key not in LARGE:
        create(spec(key, found), n=n, D=D)  # finds p and q that do not divide
    return Fabrication(spec(key, found), bool(flags["enable_bias"]) and trained)
