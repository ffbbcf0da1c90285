"""Which rows of a table are for training, validation and test."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.data.splits import stratified_split
from rpn_zoo.functions.checks import check_finite, check_positive_int

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TableSplit:
    """A hold-out split, or one of k folds; stratified by class.

    Args:
        test_fraction: share of the test rows, in (0, 1); with ``folds`` it has no effect.
        validation_fraction: share of the validation rows among the others, in [0, 1); 0: none.
        folds: number k of folds, >= 2; None: a hold-out split.
        fold: which fold is the test part, 0 .. k - 1.
        seed: determines the rows together with the other arguments.

    Raises:
        ValueError: an argument is not allowed.

    Example:
        >>> classes = np.repeat([0, 1], 10)
        >>> parts = TableSplit(validation_fraction=0.0, folds=5, fold=0).rows(classes, 20)
        >>> {part: len(rows) for part, rows in parts.items()}
        {'train': 16, 'val': 0, 'test': 4}
        >>> np.bincount(classes[parts["test"]]).tolist()
        [2, 2]
    """

    test_fraction: float = 0.2
    validation_fraction: float = 0.1
    folds: int | None = None
    fold: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        if not 0 < check_finite("test_fraction", self.test_fraction) < 1:
            raise ValueError(f"test_fraction must be in (0, 1), got {self.test_fraction!r}.")
        if not 0 <= check_finite("validation_fraction", self.validation_fraction) < 1:
            raise ValueError(
                f"validation_fraction must be in [0, 1), got {self.validation_fraction!r}."
            )
        check_positive_int("split_seed", self.seed, minimum=0)
        check_positive_int("fold", self.fold, minimum=0)
        if self.folds is None:
            if self.fold:
                raise ValueError(f"fold needs folds, the number of all folds; got {self.fold}.")
            return
        if self.fold >= check_positive_int("folds", self.folds, minimum=2):
            raise ValueError(f"fold must be below folds = {self.folds}, got {self.fold}.")

    def rows(self, classes: NDArray[np.integer] | None, count: int) -> dict[str, Rows]:
        """The rows of the parts ``train``, ``val`` and ``test``, each ascending.

        Args:
            classes: classes 0..C-1, (N,); None: rows have no classes.
            count: number N of rows.

        Raises:
            ValueError: a part would be empty, or there are fewer rows than folds.

        Warns:
            UserWarning: a class has fewer rows than there are folds.
        """
        labels = np.zeros(count, dtype=np.int64) if classes is None else classes
        rest, test = self._hold_out(labels) if self.folds is None else self._fold(labels)
        held = round(self.validation_fraction * len(rest))
        if self.validation_fraction:
            held = max(held, 1)
        if len(rest) <= held:
            raise ValueError(f"{count} rows are too few: none is left for training.")
        # Another seed, so that the draw does not repeat that of the test rows.
        train, val = stratified_split(labels[rest], (len(rest) - held, held), self.seed + 1)
        return {"train": rest[train], "val": rest[val], "test": test}

    def _hold_out(self, labels: NDArray[np.integer]) -> tuple[Rows, Rows]:
        count = len(labels)
        held = max(round(self.test_fraction * count), 1)
        if count <= held:
            raise ValueError(
                f"{count} rows are too few: none is left for training with test_fraction = "
                f"{self.test_fraction}."
            )
        rest, test = stratified_split(labels, (count - held, held), self.seed)
        return rest, test

    def _fold(self, labels: NDArray[np.integer]) -> tuple[Rows, Rows]:
        from sklearn.model_selection import KFold, StratifiedKFold  # here: slow to import

        assert self.folds is not None
        if len(labels) < self.folds:
            raise ValueError(
                f"folds must be at most the number of rows, {len(labels)}, got {self.folds}."
            )
        least = int(np.bincount(labels).min())
        kind = StratifiedKFold if np.bincount(labels).max() >= self.folds else KFold
        if least < self.folds:
            warnings.warn(
                f"the smallest class has {least} rows, fewer than the {self.folds} folds: some "
                "test parts lack it.",
                stacklevel=3,
            )
        splitter = kind(self.folds, shuffle=True, random_state=self.seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*least populated class.*")
            parts = list(splitter.split(labels, labels))
        rest, test = parts[self.fold]
        return rest.astype(np.int64), test.astype(np.int64)

    def describe(self) -> str:
        """The split in words."""
        if self.folds is None:
            return f"split with seed {self.seed}"
        return f"fold {self.fold + 1} of {self.folds}, seed {self.seed}"
