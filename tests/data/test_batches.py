"""Batches of indices: complete, in an order that (seed, epoch) determines, also under Lightning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from rpn_zoo.data import BatchIndexSampler, InMemoryDataset


def order(seed: int, epoch: int, size: int = 50, batch_size: int = 8) -> list[int]:
    sampler = BatchIndexSampler(size, batch_size, shuffle=True, seed=seed)
    sampler.set_epoch(epoch)
    return torch.cat(list(sampler)).tolist()


@given(st.integers(0, 40), st.integers(1, 45), st.booleans(), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_each_index_once(size: int, batch_size: int, shuffle: bool, seed: int, epoch: int) -> None:
    sampler = BatchIndexSampler(size, batch_size, shuffle, seed)
    sampler.set_epoch(epoch)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    assert sorted(i for batch in batches for i in batch.tolist()) == list(range(size))
    assert all(len(batch) == batch_size for batch in batches[:-1])


def test_order_is_a_function_of_seed_and_epoch() -> None:
    assert order(3, 4) == order(3, 4)
    assert len({tuple(order(seed, epoch)) for seed in range(3) for epoch in range(3)}) == 9


def test_order_does_not_change_between_versions() -> None:
    assert order(0, 1, size=8) == [1, 3, 7, 6, 0, 4, 2, 5]


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("size", {"size": -1}),
        ("batch_size", {"batch_size": 0}),
        ("batch_size", {"batch_size": 2.0}),
        ("seed", {"seed": -1}),
    ],
)
def test_sampler_arguments_are_checked(name: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=name):
        BatchIndexSampler(**{"size": 4, "batch_size": 2, "shuffle": True, **kwargs})


def test_dataset_returns_batches() -> None:
    data = InMemoryDataset(torch.arange(12).view(4, 3), torch.arange(4), lambda x: x * 2)
    x, y = data[torch.tensor([3, 1])]
    assert x.tolist() == [[18, 20, 22], [6, 8, 10]] and y.tolist() == [3, 1]
    x, y = data[2]
    assert x.tolist() == [[12, 14, 16]] and y.tolist() == [2]
    with pytest.raises(ValueError, match="same first dimension"):
        InMemoryDataset(torch.zeros(3, 2), torch.zeros(4))


class Recorder(LightningModule):
    """Writes down the targets of every training batch."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(1, 1)
        self.seen: list[list[int]] = []

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        x, y = batch
        self.seen.append(y.tolist())
        loss: Tensor = self.net(x).square().mean()
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def fit(tmp_path: Path, epochs: int, resume: Path | None = None) -> tuple[list[list[int]], Path]:
    data = InMemoryDataset(torch.zeros(10, 1), torch.arange(10))
    loader = DataLoader(data, sampler=BatchIndexSampler(10, 4, True, seed=7), batch_size=None)
    trainer = Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    model = Recorder()
    trainer.fit(model, loader, ckpt_path=resume, weights_only=True if resume else None)
    path = tmp_path / f"after{epochs}.ckpt"
    trainer.save_checkpoint(path)
    return model.seen, path


@pytest.mark.filterwarnings("ignore")
def test_lightning_sets_the_epoch_and_a_resumed_run_repeats_the_order(tmp_path: Path) -> None:
    whole, _ = fit(tmp_path, epochs=4)
    expected = []
    sampler = BatchIndexSampler(10, 4, True, seed=7)
    for epoch in range(4):
        sampler.set_epoch(epoch)
        expected += [batch.tolist() for batch in sampler]
    assert whole == expected
    first, checkpoint = fit(tmp_path, epochs=2)
    second, _ = fit(tmp_path, epochs=4, resume=checkpoint)
    assert first + second == whole
