"""Tables as they are in a file: named columns of numbers or text, with missing cells."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.functions.checks import nearest

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?")
"""How files mark a missing cell."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """N rows of named columns.

    Args:
        columns: for each name float64, (N,), NaN where missing; or text (object), (N,), ``""``
            where missing.
        source: where the table is from, for messages.
        lines: the line of each row in its file, (N,), or None where rows have no lines.

    Raises:
        ValueError: there is no column or no row, or columns differ in length.
    """

    columns: Mapping[str, NDArray[Any]]
    source: str
    lines: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        """Check that there are rows and columns, all of one length."""
        lengths = {len(column) for column in self.columns.values()}
        if not self.columns or lengths == {0}:
            raise ValueError(f"{self.source}: the table holds no rows below the header.")
        if len(lengths) != 1:
            raise ValueError(f"{self.source}: columns must have one length, got {sorted(lengths)}.")

    def __len__(self) -> int:
        """The number N of rows."""
        return len(next(iter(self.columns.values())))

    def column(self, name: str, what: str) -> NDArray[Any]:
        """A column by its name.

        Args:
            name: the name.
            what: the argument that asks for it, for the message.

        Raises:
            ValueError: there is no such column; the message gives the nearest names.
        """
        if name not in self.columns:
            raise ValueError(
                f"{what} must name a column of {self.source}, got {name!r}."
                f"{nearest(name, self.columns)} Columns: {_shown(list(self.columns))}."
            )
        return self.columns[name]

    def place(self, row: int) -> str:
        """Where a row is, in words."""
        return f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"


def read_table(
    path: Path,
    delimiter: str = ",",
    missing: Sequence[str] = MISSING,
    categorical: Sequence[str] = (),
) -> RawTable:
    r"""Read a CSV file with a header, or a Parquet file (ending ``.parquet``).

    A column is numeric if every cell that is not missing is a finite number, else text. Empty
    lines of a CSV file are skipped, blanks around cells removed.

    Args:
        path: the file; CSV in UTF-8.
        delimiter: what separates the cells of a CSV file, one character.
        missing: what marks a missing cell in a CSV file.
        categorical: columns that are text even if all their cells are numbers.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: a Parquet file, but ``pyarrow`` is not installed.
        ValueError: naming file, line and column, if the file is empty, not CSV (or Parquet), a
            name in the header is empty or there twice, or a row has another length.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "people.csv")
        ...     _ = path.write_text("age,sex\n39,f\n?,m\n")
        ...     table = read_table(path)
        >>> table.columns["age"].tolist(), table.columns["sex"].tolist()
        ([39.0, nan], ['f', 'm'])
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    if path.suffix.lower() in (".parquet", ".pq"):
        from rpn_zoo.data.parquet import read_parquet

        table = read_parquet(path)
    else:
        if not isinstance(delimiter, str) or len(delimiter) != 1:
            raise ValueError(f"delimiter must be one character, got {delimiter!r}.")
        try:
            table = _read_csv(path, delimiter, frozenset(missing))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: not a CSV file in UTF-8 ({error}).") from error
    columns = dict(table.columns)
    texts = {name: table.column(name, "categorical") for name in categorical}
    for name, column in columns.items():
        if column.dtype == object and name not in texts:
            columns[name] = _numbers(column)
    for name, column in texts.items():
        columns[name] = _texts(column)
    return RawTable(columns, table.source, table.lines)


def _read_csv(path: Path, delimiter: str, missing: frozenset[str]) -> RawTable:
    """All columns as text."""
    rows: list[list[str]] = []
    lines: list[int] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, delimiter=delimiter)
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"{path}: every row must have {len(header)} cells like the header, got "
                    f"{len(row)} in line {reader.line_num}."
                )
            rows.append(row)
            lines.append(reader.line_num)
    columns = {}
    for place, name in enumerate(header):
        cells = [row[place].strip() for row in rows]
        columns[name] = np.array(["" if c in missing else c for c in cells], dtype=object)
    return RawTable(columns, str(path), np.array(lines, dtype=np.int64))


def _check_header(path: Path, header: list[str]) -> None:
    if not header:
        raise ValueError(f"{path}: the file is empty; it must have a header and rows.")
    seen: set[str] = set()
    for place, name in enumerate(header, start=1):
        if not name or name in seen:
            fault = f"{name!r} twice" if name else "an empty one"
            raise ValueError(
                f"{path}: names in the header must be different and not empty, got {fault} in "
                f"column {place}."
            )
        seen.add(name)


def _numbers(cells: NDArray[Any]) -> NDArray[Any]:
    """Text as float64 if all of it is finite numbers or missing, else as it is."""
    try:
        numbers = np.array([float(c) if c else math.nan for c in cells], dtype=np.float64)
    except ValueError:
        return cells
    given = np.array([bool(c) for c in cells], dtype=bool)
    return numbers if np.isfinite(numbers[given]).all() else cells


def _texts(column: NDArray[Any]) -> NDArray[Any]:
    """A column as text; whole numbers without a fraction."""
    if column.dtype == object:
        return column
    return np.array(["" if math.isnan(v) else f"{v:.17g}" for v in column], dtype=object)


def _shown(names: Sequence[str], limit: int = 12) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
