"""Cross-validate a recipe and its baselines, fold by fold."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_zoo.cross_validation.baselines import BASELINES, Problem, title
from rpn_zoo.cross_validation.recipe import FoldRecipe
from rpn_zoo.cross_validation.results import FoldResult
from rpn_zoo.data.table_data import TableData
from rpn_zoo.functions.checks import check_choice


def cross_validate(
    recipe: FoldRecipe,
    seeds: Sequence[int],
    baselines: Sequence[str] = tuple(BASELINES),
    advance: Callable[[FoldResult], None] = lambda result: None,
) -> tuple[list[FoldResult], int]:
    """Train and test a recipe and its baselines on every fold of every seed.

    A seed determines the folds (stratified by class) and whatever the models draw. Baselines see
    the same encoded rows, of training and validation part together; what they have to choose they
    choose by an inner split of these.

    Args:
        recipe: the network, its training and its table.
        seeds: different integers >= 0.
        baselines: names of baselines.
        advance: called after every model and fold.

    Returns:
        The results, model by model with the recipe's own first, and the number of parameters of
        its network.

    Raises:
        ValueError: a bad seed or name.
    """
    if not seeds or len(set(seeds)) != len(seeds) or min(seeds) < 0:
        raise ValueError(f"seeds must be different integers >= 0, got {list(seeds)}.")
    for name in baselines:
        check_choice("baselines", name, BASELINES)
    own: list[FoldResult] = []
    others: dict[str, list[FoldResult]] = {name: [] for name in baselines}
    parameters = 0
    for seed in seeds:
        for fold in range(recipe.folds):
            data = recipe.data(seed, fold)
            start = _clock()
            value, parameters = recipe.train(seed, fold)
            own.append(_result(recipe.name, seed, fold, value, data, start))
            advance(own[-1])
            for name in baselines:
                start = _clock()
                value = _baseline(name, data, seed)
                label = title(name, recipe.classification)
                others[name].append(_result(label, seed, fold, value, data, start))
                advance(others[name][-1])
    return [*own, *(result for results in others.values() for result in results)], parameters


def _baseline(name: str, data: TableData, seed: int) -> float:
    """Accuracy or RMSE of a baseline on the test part."""
    parts = [data.arrays(part) for part in ("train", "val") if len(data.rows[part])]
    x, y = (torch.cat(list(tensors)).numpy() for tensors in zip(*parts, strict=True))
    x_test, y_test = (tensor.numpy() for tensor in data.arrays("test"))
    classes = data.num_classes or 0
    # In float64 and one-dimensional, as scikit-learn likes it.
    x, x_test = x.astype(np.float64), x_test.astype(np.float64)
    if not classes:
        y, y_test = y[:, 0].astype(np.float64), y_test[:, 0].astype(np.float64)
    model = BASELINES[name](Problem(classes, x.shape[1], y, seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that ended early and classes in too few rows
        predicted: NDArray[Any] = model.fit(x, y).predict(x_test)
    if classes:
        return float(np.mean(predicted == y_test))
    return float(np.sqrt(np.mean((predicted - y_test) ** 2)))


def _clock() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _result(
    model: str, seed: int, fold: int, value: float, data: TableData, start: tuple[float, float]
) -> FoldResult:
    seconds, cpu = (b - a for a, b in zip(start, _clock(), strict=True))
    rows = data.rows
    train, test = len(rows["train"]) + len(rows["val"]), len(rows["test"])
    return FoldResult(model, seed, fold, value, train, test, seconds, cpu)
