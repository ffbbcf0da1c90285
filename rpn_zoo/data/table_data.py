"""The common part of all tables: splits, encoding and batches."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.labelled_table import LabelledTable
from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.data.table_encoder import SCALINGS, TableEncoder, check_range
from rpn_zoo.data.table_split import Rows, TableSplit
from rpn_zoo.functions.checks import check_choice, check_positive_int

logger = logging.getLogger(__name__)

PARTS = ("train", "val", "test")
TASKS = ("classification", "regression")


@dataclass(frozen=True, eq=False)
class _Ready:
    table: LabelledTable
    rows: dict[str, Rows]
    encoder: TableEncoder
    targets: Tensor
    target_map: Standardization


class TableData(LightningDataModule):
    """A table in memory, split, encoded, and handed out by whole batches.

    Batches are pairs of float32 (b, D) and, for classification, int64 (b,), for regression float32
    (b, 1). A subclass implements :meth:`_load`. Every figure (what fills gaps, scales, categories)
    is that of the training part.

    Args:
        task: ``"classification"``, or ``"regression"`` (of the class number, where the target is a
            class).
        scaling: of numbers: ``"standardize"``, ``"min_max"`` or ``"none"``.
        scaling_range: least and largest scaled value with ``"min_max"``.
        standardize_target: whether values to predict are standardised; losses and metrics are then
            in units of their standard deviation, and :attr:`target_standardization` inverts them.
        test_fraction: share of the test rows.
        validation_fraction: share of the validation rows among the others; 0: no validation part,
            so that the weights of the last epoch are kept.
        folds: number k of folds, stratified by class, one of which is the test part (scikit-learn's
            StratifiedKFold); None: a hold-out split.
        fold: which fold is the test part, from 0.
        split_seed: determines the split.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.

    Raises:
        ValueError: an argument is invalid (here), or the table is (in ``setup``).
    """

    comparable = True

    def __init__(
        self,
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
        super().__init__()
        self.task = check_choice("task", task, TASKS)
        self.scaling = check_choice("scaling", scaling, SCALINGS)
        self.scaling_range = check_range("scaling_range", scaling_range)
        if standardize_target and task != "regression":
            raise ValueError("standardize_target goes with task = regression only.")
        self.standardize_target = standardize_target
        self.table_split = TableSplit(test_fraction, validation_fraction, folds, fold, split_seed)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self._state: _Ready | None = None

    def _load(self) -> LabelledTable:
        """Read the table."""
        raise NotImplementedError(f"{type(self).__name__} must implement _load().")

    def setup(self, stage: str | None = None) -> None:
        """Read, split and encode the table; once only.

        Args:
            stage: not used, as all parts come from the same table.
        """
        if self._state is not None:
            return
        table = self._load()
        classes = table.targets if table.class_names else None
        rows = self.table_split.rows(classes, len(table.targets))
        features = table.features
        encoder = TableEncoder.fit(
            features[rows["train"]], table.names, table.categorical, self.scaling,
            self.scaling_range,
        )  # fmt: skip
        for part in ("val", "test"):
            for name, categories in encoder.unseen(features[rows[part]]).items():
                logger.warning(
                    "%s: %d categories of column %r in the %s part are not in the training part "
                    "and are encoded as none of its categories: %s",
                    table.title, len(categories), name, part, ", ".join(categories[:5]),
                )  # fmt: skip
        targets, target_map = torch.from_numpy(table.targets), Standardization.identity()
        if self.task == "regression":
            values = targets.double()[:, None]
            if self.standardize_target:
                target_map = Standardization.fit(values[torch.from_numpy(rows["train"])])
            targets = target_map(values).float()
        self._state = _Ready(table, rows, encoder, targets, target_map)
        logger.info("data: %s", self.split_name)

    def split(self, part: str) -> tuple[NDArray[Any], Tensor]:
        """The raw rows of a part, without loaders.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            Features as in the table, (N, c), float64 with NaN where missing, or object where there
            are categories; and targets as in the batches.

        Raises:
            ValueError: another ``part``.
            RuntimeError: before :meth:`setup`.
        """
        rows = self._ready.rows[check_choice("part", part, PARTS)]
        return self._ready.table.features[rows], self._ready.targets[torch.from_numpy(rows)]

    def arrays(self, part: str) -> tuple[Tensor, Tensor]:
        """Encoded features of a part, float32 (N, D), and its targets."""
        features, targets = self.split(part)
        return self.preprocess(features), targets

    def baselines(self, part: str = "test") -> dict[str, dict[str, float]]:
        """What the simplest model reaches on a part.

        Args:
            part: ``"val"`` or ``"test"``.

        Returns:
            ``accuracy`` of always the most frequent training class; or ``loss`` (mean squared
            error) and ``rmse`` of the mean of the training targets.
        """
        train, y = self.split("train")[1], self.split(part)[1]
        if self.task == "regression":
            loss = float((y.double() - train.double().mean()).square().mean())
            return {"mean": {"loss": loss, "rmse": loss**0.5}}
        share = float((y == train.bincount().argmax()).double().mean())
        return {"most frequent class": {"accuracy": share}}

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of the training part, in an order of its own in each epoch."""
        return self._loader("train", self.batch_size, shuffle=True)

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """Batches of the validation part in fixed order; an empty list if there is none."""
        return [self._loader("val", self.eval_batch_size)] if self.has_validation else []

    def test_dataloader(self) -> DataLoader[Any]:
        """Batches of the test part in fixed order."""
        return self._loader("test", self.eval_batch_size)

    def predict_dataloader(self) -> DataLoader[Any]:
        """The batches of :meth:`test_dataloader`, still with their targets."""
        return self.test_dataloader()

    @property
    def has_validation(self) -> bool:
        """Whether there is a validation part."""
        return self.table_split.validation_fraction > 0

    @property
    def num_features(self) -> int:
        """Width D of the encoded rows; the table is read if it was not yet."""
        self.setup()
        return self._ready.encoder.width

    @property
    def num_classes(self) -> int | None:
        """Number of classes; None for regression."""
        self.setup()
        return len(self.class_names) or None

    @property
    def num_targets(self) -> int | None:
        """1 for regression, None for classification."""
        return 1 if self.task == "regression" else None

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in the order of their numbers; empty for regression."""
        return self._ready.table.class_names if self.task == "classification" else ()

    @property
    def preprocess(self) -> TableEncoder:
        """Raw rows to network inputs; belongs to a trained network like its weights."""
        return self._ready.encoder

    @property
    def target_standardization(self) -> Standardization:
        """From values to the targets of the batches; the identity unless asked for."""
        return self._ready.target_map

    @property
    def rows(self) -> dict[str, Rows]:
        """The numbers of the rows of each part, ascending."""
        return dict(self._ready.rows)

    @property
    def table_name(self) -> str:
        """The table in words."""
        return self._ready.table.title

    @property
    def split_name(self) -> str:
        """Table, split and sizes in words."""
        sizes = "/".join(f"{len(self._ready.rows[part]):,}" for part in PARTS)
        return f"{self.table_name}, {self.table_split.describe()}, {sizes}"

    @property
    def _ready(self) -> _Ready:
        if self._state is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._state

    def _loader(self, part: str, batch_size: int, shuffle: bool = False) -> DataLoader[Any]:
        dataset = InMemoryDataset(*self.arrays(part))
        return ResumableLoader(
            dataset,
            sampler=BatchIndexSampler(len(dataset), batch_size, shuffle, self.seed),
            batch_size=None,
            pin_memory=torch.cuda.is_available(),
            # Each pass draws a seed for workers, by default from the global generator.
            generator=torch.Generator(),
        )
