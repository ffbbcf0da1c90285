"""Well-known small tables: Iris, Pima, Banknote, Wine and BreastCancer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rpn_zoo.assets import asset_path
from rpn_zoo.data.labelled_table import LabelledTable
from rpn_zoo.data.table_data import TableData

SHA256 = {
    "pima.csv": "10ba99bea1cb6bec69fdeec5d34c99268b6a3b91b33898fc727f43115e463c08",
    "banknote.csv": "22ef6162c8f700703856c961d42b40f1aa5d915ce41546429cd803206f82d1f3",
}
"""The files that ship in ``datasets/``; see its README."""


class KnownTable(TableData):
    """A table whose features are all numbers and whose target is a class.

    Args:
        task: ``"classification"``, or ``"regression"`` of the class number.
        scaling: ``"standardize"``, ``"min_max"`` or ``"none"``.
        scaling_range: least and largest scaled value with ``"min_max"``.
        standardize_target: whether class numbers to predict are standardised.
        test_fraction: share of the test rows.
        validation_fraction: share of the validation rows among the others; 0: no validation part.
        folds: number k of folds, one of which is the test part; None: a hold-out split.
        fold: which fold is the test part, from 0.
        split_seed: determines the split.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.
    """

    title: ClassVar[str]

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
        super().__init__(
            task, scaling, scaling_range, standardize_target, test_fraction, validation_fraction,
            folds, fold, split_seed, batch_size, eval_batch_size, seed,
        )  # fmt: skip
        self.save_hyperparameters(logger=False)

    def _read(self) -> tuple[list[str], NDArray[np.float64], NDArray[np.int64], tuple[str, ...]]:
        """Names of columns, features (N, c), class numbers (N,) and names of the classes."""
        raise NotImplementedError(f"{type(self).__name__} must implement _read().")

    def _load(self) -> LabelledTable:
        names, features, classes, class_names = self._read()
        categorical = (False,) * len(names)
        return LabelledTable(self.title, tuple(names), categorical, features, classes, class_names)


class Iris(KnownTable):
    """Fisher's iris flowers: 150 rows, 4 numbers, 3 species of 50 rows each.

    scikit-learn's copy, which has the errors of the UCI copy in rows 35 and 38 corrected. The
    arguments are those of :class:`KnownTable`.

    Example:
        >>> data = Iris()
        >>> data.num_features, data.num_classes, data.class_names
        (4, 3, ('setosa', 'versicolor', 'virginica'))

    Source: R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of
    Eugenics 7(2), 1936.
    """

    title = "Iris"

    def _read(self) -> Any:
        return _from_sklearn("load_iris")


class Wine(KnownTable):
    """Wines of three growers: 178 rows, 13 numbers, 59/71/48 rows a class; scikit-learn's copy.

    The arguments are those of :class:`KnownTable`.

    Example:
        >>> data = Wine(folds=10)
        >>> data.num_features, data.num_classes
        (13, 3)

    Source: S. Aeberhard, M. Forina, "Wine", UCI Machine Learning Repository, 1992.
    """

    title = "Wine"

    def _read(self) -> Any:
        return _from_sklearn("load_wine")


class BreastCancer(KnownTable):
    """Wisconsin diagnostic breast cancer: 569 rows, 30 numbers, 212 malignant and 357 benign.

    scikit-learn's copy. The arguments are those of :class:`KnownTable`.

    Example:
        >>> data = BreastCancer()
        >>> data.num_features, data.num_classes, data.class_names
        (30, 2, ('malignant', 'benign'))

    Source: W. Wolberg, O. Mangasarian, N. Street, W. Street, "Breast Cancer Wisconsin
    (Diagnostic)", UCI Machine Learning Repository, 1993.
    """

    title = "Breast cancer"

    def _read(self) -> Any:
        return _from_sklearn("load_breast_cancer")


class Pima(KnownTable):
    """Diabetes among Pima women: 768 rows, 8 numbers, 500 negative and 268 positive.

    Zeros stand for missing values in glucose (5), pressure (35), skinfold (227), insulin (374) and
    body-mass index (11).

    Args:
        zeros_missing: whether these zeros count as missing, so that the median of the training
            part fills them; otherwise they stay zeros, as in published experiments.
        task: ``"classification"``, or ``"regression"`` of the class number.
        scaling: ``"standardize"``, ``"min_max"`` or ``"none"``.
        scaling_range: least and largest scaled value with ``"min_max"``.
        standardize_target: whether class numbers to predict are standardised.
        test_fraction: share of the test rows.
        validation_fraction: share of the validation rows among the others; 0: no validation part.
        folds: number k of folds, one of which is the test part; None: a hold-out split.
        fold: which fold is the test part, from 0.
        split_seed: determines the split.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.

    Example:
        >>> data = Pima(zeros_missing=True)
        >>> data.num_features, data.num_classes
        (8, 2)

    Source: J. Smith et al., "Using the ADAP learning algorithm to forecast the onset of diabetes
    mellitus", Symposium on Computer Applications and Medical Care, 1988; see
    ``datasets/README.md``.
    """

    title = "Pima"

    def __init__(
        self,
        zeros_missing: bool = False,
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
        super().__init__(
            task, scaling, scaling_range, standardize_target, test_fraction, validation_fraction,
            folds, fold, split_seed, batch_size, eval_batch_size, seed,
        )  # fmt: skip
        self.zeros_missing = zeros_missing
        self.save_hyperparameters(logger=False)

    def _read(self) -> Any:
        names, features, classes = _from_file("pima.csv")
        if self.zeros_missing:
            some = features[:, 1:6]
            some[some == 0] = np.nan
        return names, features, classes, ("negative", "positive")


class Banknote(KnownTable):
    """Banknotes from wavelets of their pictures: 1,372 rows, 4 numbers, 762 and 610 rows a class.

    24 rows are duplicates of others. The arguments are those of :class:`KnownTable`.

    Example:
        >>> data = Banknote(folds=10, fold=3)
        >>> data.num_features, data.num_classes
        (4, 2)

    Source: V. Lohweg, "Banknote Authentication", UCI Machine Learning Repository, 2012; see
    ``datasets/README.md``.
    """

    title = "Banknote"

    def _read(self) -> Any:
        names, features, classes = _from_file("banknote.csv")
        return names, features, classes, ("0", "1")


def _from_sklearn(loader: str) -> Any:
    from sklearn import datasets  # here, since it takes long to import

    found = getattr(datasets, loader)()
    features = np.asarray(found.data, dtype=np.float64)
    classes = np.asarray(found.target, dtype=np.int64)
    return (
        list(map(str, found.feature_names)),
        features,
        classes,
        tuple(map(str, found.target_names)),
    )


def _from_file(
    name: str, folder: Path | None = None
) -> tuple[list[str], NDArray[np.float64], NDArray[np.int64]]:
    """A table that ships with the project, after checking its SHA-256."""
    path = (asset_path("datasets") if folder is None else folder) / name
    if not path.is_file():
        raise FileNotFoundError(f"{path}: a table shipped with rpn_zoo is missing.")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise ValueError(
            f"{path}: SHA-256 must be {SHA256[name]}, got {digest}; the shipped table is damaged, "
            "install rpn_zoo again."
        )
    header, *lines = content.decode("utf-8").split()
    values = np.array([line.split(",") for line in lines], dtype=np.float64)
    return header.split(",")[:-1], values[:, :-1].copy(), values[:, -1].astype(np.int64)
