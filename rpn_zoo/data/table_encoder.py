"""From columns of numbers and text to the numbers that a network takes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.data.columns import Column, as_column, missing
from rpn_zoo.functions.checks import nearest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NumericColumn:
    """A numeric column: ``(x - mean) / std``, with ``fill`` where x is missing.

    Args:
        name: the column.
        mean: its mean over the training rows.
        std: its population standard deviation over them, > 0.
        fill: its median over them.
    """

    name: str
    mean: float
    std: float
    fill: float


@dataclass(frozen=True)
class CategoricalColumn:
    """A text column as one indicator for each category; another category has only zeros.

    Args:
        name: the column.
        categories: those of the training rows, sorted; ``""`` where cells are missing.
    """

    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class TableEncoder:
    """Standardise numeric columns, fill what is missing, one indicator for each category.

    All figures come from the rows it was fitted on. Columns that are constant there are left out.

    Args:
        columns: the encoded columns in order.

    Example:
        >>> encoder = TableEncoder.fit({"a": as_column([1, 3]), "b": as_column(["x", "y"])})
        >>> encoder({"a": [1, None], "b": ["y", "z"]})
        tensor([[-1.,  0.,  1.],
                [ 0.,  0.,  0.]])
        >>> TableEncoder.from_config(encoder.to_config()) == encoder
        True
    """

    columns: tuple[NumericColumn | CategoricalColumn, ...]

    name: ClassVar[str] = "table_encoder"

    @property
    def width(self) -> int:
        """The number of encoded features."""
        return len(self.feature_names)

    @property
    def feature_names(self) -> list[str]:
        """A name for each encoded feature: the column, or ``column=category``."""
        names = []
        for column in self.columns:
            if isinstance(column, NumericColumn):
                names.append(column.name)
            else:
                names += [f"{column.name}={category}" for category in column.categories]
        return names

    @classmethod
    def fit(cls, columns: Mapping[str, Column]) -> TableEncoder:
        """Take the figures of the given rows.

        Raises:
            ValueError: if every column is constant, or one holds an infinite number.
        """
        fitted: list[NumericColumn | CategoricalColumn] = []
        for name, column in columns.items():
            made = _categorical(name, column) if column.dtype == object else _numeric(name, column)
            if made is None:
                logger.warning("column %r is constant on the training rows and is left out", name)
            else:
                fitted.append(made)
        if not fitted:
            raise ValueError(f"all columns ({', '.join(columns)}) are constant on the given rows.")
        return cls(tuple(fitted))

    def __call__(self, table: Mapping[str, Sequence[Any] | Column]) -> Tensor:
        """Encode a table.

        Args:
            table: a sequence of cells for each column; further columns are ignored.

        Returns:
            float32, (rows, width). Categories that the encoder does not know are counted in a
            warning and encoded as zeros.

        Raises:
            ValueError: a column is missing, or a numeric one holds text.
        """
        parts = []
        for column in self.columns:
            if column.name not in table:
                raise ValueError(
                    f"the table has no column {column.name!r}.{nearest(column.name, table)}"
                )
            cells = table[column.name]
            if isinstance(column, NumericColumn):
                parts.append(_encode_numbers(column, cells))
            else:
                parts.append(_encode_categories(column, cells))
        return torch.from_numpy(np.concatenate(parts, axis=1).astype(np.float32))

    def to_config(self) -> dict[str, Any]:
        """The plain dictionary ``{name, columns}``."""
        plain: list[dict[str, Any]] = []
        for column in self.columns:
            entry = dict(vars(column))
            if isinstance(column, CategoricalColumn):
                entry["categories"] = list(column.categories)
            plain.append(entry)
        return {"name": self.name, "columns": plain}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TableEncoder:
        """Make the encoder that :meth:`to_config` described.

        Raises:
            ValueError: missing or unknown keys, or another name.
        """
        if set(config) != {"name", "columns"} or config["name"] != cls.name:
            raise ValueError(
                f"config must be {{name: {cls.name}, columns: [...]}}, got {dict(config)!r}."
            )
        columns: list[NumericColumn | CategoricalColumn] = []
        for entry in config["columns"]:
            if set(entry) == {"name", "categories"}:
                columns.append(CategoricalColumn(entry["name"], tuple(entry["categories"])))
            elif set(entry) == {"name", "mean", "std", "fill"}:
                columns.append(NumericColumn(**entry))
            else:
                raise ValueError(f"no column of an encoder has the keys {sorted(entry)}.")
        return cls(tuple(columns))


def _numeric(name: str, column: Column) -> NumericColumn | None:
    values = column[~missing(column)].astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"column {name!r} holds an infinite number.")
    if not len(values) or values.min() == values.max():
        return None
    return NumericColumn(name, float(values.mean()), float(values.std()), float(np.median(values)))


def _categorical(name: str, column: Column) -> CategoricalColumn | None:
    categories = tuple(sorted({"" if cell is None else str(cell) for cell in column}))
    return CategoricalColumn(name, categories) if len(categories) > 1 else None


def _encode_numbers(column: NumericColumn, cells: Sequence[Any] | Column) -> NDArray[np.float64]:
    values = as_column(list(cells))
    if values.dtype == object:
        raise ValueError(f"column {column.name!r} is numeric, but holds text.")
    numbers = values.astype(np.float64)
    numbers = np.where(np.isnan(numbers), column.fill, numbers)
    encoded: NDArray[np.float64] = (numbers - column.mean) / column.std
    return encoded[:, None]


def _encode_categories(
    column: CategoricalColumn, cells: Sequence[Any] | Column
) -> NDArray[np.float64]:
    values = ["" if cell is None else cell for cell in as_column(list(cells), text=True)]
    encoded = np.array(
        [[value == category for category in column.categories] for value in values],
        dtype=np.float64,
    ).reshape(len(values), len(column.categories))
    unknown = int((encoded.sum(1) == 0).sum())
    if unknown:
        logger.warning(
            "column %r: %d of %d rows have a category that the training rows did not have",
            column.name, unknown, len(values),
        )  # fmt: skip
    return encoded
