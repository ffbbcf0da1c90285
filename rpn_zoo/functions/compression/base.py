"""The base class of data compressions kappa: (b, m) -> (b, D)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.transformation import Transformation

FunctionType = TypeVar("FunctionType", bound=Callable[..., Any])


class Compression(Transformation):
    """A data compression: makes every row narrower, D <= m as a rule.

    Its arguments and methods are those of :class:`Transformation`; it stands in a head where an
    expansion may stand.
    """

    family = "compression"


def untraced(function: FunctionType) -> FunctionType:
    """Decorator: a compiler calls the function as it is, and does not follow scikit-learn."""
    return cast(FunctionType, torch.compiler.disable(function))


def check_at_most_m(name: str, value: object, m: int) -> int:
    """Return ``value`` if it is an integer from 1 to m, else raise a ValueError.

    Example:
        >>> check_at_most_m("D", 2, 3)
        2
    """
    check_positive_int("m", m)
    number = check_positive_int(name, value)
    if number > m:
        raise ValueError(f"{name} must be <= m = {m}, got {name} = {number}.")
    return number
