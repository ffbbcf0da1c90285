"""Which families of cases are evaluated, and which of their functions there are."""

from __future__ import annotations

from collections.abc import Collection

from rpn_zoo import functions
from tests.reference_cases import adapters, architecture, data_adapters
from tests.reference_cases.adapters import Adapter

ADAPTERS: dict[str, Adapter] = {
    **adapters.ADAPTERS,
    "data": data_adapters.data,
    "equations": data_adapters.equations,
    "architecture": architecture.architecture,
}


def known(family: str) -> Collection[str]:
    """The functions of a family whose cases can be evaluated: the registry, but for data."""
    if family == "data":
        return data_adapters.FUNCTIONS
    if family == "architecture":
        return architecture.known()
    return ["equation"] if family == "equations" else functions.list()
