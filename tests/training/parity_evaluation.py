"""Evaluation and prediction by some number of processes, for comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.shards import process_rank
from rpn_zoo.models import mlp
from rpn_zoo.training import ClassificationTask, RegressionTask, Task
from rpn_zoo.training.devices import data_parallel
from rpn_zoo.training.gathered import in_order
from tests.training.data import Arrays, quiet_trainer
from tests.training.parity import ATTENTION, CLASSES, Rows, rows, train_all

COUNT = 10_007  # a prime
EVAL_BATCH = 1000


class Evaluated(Rows):
    """Rows for evaluation, in their own order."""

    def val_dataloader(self) -> DataLoader[Any]:
        return self.loader(shuffle=False, batch_size=EVAL_BATCH)

    test_dataloader = predict_dataloader = val_dataloader


def evaluate(task: Task, data: LightningDataModule) -> dict[str, Any]:
    """Metrics of both parts, predictions, and the confusion matrix of a classifier."""
    _, ranks = process_rank()
    trainer = quiet_trainer(
        devices=ranks,
        strategy=data_parallel(),
        precision="64-true",
        use_distributed_sampler=False,
    )
    (validation,) = trainer.validate(task, data, verbose=False)
    (test,) = trainer.test(task, data, verbose=False)
    predictions: Any = trainer.predict(task, data)
    found = {**validation, **test, "predictions": in_order(predictions, ranks)}
    counts = getattr(task, "confusion_counts", None)
    return found if counts is None else {**found, "confusion": counts}


def regressed(x: Tensor) -> Tensor:
    """Two targets of very different size, far from 0."""
    return x[:, :2] * torch.tensor([1.0, 20.0]) + 300


def evaluations() -> dict[str, Callable[[], tuple[Task, LightningDataModule]]]:
    """All cases."""
    network = mlp([6, 8, CLASSES])
    attending: Any = {
        "dims": [6, CLASSES],
        "layers": [{"heads": [{"instance_interdependence": ATTENTION}]}],
    }
    x, y = rows(6, COUNT)
    return {
        "classes": lambda: (ClassificationTask(network.config), Evaluated(x, y)),
        "values": lambda: (RegressionTask(mlp([6, 8, 2]).config), Evaluated(x, regressed(x))),
        "other_loaders": lambda: (ClassificationTask(network.config), Arrays(x, y, EVAL_BATCH)),
        "attention": lambda: (ClassificationTask(attending), Evaluated(x[:2001], y[:2001])),
        "fewer_rows_than_processes": lambda: (
            RegressionTask(mlp([6, 8, 2]).config), Evaluated(x[:2], regressed(x[:2]))
        ),
    }  # fmt: skip


def evaluate_all() -> dict[str, Any]:
    """Evaluate every case."""
    return {name: evaluate(*make()) for name, make in evaluations().items()}


def everything() -> dict[str, Any]:
    """What this process's group trains and evaluates."""
    return {"trained": train_all(), "evaluated": evaluate_all()}
