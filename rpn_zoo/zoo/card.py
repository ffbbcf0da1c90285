"""The card of a zoo entry: what it is, where its figures come from, how to check it."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpn_zoo.functions.checks import check_choice, check_positive_int
from rpn_zoo.zoo.figures import METRICS, STATISTICS, agree, rounded, summarise
from rpn_zoo.zoo.files import write_atomic
from rpn_zoo.zoo.schema import from_plain, to_plain
from rpn_zoo.zoo.strict_yaml import dump_yaml, load_yaml
from rpn_zoo.zoo.weights import HALF

CARD_FILE = "card.yaml"
DEFAULT_TOLERANCE = 0.0005
"""Five of 10,000 digits: rounding on another machine flips few, other weights flip many."""

_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_TAG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].{0,40})?")


@dataclass(frozen=True)
class WeightsFile:
    """The file of weights: full SHA-256, size in bytes, and what values were rounded to.

    ``rounded`` is ``"float16"`` where float32 values were rounded to make the file half as large,
    else None.
    """

    sha256: str
    size: int
    rounded: str | None = None

    def __post_init__(self) -> None:
        """Check both."""
        _check_sha256("weights.sha256", self.sha256)
        check_positive_int("weights.size", self.size)
        if self.rounded is not None:
            check_choice("weights.rounded", self.rounded, (HALF,))


@dataclass(frozen=True)
class SeedResult:
    """One training: metric on validation and test, best epoch, seconds of wall time.

    With cross-validation ``test`` is the mean over the folds of the seed and ``seconds`` their sum;
    ``validation`` and ``best_epoch`` are None.
    """

    seed: int
    validation: float | None
    test: float
    best_epoch: int | None
    seconds: float


@dataclass(frozen=True)
class SubsetCheck:
    """What the shipped weights give on data that ships with the project.

    A check of an installation, not a figure of merit: the network may have been trained on it.
    """

    split: str
    value: float
    note: str


@dataclass(frozen=True)
class FoldProtocol:
    """Cross-validation: figures are means over folds, and the weights that ship are one more fit.

    Args:
        data: the table in words.
        folds: number of folds of each seed.
        std_folds: sample standard deviation of the metric over all folds of all seeds.
        shipped_test: metric of the shipped weights on the test part of the card's ``split``, which
            was chosen beforehand.
    """

    data: str
    folds: int
    std_folds: float
    shipped_test: float


@dataclass(frozen=True)
class Baseline:
    """Another model on the same splits; ``std`` over seeds or None."""

    name: str
    value: float
    std: float | None = None
    parameters: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Source:
    """The published result: paper, its figure (None: none published), what to know about it."""

    paper: str
    figure: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Card:
    """Everything that is to be known of an entry; see the fields of the parts.

    Args:
        name: ``<config>.<tag>``, e.g. ``mnist-dual-lphm.v1``.
        config: name of the recipe, ``configs/<config>.yaml``.
        task: words joined by hyphens, the last one the kind of task: ``image-classification``.
        title: one line of description.
        weights: hash and size of the weights, None where they are too large to ship.
        parameters: number of trainable parameters.
        flops: floating point operations of a forward pass for one sample.
        dataset: name of the data.
        split: the split in words.
        comparable: whether figures on this split may stand beside published ones.
        preprocess: config of the transform from raw data to inputs, None if there is none.
        class_names: names of the classes in the order of the outputs.
        metric: one of :data:`~rpn_zoo.zoo.figures.METRICS`, which know their direction.
        seeds: result of each seed.
        mean: mean of the test metric over seeds.
        std: sample standard deviation over seeds, None for a single seed.
        shipped_seed: the seed whose weights ship, chosen on validation.
        tolerance: by how much a re-measured test metric may differ.
        subset: the check without the full data, None if there is none.
        baselines: other models on the same splits.
        source: the published result.
        command: what was run.
        seconds: wall time of all seeds together.
        hardware: on what.
        versions: versions of packages.
        date: when, as ``YYYY-MM-DD``.
        notes: anything else.
        cross_validation: how the figures of the seeds were found, None for a fixed test part.
        statistic: ``"mean"`` or ``"median"``: by which the seeds' figures are summed up.
        recipe_sha256: hash of network and data of the recipe (:attr:`Recipe.sha256`), checked
            when the entry is loaded; None only where no weights ship. It stands last, so that a
            card that lost its end has none.

    Raises:
        ValueError: if a value is not allowed or values contradict each other.
    """

    name: str
    config: str
    task: str
    title: str
    weights: WeightsFile | None
    parameters: int
    flops: int
    dataset: str
    split: str
    comparable: bool
    preprocess: dict[str, Any] | None
    class_names: tuple[str, ...]
    metric: str
    seeds: tuple[SeedResult, ...]
    mean: float
    std: float | None
    shipped_seed: int
    tolerance: float
    subset: SubsetCheck | None
    baselines: tuple[Baseline, ...]
    source: Source
    command: str
    seconds: float
    hardware: str
    versions: dict[str, str]
    date: str
    notes: str
    cross_validation: FoldProtocol | None = None
    statistic: str = "mean"
    recipe_sha256: str | None = None

    def __post_init__(self) -> None:
        """Check the values and that they agree with each other."""
        check_name("config", self.config)
        config, _, tag = self.name.rpartition(".")
        if config != self.config or not _TAG.fullmatch(tag):
            raise ValueError(f"name must be {self.config}.<tag>, got {self.name!r}.")
        check_name("task", self.task)
        check_choice("metric", self.metric, METRICS)
        check_choice("statistic", self.statistic, STATISTICS)
        check_positive_int("parameters", self.parameters, minimum=0)
        check_positive_int("flops", self.flops, minimum=0)
        if self.tolerance < 0:
            raise ValueError(f"tolerance must not be negative, got {self.tolerance}.")
        if self.weights is not None and self.recipe_sha256 is None:
            raise ValueError(
                "recipe_sha256 is missing: weights ship with the hash of their recipe."
            )
        if self.recipe_sha256 is not None:
            _check_sha256("recipe_sha256", self.recipe_sha256)
        if not _DATE.fullmatch(self.date):
            raise ValueError(f"date must be YYYY-MM-DD, got {self.date!r}.")
        self._check_seeds()

    def _check_seeds(self) -> None:
        numbers = [result.seed for result in self.seeds]
        if not numbers or len(set(numbers)) != len(numbers):
            raise ValueError(f"seeds must be one or more different seeds, got {numbers}.")
        if self.shipped_seed not in numbers:
            raise ValueError(f"shipped_seed must be one of {numbers}, got {self.shipped_seed}.")
        mean, std = mean_and_std([result.test for result in self.seeds])
        for key, given, computed in (("mean", self.mean, mean), ("std", self.std, std)):
            if given is None and computed is None:
                continue
            if given is None or computed is None or not agree(self.metric, given, computed):
                raise ValueError(f"{key} must be {computed} from the seeds' figures, got {given}.")

    @property
    def figure(self) -> float:
        """The test metric of all seeds, by the card's statistic."""
        return summarise([result.test for result in self.seeds], self.statistic)

    @property
    def shipped(self) -> SeedResult:
        """The result of the seed that ships."""
        return next(result for result in self.seeds if result.seed == self.shipped_seed)

    @property
    def shipped_test(self) -> float:
        """The metric of the shipped weights on the test part of ``split``."""
        found = self.cross_validation
        return self.shipped.test if found is None else found.shipped_test

    @property
    def protocol(self) -> str:
        """Number of seeds, and of folds where there are any, in words."""
        seeds = str(len(self.seeds))
        return f"{seeds} x {self.cross_validation.folds} folds" if self.cross_validation else seeds


