"""The rows of an equation: how they are drawn, split, and freed of those outside the domain."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rpn_zoo.data.catalogue import Equation
from rpn_zoo.data.standardize import Standardization
from rpn_zoo.functions.checks import check_finite

PARTS = ("train", "val", "test")
Part = tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class EquationRows:
    """The rows of each part, how many were dropped, and the maps that were applied to them."""

    parts: dict[str, Part]
    dropped: dict[str, int]
    x_map: Standardization
    y_map: Standardization

    def describe(self, equation: Equation, sample_seed: int, noise: float) -> str:
        """Equation, seed and sizes in words."""
        sizes = "/".join(f"{len(self.parts[part][1]):,}" for part in PARTS)
        name = "own" if equation.suite == "own" else f"{equation.suite} {equation.id}"
        noisy = f", noise {noise:g}" if noise else ""
        count = sum(self.dropped.values())
        dropped = f", {count:,} rows outside the domain dropped" if count else ""
        return f"{name}, {equation.expression}, sample seed {sample_seed}{noisy}, {sizes}{dropped}"


def draw_parts(
    equation: Equation,
    rows: tuple[int, int],
    split: tuple[float, bool, int] = (0.5, False, 1234),
    sample_seed: int = 0,
    dtype: torch.dtype = torch.float32,
    noise: float = 0.0,
    drop: bool = False,
) -> tuple[dict[str, Part], dict[str, int]]:
    """Draw the training, validation and test rows of an equation from one generator.

    First the training and test rows together, then the validation rows, so that these take nothing
    away from the others; then the noise.

    Args:
        equation: the equation, with the ranges of its variables.
        rows: number of training and test rows together, and of validation rows.
        split: share of training rows, whether they are shuffled, and the seed of that: the
            arguments of :func:`split_rows`.
        sample_seed: seed of the generator.
        dtype: in which x and y are computed.
        noise: standard deviation of normal noise on the training and validation targets, in units
            of the standard deviation of the training targets.
        drop: whether rows without a finite value are dropped, with a warning, or are an error.

    Returns:
        x (N, v) and y (N, 1) of each part, and how many rows of each were dropped.

    Raises:
        ValueError: rows without a finite value, unless ``drop``; or a part has no other rows.

    Example:
        >>> from rpn_zoo.data import equation
        >>> parts, dropped = draw_parts(equation("elementary", "E.0"), (10, 3))
        >>> {part: tuple(x.shape) for part, (x, y) in parts.items()}, sum(dropped.values())
        ({'train': (5, 2), 'val': (3, 2), 'test': (5, 2)}, 0)
    """
    num, validation_num = rows
    generator = torch.Generator().manual_seed(sample_seed)
    x, y = equation.sample(num, generator, dtype)
    train, test = split_rows(num, *split)
    parts = {
        "train": (x[train], y[train]),
        "val": equation.sample(validation_num, generator, dtype),
        "test": (x[test], y[test]),
    }
    dropped = {part: int((~y.isfinite()).sum()) for part, (_, y) in parts.items()}
    if any(dropped.values()):
        parts = _without_invalid(equation, parts, dropped, drop)
    for part in ("train", "val") if noise else ():
        x, y = parts[part]
        scale = noise * parts["train"][1].std(correction=0)
        parts[part] = x, y + scale * torch.randn(y.shape, generator=generator).to(dtype)
    return parts, dropped


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


def map_of_x(normalize: bool | str, equation: Equation, train: Tensor) -> Standardization:
    """The map from variables to inputs.

    Args:
        normalize: False: the identity; ``"range"``: the range of each variable to [-1, 1]; True: by
            mean and sample standard deviation of each variable in ``train``.
        equation: has the ranges.
        train: training rows, (N, v).

    Example:
        >>> from rpn_zoo.data import equation
        >>> map_of_x("range", equation("feynman", "I.6.2a"), torch.ones(3, 1))(torch.ones(1, 1))
        tensor([[-1.]])
    """
    if normalize == "range":
        low, high = torch.tensor(list(equation.variables.values()), dtype=train.dtype).T
        return Standardization((low + high)[None] / 2, (high - low)[None] / 2)
    return Standardization.fit(train) if normalize else Standardization.identity()


def _without_invalid(
    equation: Equation, parts: dict[str, Part], counts: dict[str, int], drop: bool
) -> dict[str, Part]:
    """The rows with finite values; an error unless dropping is wanted and leaves some."""
    listed = ", ".join(f"{counts[part]:,} of {len(parts[part][1]):,} {part}" for part in PARTS)
    part = next(part for part in PARTS if counts[part])
    x, y = parts[part]
    row = int((~y.isfinite()).flatten().nonzero()[0])
    names = zip(equation.variables, x[row].tolist(), strict=True)
    place = ", ".join(f"{name} = {value:.6g}" for name, value in names)
    text = (
        f"{equation.expression} has no finite value in {listed} rows, for instance "
        f"{y[row].item()} at {place}"
    )
    if not drop:
        raise ValueError(f"{text}; change the ranges, or drop these rows with invalid='drop'.")
    kept = {}
    for part, (x, y) in parts.items():
        finite = y.isfinite().flatten()
        if not finite.any():
            raise ValueError(f"{text}: no row of {part} is left.")
        kept[part] = x[finite], y[finite]
    warnings.warn(f"{text}; these rows are dropped.", stacklevel=4)
    return kept
