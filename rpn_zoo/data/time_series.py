"""Forecasting of time series from a CSV table as a LightningDataModule."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.forecasts import Autoregression, last_value, mean_squared_error
from rpn_zoo.data.locate import require_file
from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.data.series import SeriesTable, read_series
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.data.windows import windows, windows_within
from rpn_zoo.functions.checks import check_choice, check_finite, check_positive_int

logger = logging.getLogger(__name__)

PARTS = ("train", "val", "test")
NORMALIZATIONS = ("column", "global", "none")


@dataclass(frozen=True, eq=False)
class _Ready:
    """The table as it is handed out, and the windows of each part."""

    table: SeriesTable
    values: Tensor  # standardised, float32, (T, n)
    standardization: Standardization
    parts: dict[str, range]


class TimeSeries(LightningDataModule):
    r"""Windows of time series: forecast the next rows of a table from the rows before.

    Batches are pairs of float32 (b, x_len) and (b, y_len), one series of one window each, or, with
    ``per_instance=False``, (b, x_len n) and (b, y_len n), a window of all n series each (element
    t n + c is series c at the window's time t). Windows are views of the table; only what a batch
    holds is ever copied.

    **Split without leakage.** The T rows are cut in time order: the first rows are the training
    part, then come validation and test. A window belongs to the part in which *all* its target rows
    lie, so the parts' targets are disjoint and windows that straddle a cut are left out. Inputs of
    validation and test windows may reach back into earlier rows, as they may in use. Mean and
    standard deviation come from the training rows only.

    Args:
        path: the CSV file, see :func:`~rpn_zoo.data.series.read_series`; absolute, or relative to
            the working directory, ``root``, ``$RPN_ZOO_DATA`` or ``datasets/``.
        root: folder in which a relative path must be, or None.
        columns: ids of the series to take, in this order; None takes all.
        x_len: number of rows a forecast is made from.
        y_len: number of rows to forecast.
        gap: number of time steps skipped between them: 0 forecasts the very next step.
        per_instance: whether each series is a sample of its own, or all together are one.
        normalize: ``"column"`` standardises each series by its own mean and sample standard
            deviation (divisor N - 1), ``"global"`` all by one of each, ``"none"`` none. Losses and
            metrics are in the units so made; :attr:`standardization` inverts them.
        val_fraction: share of the rows that is the validation part, in (0, 1), rounded down.
        test_fraction: share of the rows that is the test part, in (0, 1), rounded down.
        batch_size: samples of a training batch.
        eval_batch_size: samples of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.

    Raises:
        ValueError: an argument is invalid (here), or the file is, or has too few rows (in
            ``setup``).
        FileNotFoundError: in ``setup``, listing the places searched.

    Example:
        >>> import pathlib, tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = pathlib.Path(folder.name, "waves.csv")
        >>> rows = [f"{t},{t % 4},{(t + 1) % 4}" for t in range(40)]
        >>> _ = path.write_text("t,first,second" + "".join("\n" + row for row in rows))
        >>> data = TimeSeries(str(path), x_len=5, normalize="none")
        >>> data.setup()
        >>> data.split_name
        'waves.csv, 2 series, 40 rows in time order, 28/4/8 rows, windows 5 + 0 + 1: 23/4/8'
        >>> x, y = data.split("train")
        >>> x[0].tolist(), y[0].tolist(), tuple(x.shape)
        ([0.0, 1.0, 2.0, 3.0, 0.0], [1.0], (46, 5))
        >>> {name: round(figures["loss"], 6) for name, figures in data.baselines().items()}
        {'last value': 3.0, 'least-squares AR(5)': 0.0}
        >>> folder.cleanup()
    """

    def __init__(
        self,
        path: str,
        root: str | None = None,
        columns: Sequence[str] | None = None,
        x_len: int = 10,
        y_len: int = 1,
        gap: int = 0,
        per_instance: bool = True,
        normalize: str = "column",
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        seed: int | None = None,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        super().__init__()
        if not isinstance(path, str) or not path:
            raise ValueError(f"path must be a path as text, got {path!r}.")
        if isinstance(columns, str):
            raise ValueError(f"columns must be a list of ids, got the text {columns!r}.")
        self.path = path
        self.root = root
        self.columns = None if columns is None else [str(name) for name in columns]
        self.x_len = check_positive_int("x_len", x_len)
        self.y_len = check_positive_int("y_len", y_len)
        self.gap = check_positive_int("gap", gap, minimum=0)
        self.per_instance = per_instance
        self.normalize = check_choice("normalize", normalize, NORMALIZATIONS)
        for name, share in (("val_fraction", val_fraction), ("test_fraction", test_fraction)):
            if not 0 < check_finite(name, share) < 1:
                raise ValueError(f"{name} must be in (0, 1), got {share!r}.")
        if val_fraction + test_fraction >= 1:
            raise ValueError(
                "val_fraction and test_fraction must leave rows to train on, i.e. add up to less "
                f"than 1, got {val_fraction!r} and {test_fraction!r}."
            )
        self.val_fraction = val_fraction
        self.test_fraction = test_fraction
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self.save_hyperparameters(ignore="columns", logger=False)
        self.save_hyperparameters({"columns": self.columns}, logger=False)
        self._state: _Ready | None = None

    def setup(self, stage: str | None = None) -> None:
        """Read the table, split it and take the figures of the training rows; once only.

        Args:
            stage: not used, as all parts come from the same file.
        """
        if self._state is not None:
            return
        path = require_file(self.path, self.root)
        table = read_series(path)
        if self.columns is not None:
            table = table.select(self.columns)
        cuts = self._cuts(len(table.times))
        parts = {}
        for part, (first, last) in zip(PARTS, pairwise(cuts), strict=True):
            parts[part] = windows_within(first, last, self.x_len, self.y_len, self.gap)
            if not parts[part]:
                raise ValueError(
                    f"{path}: the {len(table.times)} rows are too few: {part} has {last - first} "
                    f"and no window of x_len + gap + y_len = {self.x_len} + {self.gap} + "
                    f"{self.y_len} rows with its targets there."
                )
        rows = table.values[: cuts[1]]
        standardization = (
            Standardization.identity()
            if self.normalize == "none"
            else Standardization.fit(rows, self.normalize)
        )
        values = standardization(table.values).float()
        self._state = _Ready(table, values, standardization, parts)
        logger.info("data: %s", self.split_name)

    def split(self, part: str) -> tuple[Tensor, Tensor]:
        """Inputs and targets of a part, in time order, without loaders.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            float32 views of the table, see the class; they overlap, so do not change them.

        Raises:
            ValueError: another ``part``.
            RuntimeError: before :meth:`setup`.
        """
        return self._windows(part, self.per_instance)

    def baselines(self, part: str = "test") -> dict[str, dict[str, float]]:
        """What simple forecasts reach on a part, to stand beside a model's figures.

        Args:
            part: ``"val"`` or ``"test"``.

        Returns:
            ``loss`` (mean squared error) and ``rmse``, in the units of the batches, of repeating
            the last value, and of an autoregression that all series share, fitted to the training
            part by least squares.
        """
        x, y = self._windows(part, per_instance=True)
        regression = Autoregression.fit(*self._windows("train", per_instance=True))
        forecasts = {
            "last value": last_value(x, self.y_len),
            f"least-squares AR({self.x_len})": regression(x),
        }
        losses = {name: mean_squared_error(found, y) for name, found in forecasts.items()}
        return {name: {"loss": loss, "rmse": loss**0.5} for name, loss in losses.items()}

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of the training part, in an order of its own in each epoch."""
        return self._loader("train", self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of the validation part in time order."""
        return self._loader("val", self.eval_batch_size)

    def test_dataloader(self) -> DataLoader[Any]:
        """Batches of the test part in time order."""
        return self._loader("test", self.eval_batch_size)

    def predict_dataloader(self) -> DataLoader[Any]:
        """The batches of :meth:`test_dataloader`, still with their targets."""
        return self.test_dataloader()

    @property
    def standardization(self) -> Standardization:
        """From the units of the file to those of the batches, for tables (rows, n)."""
        return self._ready.standardization

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the n series."""
        return self._ready.table.ids

    @property
    def num_features(self) -> int | None:
        """The width of x; None while it depends on a file that is not read."""
        return self._width(self.x_len)

    @property
    def num_targets(self) -> int | None:
        """The width of y; None while it depends on a file that is not read."""
        return self._width(self.y_len)

    @property
    def split_name(self) -> str:
        """File, series, rows and number of windows of each part in words."""
        table, parts = self._ready.table, self._ready.parts
        cuts = self._cuts(len(table.times))
        rows = "/".join(f"{last - first:,}" for first, last in pairwise(cuts))
        counts = "/".join(f"{len(parts[part]):,}" for part in PARTS)
        return (
            f"{self.path.rsplit('/', 1)[-1]}, {len(table.ids):,} series, {len(table.times):,} rows "
            f"in time order, {rows} rows, windows {self.x_len} + {self.gap} + {self.y_len}: "
            f"{counts}"
        )

    @property
    def _ready(self) -> _Ready:
        if self._state is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._state

    def _cuts(self, rows: int) -> tuple[int, int, int, int]:
        """Where the parts begin, and the end."""
        test = int(self.test_fraction * rows)
        val = int(self.val_fraction * rows)
        return 0, rows - test - val, rows - test, rows

    def _windows(self, part: str, per_instance: bool) -> tuple[Tensor, Tensor]:
        ready = self._ready
        chosen = ready.parts[check_choice("part", part, PARTS)]
        x, y = windows(ready.values, self.x_len, self.y_len, self.gap, per_instance)
        each = ready.values.shape[1] if per_instance else 1
        samples = slice(chosen.start * each, chosen.stop * each)
        return x[samples], y[samples]

    def _width(self, steps: int) -> int | None:
        if self.per_instance:
            return steps
        if self.columns is not None:
            return steps * len(self.columns)
        return None if self._state is None else steps * len(self.ids)

    def _loader(self, part: str, batch_size: int, shuffle: bool = False) -> DataLoader[Any]:
        dataset = InMemoryDataset(*self.split(part))
        return ResumableLoader(
            dataset,
            sampler=BatchIndexSampler(len(dataset), batch_size, shuffle, self.seed),
            batch_size=None,
            pin_memory=torch.cuda.is_available(),
            # Each pass draws a seed for workers, by default from the global generator.
            generator=torch.Generator(),
        )
