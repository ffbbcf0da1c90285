"""The models that stand beside an RPN: what they are, and how their numbers are chosen.

Whatever a model has to choose is chosen on the training folds alone, by an inner split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from rpn_zoo.cross_validation.kan_estimator import Kan

MSE = "neg_mean_squared_error"


@dataclass(frozen=True)
class Problem:
    """What a baseline is made for.

    Args:
        classes: number of classes; 0: regression.
        features: number of inputs.
        y: training targets, (N,).
        seed: seed of whatever is drawn.
    """

    classes: int
    features: int
    y: NDArray[Any]
    seed: int

    @property
    def scoring(self) -> str:
        """The criterion of inner validation."""
        return "accuracy" if self.classes else MSE

    def folds(self, count: int) -> Any:
        """Inner folds, stratified where every class has enough rows."""
        least = np.bincount(self.y)[np.unique(self.y)].min() if self.classes else 0
        kind = StratifiedKFold if least >= count else KFold
        return kind(count, shuffle=True, random_state=self.seed)

    def hold_out(self) -> Any:
        """One inner split, a fifth held out."""
        least = np.bincount(self.y)[np.unique(self.y)].min() if self.classes else 0
        kind = StratifiedShuffleSplit if least >= 5 else ShuffleSplit
        return kind(1, test_size=0.2, random_state=self.seed)


def _linear(problem: Problem) -> Any:
    if not problem.classes:
        return make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13)))
    grid = {"C": [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]}
    search = GridSearchCV(
        LogisticRegression(max_iter=1000), grid, scoring="accuracy", cv=problem.folds(5)
    )
    return make_pipeline(StandardScaler(), search)


def _svm(problem: Problem) -> Any:
    grid = {
        "C": [0.1, 1.0, 10.0, 100.0],
        "gamma": [factor / problem.features for factor in (0.1, 0.3, 1.0)],
    }
    model = SVC() if problem.classes else SVR()
    search = GridSearchCV(model, grid, scoring=problem.scoring, cv=problem.folds(3))
    return make_pipeline(StandardScaler(), search)


def _boosting(problem: Problem) -> Any:
    kind = GradientBoostingClassifier if problem.classes else GradientBoostingRegressor
    grid = {"n_estimators": [50, 100]}
    model = kind(random_state=problem.seed)
    return GridSearchCV(model, grid, scoring=problem.scoring, cv=problem.hold_out())


def _mlp(problem: Problem) -> Any:
    kind = MLPClassifier if problem.classes else MLPRegressor
    model = kind(hidden_layer_sizes=(32,), solver="lbfgs", max_iter=200, random_state=problem.seed)
    grid = {"alpha": [0.01, 1.0, 10.0, 50.0]}
    search = GridSearchCV(model, grid, scoring=problem.scoring, cv=problem.hold_out())
    return make_pipeline(StandardScaler(), search)


def _kan(problem: Problem) -> Any:
    return make_pipeline(StandardScaler(), Kan(problem.classes, seed=problem.seed))


def _standardized(make: Callable[[Problem], Any]) -> Callable[[Problem], Any]:
    """Values to predict are standardised for the model, by its training rows."""

    def made(problem: Problem) -> Any:
        model = make(problem)
        if problem.classes:
            return model
        return TransformedTargetRegressor(model, transformer=StandardScaler())

    return made


BASELINES: dict[str, Callable[[Problem], Any]] = {
    "logistic": _linear,
    "svm": _standardized(_svm),
    "boosting": _standardized(_boosting),
    "mlp": _standardized(_mlp),
    "kan": _standardized(_kan),
}
"""Makers of estimators by name."""

TITLES = {
    "logistic": ("logistic regression", "ridge regression"),
    "svm": ("SVM, RBF kernel", "SVM, RBF kernel"),
    "boosting": ("gradient boosting", "gradient boosting"),
    "mlp": ("MLP, 32 hidden units", "MLP, 32 hidden units"),
    "kan": ("KAN, 5 hidden units", "KAN, 5 hidden units"),
}
"""What they are called, for classification and for regression."""


def title(name: str, classification: bool) -> str:
    """The name of a baseline in words.

    Example:
        >>> title("logistic", True), title("logistic", False)
        ('logistic regression', 'ridge regression')
    """
    return TITLES[name][0 if classification else 1]