def _check_sha256(key: str, value: str) -> None:
    if not _SHA256.fullmatch(value):
        raise ValueError(f"{key} must be 64 lower-case hexadecimal digits, got {value!r}.")


def check_name(key: str, value: str) -> str:
    """Return ``value`` if it is lower-case words joined by hyphens, else raise a ValueError.

    Example:
        >>> check_name("config", "mnist-dual-lphm"), check_name("config", "feynman-i.6.2")
        ('mnist-dual-lphm', 'feynman-i.6.2')
    """
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{key} must be lower-case letters and digits joined by single hyphens or dots, got "
            f"{value!r}."
        )
    return value


def mean_and_std(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation, rounded; one value has no deviation.

    Example:
        >>> mean_and_std([0.25, 0.75])
        (0.5, 0.353553)
    """
    std = rounded(statistics.stdev(values)) if len(values) > 1 else None
    return rounded(statistics.fmean(values)), std


def load_card(path: str | Path) -> Card:
    """Read and check a card.

    Args:
        path: the YAML file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming file, key, value and what is allowed.
    """
    return from_plain(Card, load_yaml(path), str(path))


def dump_card(card: Card) -> str:
    """The card as YAML, keys in the order of the fields."""
    return dump_yaml(to_plain(card))


def save_card(path: str | Path, card: Card, overwrite: bool = False) -> None:
    """Write a card atomically and read it again.

    Raises:
        FileExistsError: if the file exists and ``overwrite`` is off.
        ValueError: if the card does not come back equal.
    """
    write_atomic(path, dump_card(card).encode("utf-8"), overwrite)
    if load_card(path) != card:
        raise ValueError(f"{path}: the card reads back differently; is a value not plain data?")
