"""From rows of a table to inputs of a network, with figures taken from training rows only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.data.standardize import Standardization
from rpn_zoo.functions.checks import check_choice, check_finite

SCALINGS = ("standardize", "min_max", "none")


@dataclass(frozen=True)
class NumericColumn:
    """z = (x - mean) / scale, with x = fill where it is missing."""

    name: str
    fill: float
    mean: float
    scale: float

    width: ClassVar[int] = 1

    def encode(self, cells: NDArray[Any]) -> NDArray[np.float64]:
        """Cells (N,) -> (N, 1)."""
        if cells.dtype == object or cells.dtype.kind in "US":
            try:
                numbers = [math.nan if c is None or c == "" else float(c) for c in cells]
            except (TypeError, ValueError) as error:
                raise ValueError(f"column {self.name!r} must hold numbers: {error}.") from error
            cells = np.array(numbers, dtype=np.float64)
        x = np.where(np.isnan(cells), self.fill, cells.astype(np.float64))
        if not np.isfinite(x).all():
            raise ValueError(f"column {self.name!r} must hold finite numbers, got infinite ones.")
        return ((x - self.mean) / self.scale)[:, None]


@dataclass(frozen=True)
class CategoricalColumn:
    """One column of 0 and 1 for each category; missing (``""``) is one if it was seen.

    A category that was not seen when the encoder was fitted is 0 in all of them.
    """

    name: str
    categories: tuple[str, ...]

    @property
    def width(self) -> int:
        """The number of categories."""
        return len(self.categories)

    def encode(self, cells: NDArray[Any]) -> NDArray[np.float64]:
        """Cells (N,) -> (N, categories)."""
        place = {category: i for i, category in enumerate(self.categories)}
        found = np.zeros((len(cells), len(place)))
        for row, cell in enumerate(cells):
            index = place.get("" if cell is None else str(cell))
            if index is not None:
                found[row, index] = 1.0
        return found

    def unseen(self, cells: NDArray[Any]) -> list[str]:
        """The categories in cells (N,) that have no column, sorted."""
        given = {"" if cell is None else str(cell) for cell in cells}
        return sorted(given - set(self.categories))


class TableEncoder:
    r"""Fill gaps, scale numbers, and turn categories into columns of 0 and 1.

    Args:
        columns: how each column of the table is encoded, in the order of the columns.

    Attributes:
        width: number D of the inputs of a network.

    Example:
        >>> rows = np.array([[1.0, "a"], [3.0, "b"], [None, "b"]], dtype=object)
        >>> encoder = TableEncoder.fit(rows, ["x", "kind"], [False, True], "min_max")
        >>> encoder(rows)
        tensor([[0.0000, 1.0000, 0.0000],
                [1.0000, 0.0000, 1.0000],
                [0.5000, 0.0000, 1.0000]])
        >>> encoder(np.array([[2.0, "never seen"]], dtype=object))
        tensor([[0.5000, 0.0000, 0.0000]])
        >>> TableEncoder.from_config(encoder.to_config()).columns == encoder.columns
        True
    """

    name: ClassVar[str] = "encode_table"

    def __init__(self, columns: Sequence[NumericColumn | CategoricalColumn]) -> None:
        self.columns = tuple(columns)
        self.width = sum(column.width for column in self.columns)

    @classmethod
    def fit(
        cls,
        rows: NDArray[Any],
        names: Sequence[str],
        categorical: Sequence[bool],
        scaling: str = "standardize",
        scaling_range: Sequence[float] = (0.0, 1.0),
    ) -> TableEncoder:
        """Take the figures of some rows.

        Args:
            rows: (N, c), float64 with NaN for missing, or object: numbers, text, and None or
                ``""`` for missing.
            names: names of the c columns.
            categorical: which of them hold categories.
            scaling: of numbers: ``"standardize"`` to mean 0 and sample standard deviation 1,
                ``"min_max"`` to ``scaling_range``, or ``"none"``.
            scaling_range: least and largest scaled value of ``"min_max"``.

        Returns:
            The encoder. Missing numbers are filled with the median of those given (0 where none
            is). A column whose numbers are all equal is shifted, but not scaled.

        Raises:
            ValueError: another scaling or range, or a cell that is no finite number.
        """
        check_choice("scaling", scaling, SCALINGS)
        low, high = check_range("scaling_range", scaling_range)
        columns: list[NumericColumn | CategoricalColumn] = []
        for place, (name, is_categorical) in enumerate(zip(names, categorical, strict=True)):
            cells = rows[:, place]
            if is_categorical:
                categories = sorted({"" if c is None else str(c) for c in cells})
                columns.append(CategoricalColumn(name, tuple(categories)))
                continue
            raw = NumericColumn(name, math.nan, 0.0, 1.0)
            x = _given(raw, cells)
            fill = float(np.median(x[~np.isnan(x)])) if not np.isnan(x).all() else 0.0
            mean, scale = _figures(np.where(np.isnan(x), fill, x), scaling, low, high)
            columns.append(NumericColumn(name, fill, mean, scale))
        return cls(columns)

    def __call__(self, rows: NDArray[Any] | Tensor) -> Tensor:
        """Encode rows (N, c) of raw cells, as :meth:`fit` takes them: float32, (N, D).

        Raises:
            ValueError: another number of columns, or a cell that is no finite number.
        """
        if isinstance(rows, Tensor):
            rows = rows.cpu().numpy()
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(
                f"rows must have shape (N, {len(self.columns)}), a column for each of "
                f"{', '.join(column.name for column in self.columns)}; got {rows.shape}."
            )
        parts = [column.encode(rows[:, i]) for i, column in enumerate(self.columns)]
        return torch.from_numpy(np.concatenate(parts, axis=1)).float()

    def unseen(self, rows: NDArray[Any]) -> dict[str, list[str]]:
        """The categories in raw rows (N, c) that the encoder does not know, by column."""
        found = {
            column.name: column.unseen(rows[:, i])
            for i, column in enumerate(self.columns)
            if isinstance(column, CategoricalColumn)
        }
        return {name: categories for name, categories in found.items() if categories}

    def to_config(self) -> dict[str, Any]:
        """Plain values from which :meth:`from_config` makes an equal encoder."""
        columns: list[dict[str, Any]] = []
        for column in self.columns:
            if isinstance(column, CategoricalColumn):
                columns.append({"name": column.name, "categories": list(column.categories)})
            else:
                columns.append(dict(vars(column)))
        return {"name": self.name, "columns": columns}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TableEncoder:
        """The encoder of a config.

        Raises:
            ValueError: a key or value is not allowed.
        """
        given = config.get("columns")
        if set(config) != {"name", "columns"} or not isinstance(given, (list, tuple)) or not given:
            raise ValueError(
                f"{cls.name} must have the keys name and columns, a list of columns; got "
                f"{repr(dict(config))[:100]}."
            )
        return cls([_column(item) for item in given])

    def __repr__(self) -> str:
        return f"TableEncoder({len(self.columns)} columns -> {self.width})"


def check_range(name: str, value: object) -> tuple[float, float]:
    """Return ``value`` as (low, high) if it is two finite numbers, low < high."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(f"{name} must be two numbers (low, high), got {value!r}.")
    low, high = (check_finite(name, bound) for bound in value)
    if low >= high:
        raise ValueError(f"{name} must be two numbers, low < high, got {value!r}.")
    return low, high


