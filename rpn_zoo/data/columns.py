"""Reading a table from CSV or Parquet into named columns of numbers or text."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = "NDArray[np.float64] | NDArray[np.object_]"
"""Numbers (NaN where missing), or text (None where missing)."""

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
"""Cells that count as missing, in lower case."""


def read_columns(path: str | Path, text: Sequence[str] = ()) -> dict[str, Column]:
    """Read a ``.csv`` (with a header) or a ``.parquet`` file.

    A column is numeric if every cell that is not missing is a number, and text otherwise.

    Args:
        path: the file.
        text: names of columns that are text whatever their cells look like.

    Returns:
        The columns by name, in the order of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: no header or no rows, a name that stands twice or is empty, rows of another
            length (the line is named), or another kind of file.
        ImportError: a Parquet file, and pyarrow is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if path.suffix.lower() == ".parquet":
        raw = _read_parquet(path)
    elif path.suffix.lower() in (".csv", ".txt"):
        raw = _read_csv(path)
    else:
        raise ValueError(f"{path}: a table must be a .csv or .parquet file.")
    unknown = [name for name in text if name not in raw]
    if unknown:
        raise ValueError(f"{path}: there is no column {unknown[0]!r}; it has {', '.join(raw)}.")
    return {name: as_column(cells, name in text) for name, cells in raw.items()}


def as_column(cells: Sequence[Any], text: bool = False) -> Column:
    """Turn cells into one numeric column if that is possible, else into text.

    Args:
        cells: numbers, text or None.
        text: whether to keep text even if all cells are numbers.

    Example:
        >>> as_column(["1", "", "2.5"])
        array([1. , nan, 2.5])
        >>> as_column(["red", "?", "blue"])
        array(['red', None, 'blue'], dtype=object)
    """
    if not text:
        try:
            return np.array([_number(cell) for cell in cells], dtype=np.float64)
        except ValueError:
            pass
    column = np.empty(len(cells), dtype=object)
    column[:] = [None if _is_missing(cell) else str(cell).strip() for cell in cells]
    return column


def missing(column: Column) -> NDArray[np.bool_]:
    """Which cells of a column are missing."""
    if column.dtype == object:
        return np.array([cell is None for cell in column], dtype=bool)
    return np.isnan(column.astype(np.float64))


def _is_missing(cell: Any) -> bool:
    return cell is None or str(cell).strip().lower() in MISSING


def _number(cell: Any) -> float:
    return np.nan if _is_missing(cell) else float(cell)


def _read_csv(path: Path) -> Mapping[str, list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: the file must be UTF-8 text ({error}).") from error
    if not rows:
        raise ValueError(f"{path}: the file is empty; the first line must name the columns.")
    header = [name.strip() for name in rows[0]]
    for name in header:
        if not name or header.count(name) > 1:
            raise ValueError(f"{path}: the first line must name every column once, got {header!r}.")
    body = [(line, row) for line, row in enumerate(rows[1:], start=2) if row]
    for line, row in body:
        if len(row) != len(header):
            raise ValueError(
                f"{path}: line {line} has {len(row)} cells, the header has {len(header)}."
            )
    if not body:
        raise ValueError(f"{path}: there are no rows below the header.")
    return {name: [row[i] for _, row in body] for i, name in enumerate(header)}


def _read_parquet(path: Path) -> Mapping[str, list[Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ImportError as error:
        raise ImportError(
            f"{path}: Parquet files need pyarrow: pip install 'rpn-zoo[parquet]'."
        ) from error
    try:
        table = parquet.read_table(path)
    except (ArrowInvalid, OSError) as error:
        raise ValueError(f"{path}: the file is damaged or no Parquet file ({error}).") from error
    if not table.num_rows:
        raise ValueError(f"{path}: there are no rows.")
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns
