"""A configuration file of tinybig as a config file of rpn_zoo, for ``rpn-zoo fit``."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass, field
from typing import Any

from rpn_zoo.interop.tinybig.config_file import TinybigConfig
from rpn_zoo.interop.tinybig.data_modules import data_module
from rpn_zoo.interop.tinybig.learner import OPTIMIZERS, Chosen, Learner
from rpn_zoo.nn import RPN
from rpn_zoo.training.linear_model import check_linear
from rpn_zoo.zoo.strict_yaml import dump_yaml

TASKS = {
    "CrossEntropyLoss": "rpn_zoo.training.ClassificationTask",
    "MSELoss": "rpn_zoo.training.RegressionTask",
}
OPTIMIZER_NAMES = {name: name.lower() for name in ("AdamW", "Adam", "NAdam", "RAdam", "SGD")}
OPTIMIZER_NAMES["RMSprop"] = "rmsprop"
NUMBERS = ("lr", "weight_decay")
EPOCHS = 100


@dataclass
class Converted:
    """A config file of rpn_zoo.

    Args:
        content: what stands in it.
        notes: what differs from the original.
        missing: what has to be added or decided before it can train.
    """

    content: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def text(self, title: str, command: str) -> str:
        """The YAML text with the notes as comments at its beginning.

        Args:
            title: first line.
            command: how it is trained.
        """
        lines = [title]
        lines += [f"Note: {note}" for note in self.notes]
        lines += [f"TO DO: {item}" for item in self.missing]
        lines += [f"{'Then train' if self.missing else 'Train'} it: {command}"]
        comments = [
            f"# {part}"
            for line in lines
            for part in textwrap.wrap(line, 98, break_long_words=False)
        ]
        return "\n".join(comments) + "\n" + dump_yaml(self.content)


def recipe(config: TinybigConfig, name: str, init: str = "fan_aware") -> Converted:
    """Convert a configuration.

    Args:
        config: the configuration.
        name: name of the runs.
        init: initialisation of the network, ``"fan_aware"`` or ``"tinybig"``.
    """
    found = Converted({}, notes=list(config.warnings))
    network = config.network if init == "fan_aware" else {**config.network, "init": init}
    methods = {head.init_method for layer in config.plan.layers for head in layer.heads}
    if init == "tinybig" and methods != {"xavier_uniform"}:
        found.notes.append("initial values are xavier_uniform throughout, tinybig's are not.")
    task = {"network": network, **_training(found, config.learner)}
    found.content = {
        "seed_everything": config.seed or 0,
        "run": {"name": name},
        "model": {"class_path": _task(found, config), "init_args": task},
    }
    if config.data is None:
        found.missing.append("the original names no data: add a section data.")
    else:
        module = data_module(config.data)
        (found.notes if module.section else found.missing).extend(module.notes)
        if module.section:
            found.content["data"] = module.section
            if "task" in module.init_args:
                _fit_table(found, network, module.init_args)
    epochs = config.learner.n_epochs if config.learner else None
    if epochs is None:
        found.notes.append(f"the original names no number of epochs: {EPOCHS} are set.")
    found.content["trainer"] = {"max_epochs": EPOCHS if epochs is None else epochs}
    if config.device not in (None, "cpu"):
        found.notes.append(f"the device {config.device!r} gives way to what is there.")
    return found


def _fit_table(found: Converted, network: dict[str, Any], arguments: dict[str, Any]) -> None:
    """Targets of a table as the task wants them, and a word on networks that need no training."""
    if found.content["model"]["class_path"] == TASKS["CrossEntropyLoss"]:
        arguments["task"] = "classification"
    try:
        check_linear(RPN(network))
    except ValueError:
        return
    found.notes.append(
        "the network is linear in its parameters: with solver: {name: lstsq} in place of optimizer "
        "and schedule it is fitted exactly, in one step."
    )


def _task(found: Converted, config: TinybigConfig) -> str:
    """The class path of the task, by the loss; if there is none, by the metric."""
    loss = config.learner.loss if config.learner else None
    if loss is None:
        name = "CrossEntropyLoss" if config.metric in ("accuracy", "f1", "mcc") else "MSELoss"
        found.notes.append(f"the original names no loss: {name} is used.")
        return TASKS[name]
    options = dict(loss.options)
    if options.pop("reduction", "mean") != "mean":
        found.missing.append("the loss has another reduction than the mean, which tasks take.")
    options.pop("label_smoothing", None)
    for option, value in options.items():
        if value is not None:
            found.missing.append(
                f"the loss's {option} is not taken over: tasks have no such option."
            )
    if loss.name not in TASKS:
        found.missing.append(
            f"no task has the loss {loss.name}: RegressionTask (mean squared error) stands here, "
            "decide whether that will do."
        )
        return TASKS["MSELoss"]
    last = config.plan.layers[-1].heads[0].config
    functions = [*last.get("output_functions", []), *_row_functions(last)]
    if loss.name == "CrossEntropyLoss" and functions and "softmax" in functions[-1:]:
        found.notes.append("the last layer ends in a softmax, of which the loss takes another one.")
    return TASKS[loss.name]


def _row_functions(head: dict[str, Any]) -> list[Any]:
    functions: list[Any] = head.get("positions", {}).get("row_functions", [])
    return functions


def _training(found: Converted, learner: Learner | None) -> dict[str, Any]:
    """The task's arguments but the network."""
    arguments: dict[str, Any] = {"schedule": {"name": "constant"}}
    if learner is None:
        found.notes.append("the original says nothing of training: AdamW with its defaults is set.")
        return arguments
    if learner.optimizer is not None:
        arguments = {**_optimizer(found, learner.optimizer), **arguments}
    scheduler = learner.scheduler
    if scheduler is not None and scheduler.name == "ExponentialLR":
        arguments["schedule"] = {"name": "exponential", "options": dict(scheduler.options)}
    elif scheduler is not None:
        found.missing.append(
            f"{scheduler.name} with {dict(scheduler.options)} is not taken over: the rate is "
            "constant; choose a schedule of rpn_zoo."
        )
    loss = learner.loss
    if loss is not None and loss.name == "CrossEntropyLoss" and loss.options.get("label_smoothing"):
        arguments["label_smoothing"] = loss.options["label_smoothing"]
    return arguments


def _optimizer(found: Converted, chosen: Chosen) -> dict[str, Any]:
    """Optimiser with its numbers; those that are not given are torch's."""
    if chosen.name not in OPTIMIZER_NAMES:
        found.missing.append(
            f"the optimiser {chosen.name} is not one of rpn_zoo: its default stands here, choose "
            "one."
        )
        return {}
    defaults = inspect.signature(OPTIMIZERS[chosen.name]).parameters
    numbers = {name: chosen.options.get(name, defaults[name].default) for name in NUMBERS}
    more = {name: value for name, value in chosen.options.items() if name not in NUMBERS}
    named: dict[str, Any] = {"name": OPTIMIZER_NAMES[chosen.name], **numbers}
    return {"optimizer": {**named, "options": more} if more else named}