def _given(column: NumericColumn, cells: NDArray[Any]) -> NDArray[np.float64]:
    """The numbers of a column, NaN where missing."""
    gaps = np.array([c is None or c == "" or c != c for c in cells], dtype=bool)
    found = np.full(len(cells), math.nan)
    found[~gaps] = column.encode(cells[~gaps])[:, 0]
    return found


def _figures(x: NDArray[np.float64], scaling: str, low: float, high: float) -> tuple[float, float]:
    """Mean and scale of a column without gaps."""
    if scaling == "none":
        return 0.0, 1.0
    if scaling == "standardize":
        fitted = Standardization.fit(torch.from_numpy(x)[:, None])
        return float(fitted.mean), float(fitted.scale)
    least, largest = float(x.min()), float(x.max())
    scale = (largest - least) / (high - low) if largest > least else 1.0
    return least - low * scale, scale


def _column(item: Any) -> NumericColumn | CategoricalColumn:
    if isinstance(item, Mapping) and set(item) == {"name", "categories"}:
        return CategoricalColumn(str(item["name"]), tuple(map(str, item["categories"])))
    if isinstance(item, Mapping) and set(item) == {"name", "fill", "mean", "scale"}:
        numbers = {key: check_finite(key, item[key]) for key in ("fill", "mean", "scale")}
        if numbers["scale"] == 0:
            raise ValueError(f"scale of column {item['name']!r} must not be 0.")
        return NumericColumn(str(item["name"]), **numbers)
    raise ValueError(
        "a column must have the keys name and categories, or name, fill, mean and scale; got "
        f"{item!r}."
    )
