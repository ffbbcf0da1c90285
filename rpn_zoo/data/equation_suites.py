"""Regression on samples of a known function as a LightningDataModule."""

from __future__ import annotations

import logging
from typing import Any, ClassVar, Literal

import torch
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader

from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.equation_choice import choose_equation
from rpn_zoo.data.equation_rows import PARTS, EquationRows, Part, draw_parts, map_of_x, train_rows
from rpn_zoo.data.polynomials import regression_baselines
from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.data.standardize_columns import StandardizeColumns
from rpn_zoo.functions.checks import check_choice, check_finite, check_positive_int

logger = logging.getLogger(__name__)

DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Equations(LightningDataModule):
    """Rows drawn from an equation of the catalogue, or from a formula of your own.

    Batches are pairs (b, v), the variables in their order, and (b, 1). Training and test rows are
    drawn as in the published experiments: ``num`` rows by
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
        normalize_x: True: standardise each variable by mean and sample standard deviation of its
            training values; ``"range"``: map the range of each variable to [-1, 1].
        normalize_y: likewise the targets; losses and metrics are then in these units, and
            :attr:`y_standardization` inverts them.
        sample_seed: determines the rows and the noise.
        dtype: ``"float32"``, or ``"float64"`` for the same rows with targets exact to 16 digits
            (train with ``trainer.precision: 64-true``).
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
        normalize_x: bool | Literal["range"] = False,
        normalize_y: bool = False,
        sample_seed: int = 0,
        dtype: str = "float32",
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        seed: int | None = None,
    ) -> None:
        """Check the arguments and parse the formula; nothing is drawn before :meth:`setup`."""
        super().__init__()
        self.equation = choose_equation(suite, id, index, expression, variables)
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
        if normalize_x not in (True, False, "range"):
            raise ValueError(f"normalize_x must be true, false or range, got {normalize_x!r}.")
        self.normalize_x = normalize_x
        self.normalize_y = normalize_y
        self.sample_seed = check_positive_int("sample_seed", sample_seed, minimum=0)
        self.dtype = check_choice("dtype", dtype, DTYPES)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self.save_hyperparameters(logger=False)
        self._state: EquationRows | None = None

    def setup(self, stage: str | None = None) -> None:
        """Draw the rows; once only.

        Args:
            stage: not used, as all parts come from one generator.
        """
        if self._state is not None:
            return
        parts, dropped = draw_parts(
            self.equation,
            (self.num, self.validation_num),
            (self.train_percentage, self.shuffle, self.random_state),
            self.sample_seed,
            DTYPES[self.dtype],
            self.noise,
            drop=self.invalid == "drop",
        )
        x_map = map_of_x(self.normalize_x, self.equation, parts["train"][0])
        y_map = Standardization.identity()
        if self.normalize_y:
            y_map = Standardization.fit(parts["train"][1])
        parts = {part: (x_map(x), y_map(y)) for part, (x, y) in parts.items()}
        self._state = EquationRows(parts, dropped, x_map, y_map)
        logger.info("data: %s", self.split_name)

    def split(self, part: str) -> Part:
        """The rows of a part, without loaders.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            x, (N, v), and y, (N, 1). Do not change them.

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
        return regression_baselines(self.split("train"), self.split("val"), self.split(part))

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
    def preprocess(self) -> StandardizeColumns | None:
        """The map from variables to the x of the batches, None without ``normalize_x``."""
        if not self.normalize_x:
            return None
        x_map = self._ready.x_map
        return StandardizeColumns(tuple(x_map.mean[0].tolist()), tuple(x_map.scale[0].tolist()))

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows of each part have no finite value and were dropped."""
        return dict(self._ready.dropped)

    @property
    def split_name(self) -> str:
        """Equation, seed and sizes in words."""
        return self._ready.describe(self.equation, self.sample_seed, self.noise)

    @property
    def _ready(self) -> EquationRows:
        if self._state is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._state

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
