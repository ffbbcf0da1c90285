"""The data section of a configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions.checks import nearest
from rpn_zoo.interop.tinybig.binding import PLUMBING
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.nested import class_and_parameters

BATCHES = ("train_batch_size", "test_batch_size")
SPLIT = ("train_percentage", "random_state", "shuffle")
FUNCTION = (*SPLIT, "equation_index", "num", "normalize_X", "normalize_y")
TABLE = (*SPLIT, "split_type", "fold", "normalize_X", "normalize_y", "normalize_type",
         "normalize_range")  # fmt: skip
SERIES = (
    "coverage_year_range", "time_granularity", "target_attributes", "x_len", "y_len", "xy_gap",
    "instance_ids", "train_percentage", "normalize", "normalization_mode",
)  # fmt: skip
IMAGE = ("with_transformation",)
GRAPH = (*SPLIT, "mode")
TEXT = ("load_type", "min_freq", "max_seq_length")
EVERYWHERE = (*PLUMBING, "cache_dir", "data_profile", "graph_data_profile")

OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("elementary_function", "composite_function", "feynman_function",
         "dimensionless_feynman_function"), FUNCTION,
    ),
    **dict.fromkeys(("iris", "diabetes", "banknote"), TABLE),
    **dict.fromkeys(("mnist", "cifar10", "imagenet"), IMAGE),
    **dict.fromkeys(("cora", "citeseer", "pubmed"), GRAPH),
    **dict.fromkeys(("imdb", "sst2", "agnews"), TEXT),
    **dict.fromkeys(("stock", "etf", "traffic_la", "traffic_bay"), SERIES),
}  # fmt: skip
"""tinybig's data sets and their options besides :data:`BATCHES`."""


@dataclass(frozen=True)
class DataConfig:
    """A data set with its options.

    Args:
        name: tinybig's class.
        train_batch_size: rows of a training batch.
        test_batch_size: rows of a test batch.
        options: further options, those given and no others.
    """

    name: str
    train_batch_size: int = 64
    test_batch_size: int = 64
    options: Mapping[str, Any] | None = None

    def option(self, name: str, default: Any = None) -> Any:
        """A further option, or its default."""
        return (self.options or {}).get(name, default)


def data_config(context: Context, config: Any) -> DataConfig:
    """Read ``{data_class, data_parameters}``.

    Raises:
        Unusable: if anything is unknown or wrong; problems were noted.
    """
    name, given, place = class_and_parameters(context, config, "data", OPTIONS)
    known = (*BATCHES, *OPTIONS[name])
    options = {key: value for key, value in given.items() if key not in EVERYWHERE}
    with place.complete():
        for key, value in options.items():
            if key not in known:
                hint = nearest(str(key), known)
                place.at(str(key)).problem(f"unknown argument.{hint} Known: {', '.join(known)}.")
            elif key in BATCHES and (isinstance(value, bool) or not isinstance(value, int)):
                place.at(key).problem(f"must be a whole number, got {value!r}.")
    sizes = {key: options.pop(key) for key in BATCHES if key in options}
    return DataConfig(name, options=options, **sizes)
