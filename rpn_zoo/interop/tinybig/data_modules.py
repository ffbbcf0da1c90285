"""tinybig's data sets as data modules of rpn_zoo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rpn_zoo.interop.tinybig.data_config import DataConfig

NORMALIZE = {
    "instance": "column",
    "column": "column",
    **dict.fromkeys(
        ("instance_time", "time_instance", "row_column", "column_row", "global", "all", "both"),
        "global",
    ),
}
"""Modes of tinybig's time series and those of rpn_zoo's."""


@dataclass
class DataModule:
    """A data module by class path.

    Args:
        class_path: the class; None: rpn_zoo has none for this data set.
        init_args: its arguments.
        notes: what differs, or what the user has to do.
    """

    class_path: str | None
    init_args: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def section(self) -> dict[str, Any] | None:
        """The section ``data`` of a config file."""
        if self.class_path is None:
            return None
        return {"class_path": self.class_path, "init_args": self.init_args}


def data_module(data: DataConfig) -> DataModule:
    """The data module for a data set, with what has to be said about it.

    Example:
        >>> data = DataConfig("elementary_function", 100, 100, {"equation_index": 14})
        >>> data_module(data).init_args
        {'suite': 'elementary', 'index': 14, 'batch_size': 100, 'eval_batch_size': 100}
    """
    made = _MODULES.get(data.name, _none)(data)
    if made.class_path is None:
        return made
    made.notes.append(
        "a validation part is held out, on which the best epoch is chosen; the test part is scored "
        "once."
    )
    return made


def _batches(data: DataConfig) -> dict[str, int]:
    return {"batch_size": data.train_batch_size, "eval_batch_size": data.test_batch_size}


def _images(class_name: str) -> Callable[[DataConfig], DataModule]:
    def made(data: DataConfig) -> DataModule:
        notes = []
        if not data.option("with_transformation", True):
            notes.append("with_transformation: false is not taken over: pixels are standardised.")
        return DataModule(f"rpn_zoo.data.{class_name}", _batches(data), notes)

    return made


def _equations(data: DataConfig) -> DataModule:
    arguments = {
        "suite": data.name.removesuffix("_function"),
        "index": data.option("equation_index", 0),
        **{k: data.option(k) for k in ("num", "train_percentage", "shuffle", "random_state")},
        **_batches(data),
    }
    notes = ["the rows come from a generator of their own: other points of the same distribution."]
    for name in ("normalize_X", "normalize_y"):
        if data.option(name):
            notes.append(f"{name} is not taken over, as tinybig ignores it.")
    return DataModule(
        "rpn_zoo.data.Equations", {k: v for k, v in arguments.items() if v is not None}, notes
    )


def _citations(data: DataConfig) -> DataModule:
    notes = ["the public split is used; tinybig's index ranges are another one."]
    if data.option("mode", "transductive") != "transductive":
        notes.append(f"mode: {data.option('mode')} is not taken over: all nodes are one batch.")
    return DataModule("rpn_zoo.data.Planetoid", {"name": data.name}, notes)


def _series(data: DataConfig) -> DataModule:
    granularity = data.option("time_granularity", "daily" if _by_year(data) else "minutely")
    attribute = data.option("target_attributes", "Open" if _by_year(data) else "All")
    years = f"{data.option('coverage_year_range', 1)}_year_" if _by_year(data) else ""
    path = f"{data.name}/{years}{granularity}_{attribute}.csv"
    notes = [
        f"the file {path} is looked for in the working directory, $RPN_ZOO_DATA and datasets/; set "
        "data.init_args.path to where it is.",
        "standardised by the training rows alone, and split so that no target is in two parts.",
    ]
    mode = data.option("normalization_mode", "instance_time")
    normalize = NORMALIZE.get(mode, "none") if data.option("normalize", True) else "none"
    if normalize == "none" and data.option("normalize", True):
        notes.append(f"normalization_mode: {mode} is not taken over: nothing is standardised.")
    arguments = {
        "path": path,
        "columns": data.option("instance_ids"),
        "x_len": data.option("x_len", 10),
        "y_len": data.option("y_len", 1),
        "gap": data.option("xy_gap", 1),
        "normalize": normalize,
        "test_fraction": round(1 - data.option("train_percentage", 0.8), 6),
        **_batches(data),
    }
    return DataModule(
        "rpn_zoo.data.TimeSeries", {k: v for k, v in arguments.items() if v is not None}, notes
    )


def _by_year(data: DataConfig) -> bool:
    return data.name in ("stock", "etf")


def _table(class_name: str) -> Callable[[DataConfig], DataModule]:
    def made(data: DataConfig) -> DataModule:
        notes = [
            "the rows are split by class, and figures of the scaling are those of the training "
            "rows: other rows are test rows than with tinybig."
        ]
        arguments: dict[str, Any] = {
            "task": "regression",
            "split_seed": data.option("random_state", 123),
            **_batches(data),
        }
        if data.option("split_type", "train_test_split") == "train_test_split":
            share = data.option("train_percentage", 0.9)
            arguments["test_fraction"] = round(1 - share, 10)
        else:
            arguments["folds"] = data.option("fold", 10)
            notes.append("fold 0 is the test part; rpn-zoo cross-validate takes each in turn.")
        if data.option("normalize_X"):
            kinds = {"min_max": "min_max", "mean_std": "standardize"}
            kind = data.option("normalize_type", "min_max")
            arguments["scaling"] = kinds.get(kind, "none")
            if "normalize_range" in (data.options or {}):
                arguments["scaling_range"] = list(data.option("normalize_range"))
        else:
            arguments["scaling"] = "none"
            if data.option("normalize_X") is None:
                notes.append(
                    "normalize_X is not given, so nothing is scaled; the published runs scale by "
                    "min_max: set data.init_args.scaling to it."
                )
        if data.option("normalize_y"):
            notes.append("normalize_y is not taken over.")
        if not data.option("shuffle", True):
            notes.append("shuffle: false is not taken over: the rows of a part are drawn.")
        return DataModule(f"rpn_zoo.data.{class_name}", arguments, notes)

    return made


def _none(data: DataConfig) -> DataModule:
    return DataModule(
        None,
        notes=[
            f"rpn_zoo has no data module for tinybig's {data.name}. Add a section data with a "
            "LightningDataModule of your own that hands out pairs (x, y), train batches of "
            f"{data.train_batch_size} and test batches of {data.test_batch_size} rows: "
            "{class_path: my_package.MyData, init_args: {...}}."
        ],
    )


_MODULES: dict[str, Callable[[DataConfig], DataModule]] = {
    "mnist": _images("MNIST"),
    "cifar10": _images("CIFAR10"),
    "elementary_function": _equations,
    "composite_function": _equations,
    "feynman_function": _equations,
    "dimensionless_feynman_function": _equations,
    "cora": _citations,
    "citeseer": _citations,
    "pubmed": _citations,
    "iris": _table("Iris"),
    "diabetes": _table("Pima"),
    "banknote": _table("Banknote"),
    "stock": _series,
    "etf": _series,
    "traffic_la": _series,
    "traffic_bay": _series,
}
