"""The learner of a configuration file: epochs, optimiser, schedule and loss."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn, optim

from rpn_zoo.interop.tinybig.binding import PLUMBING, call, checked
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.nested import class_and_parameters

LEARNERS = ("backward_learner",)
OPTIMIZERS: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        optim.Adadelta, optim.Adagrad, optim.Adam, optim.AdamW, optim.Adamax, optim.ASGD,
        optim.NAdam, optim.RAdam, optim.RMSprop, optim.Rprop, optim.SGD,
    )
}  # fmt: skip
SCHEDULERS: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        torch.optim.lr_scheduler.ConstantLR, torch.optim.lr_scheduler.CosineAnnealingLR,
        torch.optim.lr_scheduler.ExponentialLR, torch.optim.lr_scheduler.LinearLR,
        torch.optim.lr_scheduler.MultiStepLR, torch.optim.lr_scheduler.PolynomialLR,
        torch.optim.lr_scheduler.StepLR,
    )
}  # fmt: skip
LOSSES: dict[str, Any] = {
    cls.__name__: cls
    for cls in (
        nn.BCELoss, nn.BCEWithLogitsLoss, nn.CrossEntropyLoss, nn.HuberLoss, nn.L1Loss, nn.MSELoss,
        nn.NLLLoss, nn.SmoothL1Loss,
    )
}  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A class of torch with its arguments.

    Args:
        name: the class.
        options: its arguments, those given and no others.
    """

    name: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Learner:
    """How a network is trained.

    Args:
        n_epochs: number of epochs; None: not given.
        optimizer: the optimiser.
        scheduler: the schedule of the learning rate, a step for every epoch, if there is one.
        loss: the loss.
    """

    n_epochs: int | None
    optimizer: Chosen | None
    scheduler: Chosen | None
    loss: Chosen | None


def learner(context: Context, config: Any) -> Learner:
    """Read ``{learner_class, learner_parameters}``.

    Raises:
        Unusable: if anything is unknown or wrong; problems were noted.
    """
    _, given, place = class_and_parameters(context, config, "learner", LEARNERS)
    found: Learner = call(place, _learner, given)
    return found


def _learner(
    context: Context,
    n_epochs: int | None = None,
    optimizer_configs: Any = None,
    lr_scheduler_configs: Any = None,
    loss_configs: Any = None,
) -> Learner:
    if n_epochs is not None and n_epochs < 1:
        context.at("n_epochs").problem(f"must be at least 1, got {n_epochs}.")
    with context.complete():
        chosen = [
            _choose(context, config, stem, known)
            for config, stem, known in (
                (optimizer_configs, "optimizer", OPTIMIZERS),
                (lr_scheduler_configs, "lr_scheduler", SCHEDULERS),
                (loss_configs, "loss", LOSSES),
            )
        ]
    return Learner(n_epochs, *chosen)


def _choose(context: Context, config: Any, stem: str, known: dict[str, Any]) -> Chosen | None:
    if config is None:
        return None
    here = context.at(f"{stem}_configs")

    def found() -> Chosen:
        key, given, place = class_and_parameters(here, config, stem, known)
        allowed = {
            name: parameter.replace(annotation=inspect.Parameter.empty, default=None)
            for name, parameter in inspect.signature(known[key]).parameters.items()
            if name not in ("params", "optimizer", "last_epoch", "verbose")
        }
        with place.complete():
            options = checked(place, allowed, given, also=(*PLUMBING, "verbose"))
        return Chosen(key, options)

    return here.attempt(found)
