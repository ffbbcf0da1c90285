"""The catalogue of 161 equations in four suites, and sampling from an equation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.data.expression import Expression
from rpn_zoo.functions.checks import check_choice, check_finite, check_positive_int, nearest

SUITES = ("elementary", "composite", "feynman", "dimensionless_feynman")


@dataclass(frozen=True)
class Equation:
    """A function of named variables, each with a range to draw it from.

    Args:
        suite: the suite that it is from, or ``"own"``.
        id: its id, unique in the suite.
        index: its place in the suite, from 0.
        output: the name of the value.
        expression: the formula in the language of :class:`~rpn_zoo.data.expression.Expression`.
        variables: the range (low, high) of each variable, in the order of the columns.
        stable: a formula with the same values that is evaluated in its place, or None. It has the
            limit where the formula is 0/0.

    Raises:
        ValueError: the formula is not of the language, there is no variable, or a range is not two
            finite numbers, low < high.

    Example:
        >>> gauss = equation("feynman", "I.6.2a")
        >>> gauss.expression, dict(gauss.variables)
        ('exp(-theta**2/2)/sqrt(2*pi)', {'theta': (1.0, 3.0)})
        >>> gauss(theta=torch.tensor([0.0, 1.0], dtype=torch.float64))
        tensor([0.3989, 0.2420], dtype=torch.float64)
        >>> x, y = gauss.sample(4, torch.Generator().manual_seed(0))
        >>> tuple(x.shape), tuple(y.shape)
        ((4, 1), (4, 1))

    Source: S.-M. Udrescu, M. Tegmark, "AI Feynman: a physics-inspired method for symbolic
    regression", Science Advances 6(16), 2020 (suites feynman and dimensionless_feynman).
    """

    suite: str
    id: str
    index: int
    output: str
    expression: str
    variables: Mapping[str, tuple[float, float]]
    stable: str | None = None
    _formula: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the ranges and parse the formula."""
        if not isinstance(self.variables, Mapping) or not self.variables:
            raise ValueError(
                f"variables must give a range for at least one variable, got {self.variables!r}."
            )
        ranges = {name: _range(name, bounds) for name, bounds in self.variables.items()}
        object.__setattr__(self, "variables", ranges)
        formula = Expression(self.expression, list(ranges))
        if self.stable is not None:
            formula = Expression(self.stable, list(ranges))
        object.__setattr__(self, "_formula", formula)

    def __call__(self, **values: Any) -> Tensor:
        """Evaluate on a tensor or numpy array for each variable, by name; they broadcast.

        Returns:
            The values, in the dtype of the arguments.

        Raises:
            ValueError: a variable is missing, unknown, or not floating point.
        """
        return self._formula({name: torch.as_tensor(value) for name, value in values.items()})

    def columns(self, x: Tensor) -> Tensor:
        """Evaluate on the rows of x, (b, v) with the variables in their order: (b, 1).

        Raises:
            ValueError: x has another width.
        """
        if x.dim() != 2 or x.shape[1] != len(self.variables):
            raise ValueError(
                f"x must have shape (b, {len(self.variables)}), a column for each variable, got "
                f"{tuple(x.shape)}."
            )
        return self._formula(dict(zip(self.variables, x.unbind(1), strict=True))).unsqueeze(1)

    def sample(
        self, num: int, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> tuple[Tensor, Tensor]:
        """Draw rows uniformly from the ranges, and evaluate them.

        One variable after the other, in their order: u = ``torch.rand(num)`` in float32, whatever
        the dtype, and x = low + (high - low) u; then y = f(x), without noise.

        Args:
            num: number of rows, >= 1.
            generator: source of the numbers, on the CPU.
            dtype: in which x and y are computed.

        Returns:
            x, (num, v), and y, (num, 1). A row outside the domain has NaN or an infinity as y.
        """
        check_positive_int("num", num)
        draws = [
            low + (high - low) * torch.rand(num, generator=generator).to(dtype)
            for low, high in self.variables.values()
        ]
        x = torch.stack(draws, dim=1)
        return x, self.columns(x)


def equation(suite: str, id: str | int) -> Equation:
    """An equation of the catalogue.

    Args:
        suite: one of :data:`SUITES`.
        id: its id, for instance ``"I.6.2a"``; or its place in the suite, from 0.

    Raises:
        ValueError: there is no such suite or equation, with the nearest names.

    Example:
        >>> equation("composite", 3).expression
        'exp(x+y)+log(x+y)'
    """
    found = equations(check_choice("suite", suite, SUITES))
    if isinstance(id, int) and not isinstance(id, bool):
        if not 0 <= id < len(found):
            raise ValueError(
                f"index must be in 0..{len(found) - 1} for the suite {suite}, got {id}."
            )
        return found[id]
    known = {item.id: item for item in found}
    if id not in known:
        raise ValueError(
            f"id must be one of the {len(known)} ids of the suite {suite}, "
            f"{found[0].id} to {found[-1].id}, got {id!r}.{nearest(str(id), known)}"
        )
    return known[id]


def equations(suite: str | None = None) -> tuple[Equation, ...]:
    """All equations of a suite in their order, or of all suites.

    Args:
        suite: one of :data:`SUITES`, or None.

    Example:
        >>> {suite: len(equations(suite)) for suite in SUITES}
        {'elementary': 17, 'composite': 17, 'feynman': 100, 'dimensionless_feynman': 27}
    """
    if suite is None:
        return _catalogue()
    check_choice("suite", suite, SUITES)
    return tuple(item for item in _catalogue() if item.suite == suite)


def own_equation(expression: str, variables: Mapping[str, Sequence[float]]) -> Equation:
    """An equation of your own.

    Args:
        expression: the formula.
        variables: the range [low, high] of each variable, in the order of the columns.

    Raises:
        ValueError: as :class:`Equation`.

    Example:
        >>> own_equation("sin(x)*exp(-y)", {"x": [0, 3], "y": [0, 1]}).variables
        {'x': (0.0, 3.0), 'y': (0.0, 1.0)}
    """
    return Equation("own", expression, 0, "y", expression, variables)  # type: ignore[arg-type]


@cache
def _catalogue() -> tuple[Equation, ...]:
    text = resources.files("rpn_zoo.data").joinpath("assets/equations.json").read_text("utf-8")
    return tuple(Equation(**entry) for entry in json.loads(text))


def _range(name: str, bounds: Any) -> tuple[float, float]:
    if not isinstance(bounds, Sequence) or isinstance(bounds, str) or len(bounds) != 2:
        raise ValueError(f"the range of {name} must be [low, high], got {bounds!r}.")
    low, high = (check_finite(f"the range of {name}", bound) for bound in bounds)
    if low >= high:
        raise ValueError(
            f"the range of {name} must be [low, high] with low < high, got {bounds!r}."
        )
    return low, high
