"""Optimiser and learning-rate schedule from plain config values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import nn, optim
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LRScheduler,
    OneCycleLR,
)

from rpn_zoo.functions.checks import check_choice, check_finite
from rpn_zoo.training.levenberg_marquardt import LevenbergMarquardt

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    "adamw": optim.AdamW,
    "adam": optim.Adam,
    "nadam": optim.NAdam,
    "radam": optim.RAdam,
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
    "levenberg_marquardt": LevenbergMarquardt,
}
LEAST_SQUARES = ("levenberg_marquardt",)
"""Optimisers that take the residuals of a batch instead of the gradient of a loss."""

SCHEDULES = ("constant", "one_cycle", "cosine", "exponential")


@dataclass
class OptimizerConfig:
    """Which optimiser, and its numbers.

    Args:
        name: adamw, adam, nadam, radam, sgd or rmsprop (the classes of ``torch.optim``), or
            levenberg_marquardt (:class:`~rpn_zoo.training.LevenbergMarquardt`, for regression with
            few parameters).
        lr: learning rate, > 0; the peak of the schedule. For levenberg_marquardt the part of each
            step that is taken (use 1.0).
        weight_decay: weight decay, >= 0.
        options: further arguments of the class, such as ``{betas: [0.9, 0.99]}``.
    """

    name: Literal["adamw", "adam", "nadam", "radam", "sgd", "rmsprop", "levenberg_marquardt"] = (
        "adamw"
    )
    lr: float = 1e-3
    weight_decay: float = 0.0
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the values."""
        check_choice("optimizer.name", self.name, OPTIMIZERS)
        if check_finite("optimizer.lr", self.lr) <= 0:
            raise ValueError(f"optimizer.lr must be > 0, got {self.lr!r}.")
        if check_finite("optimizer.weight_decay", self.weight_decay) < 0:
            raise ValueError(f"optimizer.weight_decay must be >= 0, got {self.weight_decay!r}.")

    @property
    def least_squares(self) -> bool:
        """Whether it takes the residuals of a batch instead of the gradient of a loss."""
        return self.name in LEAST_SQUARES

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """Make the optimiser for these parameters."""
        numbers = {"lr": self.lr, "weight_decay": self.weight_decay}
        try:
            return OPTIMIZERS[self.name](parameters, **{**numbers, **self.options})
        except TypeError as error:
            raise ValueError(
                f"optimizer.options {self.options!r} do not fit {self.name}: {error}."
            ) from error


@dataclass
class ScheduleConfig:
    """How the learning rate changes during training.

    Args:
        name: ``constant``; ``one_cycle`` (torch's OneCycleLR over the whole run, per step);
            ``cosine`` (to 0 over the whole run, per step); ``exponential`` (factor ``gamma`` per
            epoch, default 0.9).
        options: further arguments of the torch class, such as ``{pct_start: 0.2}``.
    """

    name: Literal["constant", "one_cycle", "cosine", "exponential"] = "one_cycle"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the values."""
        check_choice("schedule.name", self.name, SCHEDULES)

    def build(self, optimizer: optim.Optimizer, total_steps: float) -> dict[str, Any] | None:
        """Make Lightning's scheduler dict, or None for a constant rate.

        Args:
            optimizer: the optimiser whose rate is scheduled.
            total_steps: number of optimiser steps of the whole run.
        """
        if self.name == "constant":
            return None
        if self.name != "exponential" and total_steps == float("inf"):
            raise ValueError(
                f"schedule {self.name} needs a run of known length: set trainer.max_epochs or "
                "trainer.max_steps."
            )
        try:
            return self._build(optimizer, total_steps)
        except TypeError as error:
            raise ValueError(
                f"schedule.options {self.options!r} do not fit {self.name}: {error}."
            ) from error

    def _build(self, optimizer: optim.Optimizer, total_steps: float) -> dict[str, Any]:
        if self.name == "exponential":
            scheduler: LRScheduler = ExponentialLR(optimizer, **{"gamma": 0.9, **self.options})
            return {"scheduler": scheduler, "interval": "epoch"}
        steps = int(total_steps)
        if self.name == "cosine":
            scheduler = CosineAnnealingLR(optimizer, **{"T_max": steps, **self.options})
        else:
            peak = optimizer.defaults["lr"]
            scheduler = OneCycleLR(optimizer, peak, total_steps=steps, **self.options)
        return {"scheduler": scheduler, "interval": "step"}
