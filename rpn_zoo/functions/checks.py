"""Argument checks shared by all component functions; each error names the argument."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

import torch
from torch import Tensor

MAX_INT = 2**48
"""No size, width or count may be larger: such an array fits no machine, and far larger integers
would keep Python busy for hours before anything could be refused."""


class DivisibilityError(ValueError, AssertionError):
    """A factor size that does not divide (an AssertionError too, as in earlier RPN software)."""


def check_positive_int(name: str, value: object, minimum: int = 1) -> int:
    """Return ``value`` if it is an integer >= ``minimum``, else raise a ValueError naming ``name``.

    Integers above :data:`MAX_INT` are refused as well.

    Example:
        >>> check_positive_int("r", 3)
        3
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ValueError(f"{name} must be an integer >= {minimum}, got {value!r}.")
    if value > MAX_INT:
        # Not the number itself: it may have more digits than Python prints.
        raise ValueError(
            f"{name} must be an integer <= {MAX_INT:,}, got one of {value.bit_length()} bits."
        )
    return value


def check_finite(name: str, value: object) -> float:
    """Return ``value`` as float if it is a finite number, else raise a ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {value!r}.")
    return float(value)


def check_divides(name: str, value: int, of_name: str, of: int) -> int:
    """Return ``value`` if it is a positive integer that divides ``of``.

    Raises:
        DivisibilityError: naming both arguments and listing the divisors that are allowed.
    """
    try:
        check_positive_int(name, value)
    except ValueError as error:
        raise DivisibilityError(str(error)) from None
    if of % value:
        small = [i for i in range(1, math.isqrt(of) + 1) if of % i == 0]
        divisors = sorted({*small, *(of // i for i in small)})
        shown = ", ".join(map(str, divisors[:24])) + (", ..." if len(divisors) > 24 else "")
        raise DivisibilityError(
            f"{name} must divide {of_name} = {of}, got {name} = {value}; allowed: {shown}."
        )
    return value


def check_choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``allowed``; the error lists all and names the nearest."""
    options = list(allowed)
    if isinstance(value, str) and value in options:
        return value
    hint = nearest(str(value), options)
    raise ValueError(f"{name} must be one of {', '.join(options)}, got {value!r}.{hint}")


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """Return ``" Did you mean a, b?"`` for the known names nearest to ``name``, else ``""``."""
    matches = difflib.get_close_matches(name, list(known), n=count, cutoff=0.5)
    return f" Did you mean {', '.join(matches)}?" if matches else ""


def check_matrix(name: str, x: Tensor, width: int) -> Tensor:
    """Return ``x`` if it is a floating point tensor (b, width), else raise a ValueError."""
    if x.dim() != 2 or x.shape[1] != width:
        raise ValueError(
            f"{name} must have shape (batch, {width}), got {tuple(x.shape)}: "
            f"this component was made for inputs of width {width}."
        )
    if not torch.is_floating_point(x):
        raise ValueError(f"{name} must be a floating point tensor, got dtype {x.dtype}.")
    return x
