"""Tables of time series: one row a time, one column a series, read from CSV."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import nearest


@dataclass(frozen=True, eq=False)
class SeriesTable:
    """n series at the same T times.

    Args:
        times: T time stamps, as text, strictly rising.
        ids: names of the n series.
        values: float64, (T, n), finite.
    """

    times: tuple[str, ...]
    ids: tuple[str, ...]
    values: Tensor

    def select(self, columns: Sequence[str]) -> SeriesTable:
        """The table of some series, in the order asked for.

        Raises:
            ValueError: an unknown id, with the nearest ones, or one twice, or none at all.
        """
        place = {name: i for i, name in enumerate(self.ids)}
        names = [str(name) for name in columns]
        for name in names:
            if name not in place:
                raise ValueError(
                    f"columns must be among the {len(place)} ids of the table, got {name!r}."
                    f"{nearest(name, place)}"
                )
        if not names or len(set(names)) != len(names):
            raise ValueError(f"columns must name at least one series, each once, got {names}.")
        values = self.values[:, [place[name] for name in names]]
        return SeriesTable(self.times, tuple(names), values)


def read_series(path: Path) -> SeriesTable:
    r"""Read a table: a header row with the ids, and in every row a time stamp and n numbers.

    The first header cell stands over the time stamps and may be anything. Time stamps are numbers,
    or dates and times in ISO 8601 form (``2017-06-30``, ``2017-06-30 23:55:00``). Empty lines are
    skipped.

    Args:
        path: the file, UTF-8, with commas.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming the file, row and column, if a cell is empty or no finite number, a row
            has another length, times do not rise or are in another form, ids repeat, or the table
            is empty.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "prices.csv")
        ...     _ = path.write_text("day,a,b\n2024-01-01,1,2.5\n2024-01-02,3,4\n")
        ...     table = read_series(path)
        >>> table.ids, table.values.tolist()
        (('a', 'b'), [[1.0, 2.5], [3.0, 4.0]])

    Cost: one pass; a row is converted at once.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file.")
    try:
        return _parse(path)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a CSV file in UTF-8 ({error}).") from error


def _parse(path: Path) -> SeriesTable:
    times: list[str] = []
    rows: list[NDArray[np.float64]] = []
    lines: list[int] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        ids = tuple(name.strip() for name in next(reader, [])[1:])
        _check_ids(path, ids)
        for row in filter(None, reader):
            lines.append(reader.line_num)
            times.append(row[0].strip())
            rows.append(_numbers(path, reader.line_num, ids, row))
    if not rows:
        raise ValueError(f"{path}: holds no rows below the header.")
    _check_times(path, lines, times)
    return SeriesTable(tuple(times), ids, torch.from_numpy(np.stack(rows)))


def _check_ids(path: Path, ids: tuple[str, ...]) -> None:
    if not ids:
        raise ValueError(f"{path}: the header must name the time stamps and at least one series.")
    seen: set[str] = set()
    for place, name in enumerate(ids, start=2):
        if not name or name in seen:
            fault = f"{name!r} twice" if name else "an empty one"
            raise ValueError(
                f"{path}: ids in the header must be different and not empty, got {fault} in column "
                f"{place}."
            )
        seen.add(name)


def _numbers(path: Path, line: int, ids: tuple[str, ...], row: list[str]) -> NDArray[np.float64]:
    if len(row) != len(ids) + 1:
        raise ValueError(
            f"{path}: every row must have {len(ids) + 1} cells like the header, got {len(row)} in "
            f"line {line}."
        )
    try:
        numbers = np.fromiter(map(float, row[1:]), dtype=np.float64, count=len(ids))
    except ValueError:
        numbers = np.full(len(ids), np.nan)
    if not np.isfinite(numbers).all():
        place = next(i for i, cell in enumerate(row[1:]) if not _is_finite(cell))
        cell = row[1 + place]
        fault = f"got {cell!r}" if cell.strip() else "the value is missing"
        raise ValueError(
            f"{path}: cells must be finite numbers, {fault} in line {line} (time {row[0]!r}), "
            f"column {ids[place]!r}."
        )
    return numbers


def _is_finite(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _check_times(path: Path, lines: list[int], times: list[str]) -> None:
    values: NDArray[Any] | None = _as_numbers(times)
    if values is None:
        values = _as_dates(times)
    if values is None:
        place = next(i for i in range(len(times)) if _as_dates(times[i : i + 1]) is None)
        raise ValueError(
            f"{path}: time stamps must all be numbers, or all dates and times like 2017-06-30 "
            f"23:55:00, got {times[place]!r} in line {lines[place]}."
        )
    stays = np.flatnonzero(values[1:] <= values[:-1])
    if len(stays):
        place = int(stays[0])
        raise ValueError(
            f"{path}: times must rise from row to row, got {times[place + 1]!r} in line "
            f"{lines[place + 1]} after {times[place]!r}."
        )


def _as_numbers(times: list[str]) -> NDArray[np.float64] | None:
    try:
        values = np.array(list(map(float, times)))
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _as_dates(times: list[str]) -> NDArray[np.int64] | None:
    try:
        values = np.array(times, dtype="datetime64[us]").astype(np.int64)
    except ValueError:
        return None
    missing = np.iinfo(np.int64).min  # "NaT" and an empty text
    return None if (values == missing).any() else values
