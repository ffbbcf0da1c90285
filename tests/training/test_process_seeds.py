"""Processes draw their own numbers, the same ones whenever an epoch is repeated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from rpn_zoo.data import NodeBatch
from rpn_zoo.training.process_seeds import ProcessSeeds


def draw(rank: int, ranks: int, epoch: int, batch: Any = None, seed: int | None = 3) -> float:
    """The next number after the first batch of an epoch began, from the same state always."""
    trainer: Any = SimpleNamespace(world_size=ranks, global_rank=rank, current_epoch=epoch)
    task: Any = SimpleNamespace(hparams={"seed": seed})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        ProcessSeeds().on_train_batch_start(trainer, task, batch, 0)
        return float(torch.rand(()))


def test_processes_and_epochs_differ_and_repeat() -> None:
    numbers = [draw(rank, 3, epoch) for rank in range(3) for epoch in range(4)]
    assert len(set(numbers)) == 12
    assert numbers == [draw(rank, 3, epoch) for rank in range(3) for epoch in range(4)]
    assert draw(0, 2, 0, seed=None) != draw(0, 2, 0, seed=1)


def test_one_process_and_graphs_are_left_alone() -> None:
    torch.manual_seed(0)
    untouched = float(torch.rand(()))
    graph = NodeBatch(torch.zeros(2, 1), torch.zeros(1).long(), torch.zeros(1).long())
    assert draw(0, 1, 5) == untouched
    assert draw(1, 2, 5, graph) == untouched
