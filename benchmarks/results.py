"""What a section of the benchmark yields: rows of quantities, and goals reached or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Quantity:
    """A measured number with its spread.

    Attributes:
        value: the median.
        unit: ``"s"`` seconds, ``"B"`` bytes, ``"x"`` a ratio, ``"%"`` a share (0.05 is 5 %),
            ``"rel"`` a relative difference, ``""`` a count.
        low: lower quartile (None: measured once).
        high: upper quartile.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> Quantity:
        """Median and quartiles of repeated measurements.

        Example:
            >>> Quantity.of([3.0, 1.0, 2.0], "s")
            Quantity(value=2.0, unit='s', low=1.5, high=2.5)
        """
        if len(values) == 1:
            return cls(values[0], unit)
        low, middle, high = quantiles(values, n=4, method="inclusive")
        return cls(middle, unit, low, high)

    def __str__(self) -> str:
        """The number for a table, e.g. ``12.3 ms (11.8 to 13.0)``."""
        text, suffix = _scaled(self.value, self.unit)
        if self.low is None or self.high is None:
            return f"{text}{suffix}"
        low, high = (_scaled(v, self.unit, like=self.value)[0] for v in (self.low, self.high))
        return f"{text}{suffix} ({low} to {high})"


Cell: TypeAlias = "str | Quantity | None"
Row: TypeAlias = "dict[str, Cell]"


@dataclass(frozen=True)
class Goal:
    """A goal that a section sets.

    Attributes:
        what: what is measured.
        reached: the measured value.
        limit: the value to reach.
        at_least: whether ``reached`` must be at least the limit, else at most.
        tolerance: relative slack for the noise of timings, already named in ``what`` where it is
            not 0.
    """

    what: str
    reached: Quantity
    limit: float
    at_least: bool = False
    tolerance: float = 0.0

    @property
    def met(self) -> bool:
        """Whether the median reaches the limit (a NaN does not)."""
        if self.at_least:
            return self.reached.value >= self.limit * (1 - self.tolerance)
        return self.reached.value <= self.limit * (1 + self.tolerance)

    @property
    def verdict(self) -> str:
        """``reached`` or ``MISSED``."""
        return "reached" if self.met else "MISSED"

    @property
    def demand(self) -> str:
        """The limit for a table, e.g. ``>= 60``."""
        text, suffix = _scaled(self.limit, self.reached.unit)
        return f"{'>=' if self.at_least else '<='} {text}{suffix}"


@dataclass
class Section:
    """One table of the benchmark.

    Attributes:
        name: what ``--only`` calls it.
        title: the table's heading.
        rows: all with the same keys, which are the column headings.
        goals: what was to be reached.
        notes: what a reader has to know, one line each.
        details: further raw figures for the JSON file.
    """

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def worst(values: Sequence[float]) -> float:
    """The largest value, NaN if there is one (``max`` may hide it).

    Example:
        >>> worst([1.0, float("nan"), 2.0])
        nan
    """
    return next((v for v in values if v != v), max(values, default=0.0))


def middle(values: Sequence[float]) -> float:
    """The median, 0 for no values."""
    return median(values) if values else 0.0


def _scaled(value: float, unit: str, like: float | None = None) -> tuple[str, str]:
    """The number as text in a fitting unit, that of ``like`` if given, and the unit."""
    reference = abs(value if like is None else like)
    if unit == "s":
        for scale, suffix in ((1.0, " s"), (1e-3, " ms"), (1e-6, " us")):
            if reference >= scale or suffix == " us":
                return f"{value / scale:.3g}", suffix
    if unit == "B":
        return f"{value / 2**20:.3g}", " MiB"
    if unit == "%":
        return f"{100 * value:.3g}", " %"
    if unit == "rel":
        return f"{value:.1e}", ""
    if unit == "x":
        return f"{value:.3g}", " x"
    return f"{value:,.0f}", ""
