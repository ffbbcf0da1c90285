"""Regression on samples of a known function as a LightningDataModule."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.catalogue import Equation, equation, own_equation
from rpn_zoo.data.forecasts import mean_squared_error
from rpn_zoo.data.polynomials import best_polynomial
from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.functions.checks import check_choice, check_finite, check_positive_int

logger = logging.getLogger(__name__)

PARTS = ("train", "val", "test")
Part = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class _Ready:
    parts: dict[str, Part]
    dropped: dict[str, int]
    x_map: Standardization
    y_map: Standardization


class Equations(LightningDataModule):
    """Rows drawn from an equation of the catalogue, or from a formula of your own.

    Batches are pairs of float32 (b, v), the variables in their order, and (b, 1). Training and test
    rows are those of the published experiments: ``num`` rows are drawn by
    :meth:`~rpn_zoo.data.Equation.sample` from a generator of their own, of which the first
    int(train_percentage num) are the training part and all others the test part. The validation
    part is drawn after them, so it takes nothing away from either; then the noise.

    Args:
        suite: ``"elementary"``, ``"composite"``, ``"feynman"`` or ``"dimensionless_feynman"``.
        id: id of the equation, e.g. ``"E.14"``; None takes ``index``.
        index: place of the equation in its suite, from 0; None, with no id either, takes 0.
        expression: a formula of your own in place of the catalogue, e.g. ``"sin(x)*exp(-y)"`` (see
            :class:`~rpn_zoo.data.Expression`); needs ``variables``.
        variables: its variables in order, each with its range [low, high].
        num: number of training and test rows together.
        train_percentage: share of training rows, in (0, 1).
        validation_num: number of validation rows.
        shuffle: choose the training rows by scikit-learn's ``train_test_split`` instead (they are
            drawn independently, so this changes which rows they are and nothing else).
        random_state: its seed.
        noise: standard deviation of normal noise on the training and validation targets, in units
            of the standard deviation of the training targets; test targets stay exact.
        invalid: what happens if the formula is NaN or infinite in some rows: ``"error"``, or
            ``"drop"`` them with a warning that counts them.
        normalize_x: standardise each variable by mean and sample standard deviation of its training
            values.
        normalize_y: likewise the targets; losses and metrics are then in these units, and
            :attr:`y_standardization` inverts them.
        sample_seed: determines the rows and the noise.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.

    Attributes:
        equation: the :class:`~rpn_zoo.data.Equation`.
        num_features: number v of variables.
        num_targets: 1.

    Raises:
        ValueError: an argument or the formula is invalid (here), or it has no finite value in some
            rows (in ``setup``, with ``invalid="error"``).

    Example:
        >>> data = Equations("elementary", "E.14")
        >>> data.setup()
        >>> data.split_name
        'elementary E.14, arcsinh(x+y), sample seed 0, 1,000/500/1,000'
        >>> x, y = data.split("train")
        >>> torch.allclose(y, (x[:, :1] + x[:, 1:]).arcsinh())
        True
        >>> own = Equations(expression="sin(x)*exp(-y)", variables={"x": [0, 3], "y": [0, 1]})
        >>> own.num_features
        2
    """

    num_targets: ClassVar[int] = 1

    def __init__(
        self,
        suite: str = "elementary",
        id: str | None = None,
        index: int | None = None,
        expression: str | None = None,
        variables: dict[str, list[float]] | None = None,
        num: int = 2000,
        train_percentage: float = 0.5,
        validation_num: int = 500,
        shuffle: bool = False,
        random_state: int = 1234,
        noise: float = 0.0,
        invalid: str = "error",
        normalize_x: bool = False,
        normalize_y: bool = False,
        sample_seed: int = 0,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        seed: int | None = None,
    ) -> None:
        """Check the arguments and parse the formula; nothing is drawn before :meth:`setup`."""
        super().__init__()
        self.equation = _choose(suite, id, index, expression, variables)
        self.num = check_positive_int("num", num, minimum=2)
        train_rows(num, train_percentage)
        self.train_percentage = train_percentage
        self.validation_num = check_positive_int("validation_num", validation_num)
        self.shuffle = shuffle
        self.random_state = check_positive_int("random_state", random_state, minimum=0)
        self.noise = check_finite("noise", noise)
        if noise < 0:
            raise ValueError(f"noise must be >= 0, got {noise!r}.")
        self.invalid = check_choice("invalid", invalid, ("error", "drop"))
        self.normalize_x = normalize_x
        self.normalize_y = normalize_y
        self.sample_seed = check_positive_int("sample_seed", sample_seed, minimum=0)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self.save_hyperparameters(logger=False)
        self._state: _Ready | None = None

    def setup(self, stage: str | None = None) -> None:
        """Draw the rows; once only.

        Args:
            stage: not used, as all parts come from one generator.
        """
        if self._state is not None:
            return
        generator = torch.Generator().manual_seed(self.sample_seed)
        x, y = self.equation.sample(self.num, generator)
        train, test = split_rows(self.num, self.train_percentage, self.shuffle, self.random_state)
        parts = {
            "train": (x[train], y[train]),
            "val": self.equation.sample(self.validation_num, generator),
            "test": (x[test], y[test]),
        }
        dropped = {part: _count_invalid(rows[1]) for part, rows in parts.items()}
        if any(dropped.values()):
            parts = self._without_invalid(parts, dropped)
        for part in ("train", "val") if self.noise else ():
            x, y = parts[part]
            scale = self.noise * parts["train"][1].std(correction=0)
            parts[part] = x, y + scale * torch.randn(y.shape, generator=generator)
        identity = Standardization.identity()
        x_map = Standardization.fit(parts["train"][0]) if self.normalize_x else identity
        y_map = Standardization.fit(parts["train"][1]) if self.normalize_y else identity
        parts = {part: (x_map(x), y_map(y)) for part, (x, y) in parts.items()}
        self._state = _Ready(parts, dropped, x_map, y_map)
        logger.info("data: %s", self.split_name)

    def split(self, part: str) -> Part:
        """The rows of a part, without loaders.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            x, float32, (N, v), and y, float32, (N, 1). Do not change them.

        Raises:
            ValueError: another ``part``.
            RuntimeError: before :meth:`setup`.
        """
        return self._ready.parts[check_choice("part", part, PARTS)]

    def baselines(self, part: str = "test") -> dict[str, dict[str, float]]:
        """What simple models reach on a part, to stand beside a model's figures.

        Args:
            part: ``"val"`` or ``"test"``.

        Returns:
            ``loss`` (mean squared error) and ``rmse``, in the units of the batches, of the mean of
            the training targets, and of the least-squares polynomial whose degree does best on the
            validation part.
        """
        x, y = self.split(part)
        train = self.split("train")
        polynomial = best_polynomial(train, self.split("val"))
        losses = {
            "mean": mean_squared_error(train[1].double().mean().expand_as(y), y),
            f"polynomial of degree {polynomial.degree}": mean_squared_error(polynomial(x), y),
        }
        return {name: {"loss": loss, "rmse": loss**0.5} for name, loss in losses.items()}

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of the training part, in an order of its own in each epoch."""
        return self._loader("train", self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of the validation part in fixed order."""
        return self._loader("val", self.eval_batch_size)

    def test_dataloader(self) -> DataLoader[Any]:
        """Batches of the test part in fixed order."""
        return self._loader("test", self.eval_batch_size)

    def predict_dataloader(self) -> DataLoader[Any]:
        """The batches of :meth:`test_dataloader`, still with their targets."""
        return self.test_dataloader()

    @property
    def num_features(self) -> int:
        """The number v of variables."""
        return len(self.equation.variables)

    @property
    def x_standardization(self) -> Standardization:
        """From variables to the x of the batches; the identity unless ``normalize_x``."""
        return self._ready.x_map

    @property
    def y_standardization(self) -> Standardization:
        """From targets to the y of the batches; the identity unless ``normalize_y``."""
        return self._ready.y_map

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows of each part have no finite value and were dropped."""
        return dict(self._ready.dropped)

    @property
    def split_name(self) -> str:
        """Equation, seed and sizes in words."""
        sizes = "/".join(f"{len(self.split(part)[1]):,}" for part in PARTS)
        name = (
            "own" if self.equation.suite == "own" else f"{self.equation.suite} {self.equation.id}"
        )
        noise = f", noise {self.noise:g}" if self.noise else ""
        count = sum(self._ready.dropped.values())
        dropped = f", {count:,} rows outside the domain dropped" if count else ""
        return (
            f"{name}, {self.equation.expression}, sample seed {self.sample_seed}{noise}, {sizes}"
            f"{dropped}"
        )

    @property
    def _ready(self) -> _Ready:
        if self._state is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._state

    def _without_invalid(self, parts: dict[str, Part], counts: dict[str, int]) -> dict[str, Part]:
        """The rows with finite values; an error unless dropping is wanted and leaves some."""
        listed = ", ".join(f"{counts[part]:,} of {len(parts[part][1]):,} {part}" for part in PARTS)
        part = next(part for part in PARTS if counts[part])
        x, y = parts[part]
        row = int((~y.isfinite()).flatten().nonzero()[0])
        names = zip(self.equation.variables, x[row].tolist(), strict=True)
        place = ", ".join(f"{name} = {value:.6g}" for name, value in names)
        text = (
            f"{self.equation.expression} has no finite value in {listed} rows, for instance "
            f"{y[row].item()} at {place}"
        )
        if self.invalid == "error":
            raise ValueError(f"{text}; change the ranges, or drop these rows with invalid='drop'.")
        kept = {}
        for part, (x, y) in parts.items():
            rows = y.isfinite().flatten()
            if not rows.any():
                raise ValueError(f"{text}: no row of {part} is left.")
            kept[part] = x[rows], y[rows]
        warnings.warn(f"{text}; these rows are dropped.", stacklevel=3)
        return kept

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


def train_rows(num: int, train_percentage: float) -> int:
    """The number int(train_percentage num) of training rows, if it leaves both parts some.

    Raises:
        ValueError: it is 0 or ``num``.

    Example:
        >>> train_rows(2000, 0.5)
        1000
    """
    rows = int(check_finite("train_percentage", train_percentage) * num)
    if not 0 < rows < num:
        raise ValueError(
            "train_percentage must be in (0, 1) and leave rows for training and test, got "
            f"{train_percentage!r} of {num} rows."
        )
    return rows


def split_rows(
    num: int, train_percentage: float, shuffle: bool = False, random_state: int = 1234
) -> tuple[Tensor, Tensor]:
    """Indices of the training and test rows.

    Args:
        num: number of rows.
        train_percentage: share of training rows, in (0, 1), rounded down.
        shuffle: choose and order them by scikit-learn's ``train_test_split``; otherwise the first
            rows are the training rows.
        random_state: its seed.

    Example:
        >>> [rows.tolist() for rows in split_rows(5, 0.6)]
        [[0, 1, 2], [3, 4]]
    """
    count = train_rows(num, train_percentage)
    if not shuffle:
        return torch.arange(count), torch.arange(count, num)
    from sklearn.model_selection import train_test_split  # here, since it takes long to import

    train, test = train_test_split(np.arange(num), train_size=count, random_state=random_state)
    return torch.from_numpy(train), torch.from_numpy(test)


def _choose(
    suite: str,
    id: str | None,
    index: int | None,
    expression: str | None,
    variables: dict[str, list[float]] | None,
) -> Equation:
    if expression is not None:
        if id is not None or index is not None:
            raise ValueError("expression takes the place of id and index: give one of them only.")
        if variables is None:
            raise ValueError("expression needs variables, a range [low, high] for each.")
        return own_equation(expression, variables)
    if variables is not None:
        raise ValueError("variables go with an expression; equations of a suite have their own.")
    if id is not None and index is not None:
        raise ValueError(f"give id or index, not both, got id={id!r} and index={index!r}.")
    if id is not None:
        return equation(suite, id)
    return equation(suite, 0 if index is None else check_positive_int("index", index, minimum=0))


def _count_invalid(y: Tensor) -> int:
    return int((~y.isfinite()).sum())
