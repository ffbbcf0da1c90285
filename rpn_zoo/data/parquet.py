"""Parquet files as tables; needs ``pyarrow``, an optional dependency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.raw_table import RawTable


def read_parquet(path: Path) -> RawTable:
    """Read a Parquet file: numbers and booleans become float64, strings and categories text.

    Args:
        path: the file.

    Raises:
        ImportError: ``pyarrow`` is not installed.
        ValueError: the file is not Parquet, names repeat, or a column holds other things.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            f"{path}: reading Parquet needs pyarrow; install it with pip install "
            "'rpn-zoo[parquet]', or save the table as CSV."
        ) from error
    try:
        table = pyarrow.parquet.read_table(path)
    except pyarrow.ArrowException as error:
        raise ValueError(f"{path}: not a Parquet file ({error}).") from error
    names = list(table.column_names)
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: names of columns must be different, got {names}.")
    columns = {name: _column(path, name, table.column(name), pyarrow.types) for name in names}
    return RawTable(columns, str(path))


def _column(path: Path, name: str, column: Any, types: Any) -> NDArray[Any]:
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    values = column.to_pylist()
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
    if (number or types.is_boolean(kind)) and not types.is_dictionary(column.type):
        found = np.array([np.nan if v is None else float(v) for v in values], dtype=np.float64)
        if np.isinf(found).any():
            raise ValueError(f"{path}: column {name!r} holds infinite values.")
        return found
    if types.is_null(kind):
        return np.full(len(values), np.nan)
    if number or types.is_boolean(kind) or types.is_string(kind) or types.is_large_string(kind):
        return np.array(["" if v is None else str(v) for v in values], dtype=object)
    raise ValueError(
        f"{path}: columns must hold numbers, booleans or text, got {column.type} in {name!r}."
    )
