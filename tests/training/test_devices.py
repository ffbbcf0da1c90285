"""Which strategy runs on which devices; what is refused before anything starts."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy
from torch.utils.data import DataLoader

from rpn_zoo.data import MNIST
from rpn_zoo.training import ClassificationTask, devices
from rpn_zoo.training.devices import (
    check_batch_size,
    count_devices,
    count_processes,
    is_first_process,
    make_strategy,
)
from tests.training.data import make_classes, quiet_trainer

RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "NODE_RANK", "GROUP_RANK")


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two GPUs, as far as this is asked."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without an accelerator."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.usefixtures("no_gpus")
def test_strategies_on_cpus() -> None:
    assert make_strategy({}) == "auto"
    assert make_strategy({"strategy": "auto", "devices": 1}) == "auto"
    for options in ({"devices": 2}, {"devices": "2", "strategy": "ddp"}, {"num_nodes": 2}):
        assert isinstance(make_strategy(options), DDPStrategy)
    assert isinstance(make_strategy({"strategy": "fsdp", "devices": 2}), ModelParallelStrategy)
    own = DDPStrategy()
    assert make_strategy({"strategy": own, "devices": 2}) is own


@pytest.mark.usefixtures("gpus")
def test_strategies_on_gpus() -> None:
    assert isinstance(make_strategy({}), DDPStrategy)  # all that there are
    assert make_strategy({"devices": 1}) == "auto"
    assert make_strategy({"accelerator": "cpu"}) == "auto"
    assert count_processes({"devices": [1]}) == 1
    assert count_processes({"devices": "0,1", "num_nodes": 3}) == 6
    assert count_devices("cuda", -1) == count_devices("cuda", "auto") == 2


def test_unused_parameters_are_looked_for_on_request() -> None:
    options = {"accelerator": "cpu", "devices": 2}
    for name, looks in (("ddp", None), ("ddp_find_unused_parameters_true", True)):
        strategy: Any = make_strategy({**options, "strategy": name})
        assert (strategy._ddp_kwargs.get("find_unused_parameters") or None) is looks


@pytest.mark.usefixtures("no_gpus")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "dpp"}, "unknown trainer.strategy 'dpp'. Did you mean ddp"),
        ({"strategy": "ddp_spawn"}, "is not for commands"),
        ({"strategy": "ddp_notebook"}, "is not for commands"),
        ({"strategy": "deepspeed"}, r"pip install 'rpn-zoo\[deepspeed\]'"),
        ({"accelerator": "gpu"}, "PyTorch sees no GPU"),
        ({"devices": "many"}, "trainer.devices must be a number"),
        ({"devices": 0}, "trainer.devices must be at least 1, got 0"),
        ({"devices": []}, "trainer.devices must be at least 1"),
        ({"devices": 2, "use_distributed_sampler": True}, "use_distributed_sampler must be false"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_strategy(options)


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("wanted", [3, "3", [0, 2], "0,2"])
def test_more_gpus_than_there_are(wanted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
    with pytest.raises(ValueError, match=r"sees 2 GPU\(s\) here \(CUDA_VISIBLE_DEVICES=4,5\)"):
        make_strategy({"devices": wanted})


def test_deepspeed_needs_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "find_spec", lambda name: object())
    with pytest.raises(ValueError, match="deepspeed_stage_2 runs on GPUs, got accelerator cpu"):
        make_strategy({"strategy": "deepspeed_stage_2", "accelerator": "cpu"})


def test_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "ps1", "In [1]: ", raising=False)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    assert make_strategy({"accelerator": "cpu"}) == "auto"
    with pytest.raises(ValueError, match="2 processes cannot be started from a notebook"):
        make_strategy({"accelerator": "cpu", "devices": 2, "strategy": "ddp"})


def test_small_batches() -> None:
    check_batch_size(4, 4)
    check_batch_size(None, 4)
    with pytest.raises(ValueError, match="at least the number of processes, 4, got 3"):
        check_batch_size(3, 4)


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({}, True),
        ({"RANK": "0", "LOCAL_RANK": "0", "GROUP_RANK": "0"}, True),
        ({"RANK": "1", "LOCAL_RANK": "0", "GROUP_RANK": "1"}, False),
        ({"LOCAL_RANK": "1"}, False),
        ({"LOCAL_RANK": "0", "NODE_RANK": "1"}, False),
        ({"NODE_RANK": "1"}, False),
        ({"SLURM_PROCID": "0"}, True),
        ({"SLURM_PROCID": "3"}, False),
    ],
)
def test_first_process(
    environment: dict[str, str], first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in RANKS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_first_process() is first


def test_the_trainers_own_sampler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    task, data = ClassificationTask({"dims": [4, 3]}), make_classes()
    sampler = torch.utils.data.DistributedSampler(range(33), num_replicas=2, rank=0)  # type: ignore[arg-type]
    rows = torch.utils.data.TensorDataset(data.x, data.y)
    loader: Any = DataLoader(rows, sampler=sampler, batch_size=8)
    monkeypatch.setattr(Trainer, "world_size", 2)
    monkeypatch.setattr(Trainer, "global_rank", 0)
    with pytest.raises(ValueError, match="use_distributed_sampler=False"):
        quiet_trainer().fit(task, loader)


def test_small_batches_of_any_loader_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trainer, "world_size", 17)
    monkeypatch.setattr(Trainer, "global_rank", 0)
    data = make_classes()
    with pytest.raises(ValueError, match="at least the number of processes, 17, got 16"):
        quiet_trainer().fit(ClassificationTask({"dims": [4, 3]}), data)


def test_parts_of_a_batch_are_augmented_as_the_whole() -> None:
    data = MNIST(source="subset", batch_size=8, augmentation={"rotation": 9.0, "translation": 2.0})
    with pytest.warns(UserWarning, match="10,000 digits"):
        data.setup()
    loader = data.train_dataloader()
    whole, labels = next(iter(loader))
    parts = []
    for rank in range(3):
        loader.sampler._place = (rank, 3)  # type: ignore[attr-defined]
        parts.append(next(iter(loader)))
    assert torch.equal(torch.cat([part.batch[0] for part in parts]), whole)
    assert torch.equal(torch.cat([part.batch[1] for part in parts]), labels)
    assert [part.shard.size for part in parts] == [3, 3, 2]
