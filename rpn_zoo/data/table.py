"""A table of one's own as a LightningDataModule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.labelled_table import LabelledTable, number_classes
from rpn_zoo.data.locate import require_file
from rpn_zoo.data.raw_table import MISSING, RawTable, read_table
from rpn_zoo.data.table_data import TableData


class Table(TableData):
    r"""A CSV or Parquet file with one row for each sample.

    A column is numeric if all its cells that are not missing are numbers; others hold categories.
    Missing numbers are filled with the median of the training part; a missing category is a
    category of its own. A category that is not in the training part is encoded as none of them,
    with a warning in the log; a constant column becomes 0. Rows whose target is missing are an
    error.

    Args:
        path: the file; absolute, or relative to ``root``, or without a root to the working
            directory, ``$RPN_ZOO_DATA`` or ``datasets/``.
        target: name of the column to predict.
        columns: names of the feature columns; None: all but the target.
        categorical: names of columns that hold categories even if all their cells are numbers.
        delimiter: what separates the cells of a CSV file.
        missing: what marks a missing cell in a CSV file.
        root: a folder, or None.
        task: ``"classification"``, whose classes are numbered in sorted order, or
            ``"regression"``.
        scaling: of numbers: ``"standardize"``, ``"min_max"`` or ``"none"``.
        scaling_range: least and largest scaled value with ``"min_max"``.
        standardize_target: whether values to predict are standardised.
        test_fraction: share of the test rows.
        validation_fraction: share of the validation rows among the others; 0: no validation part.
        folds: number k of folds, one of which is the test part; None: a hold-out split.
        fold: which fold is the test part, from 0.
        split_seed: determines the split.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.

    Attributes:
        num_features: width D of the encoded rows.
        num_classes: number of classes (None for regression).
        class_names: names of the classes in sorted order.

    Raises:
        ValueError: an argument is invalid (here); or in ``setup`` the file is, the target is
            missing or has one class only, or there are fewer rows than parts.
        FileNotFoundError: in ``setup``, there is no such file.
        ImportError: in ``setup``, the file is Parquet and ``pyarrow`` is not installed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "fruit.csv")
        ...     rows = [f"{i},{'red' if i % 2 else 'green'},{'apple' if i < 20 else 'pear'}"
        ...             for i in range(40)]
        ...     _ = path.write_text("\n".join(["mass,colour,kind", *rows]))
        ...     data = Table(str(path), target="kind")
        ...     data.setup()
        >>> data.num_features, data.class_names
        (3, ('apple', 'pear'))
        >>> data.split_name
        'fruit, split with seed 0, 29/3/8'
    """

    def __init__(
        self,
        path: str,
        target: str,
        columns: list[str] | None = None,
        categorical: list[str] | None = None,
        delimiter: str = ",",
        missing: list[str] | None = None,
        root: str | None = None,
        task: str = "classification",
        scaling: str = "standardize",
        scaling_range: Sequence[float] = (0.0, 1.0),
        standardize_target: bool = False,
        test_fraction: float = 0.2,
        validation_fraction: float = 0.1,
        folds: int | None = None,
        fold: int = 0,
        split_seed: int = 0,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        seed: int | None = None,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        super().__init__(
            task, scaling, scaling_range, standardize_target, test_fraction, validation_fraction,
            folds, fold, split_seed, batch_size, eval_batch_size, seed,
        )  # fmt: skip
        self.path = path
        self.target = target
        self.columns = columns
        self.categorical = list(categorical or [])
        self.delimiter = delimiter
        self.missing = list(MISSING if missing is None else missing)
        self.root = root
        if columns is not None:
            if not columns or len(set(columns)) != len(columns):
                raise ValueError(f"columns must name one or more columns, each once: {columns}.")
            if target in columns:
                raise ValueError(f"columns must not name the target {target!r}.")
        self.save_hyperparameters(logger=False)

    def _load(self) -> LabelledTable:
        path = require_file(self.path, self.root)
        table = read_table(path, self.delimiter, self.missing, self.categorical)
        cells = table.column(self.target, "target")
        names = [n for n in table.columns if n != self.target]
        if self.columns is not None:
            names = self.columns
        if not names:
            raise ValueError(f"{path}: there is no column besides the target {self.target!r}.")
        columns = [table.column(name, "columns") for name in names]
        targets, class_names = self._targets(table, cells)
        categorical = tuple(column.dtype == object for column in columns)
        features = np.empty((len(table), len(names)), object if any(categorical) else np.float64)
        for place, column in enumerate(columns):
            features[:, place] = column
        return LabelledTable(
            Path(path).stem, tuple(names), categorical, features, targets, class_names
        )

    def _targets(
        self, table: RawTable, cells: NDArray[Any]
    ) -> tuple[NDArray[Any], tuple[str, ...]]:
        gaps = np.flatnonzero(cells == "" if cells.dtype == object else np.isnan(cells))
        if len(gaps):
            raise ValueError(
                f"{table.source}: the target {self.target!r} is missing in {len(gaps)} rows, the "
                f"first in {table.place(int(gaps[0]))}; remove these rows."
            )
        if self.task == "regression":
            if cells.dtype == object:
                raise ValueError(
                    f"{table.source}: the target {self.target!r} of a regression must hold "
                    f"numbers, got {_first_text(cells)!r}."
                )
            if (cells == cells[0]).all():
                raise ValueError(
                    f"{table.source}: the target {self.target!r} is {cells[0]:g} in every row."
                )
            return cells, ()
        try:
            numbers, names = number_classes(cells)
        except ValueError as error:
            raise ValueError(f"{table.source}: the target {self.target!r}: {error}") from error
        if len(names) < 2:
            raise ValueError(
                f"{table.source}: the target {self.target!r} must have two classes or more, got "
                f"only {names[0]!r}."
            )
        return numbers, names


def _first_text(cells: NDArray[Any]) -> str:
    """The first cell that is no number."""
    for cell in cells:
        try:
            float(cell)
        except ValueError:
            return str(cell)
    return str(cells[0])
