"""A tiny data module in memory."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from lightning.pytorch import LightningDataModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset


class Arrays(LightningDataModule):
    """The same rows for training, validation and test, in batches that leave a short last one."""

    def __init__(
        self, x: Tensor, y: Tensor, batch_size: int, class_names: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self.x, self.y = x, y
        self.batch_size = batch_size
        self.class_names = class_names

    def _loader(self) -> DataLoader[tuple[Tensor, ...]]:
        return DataLoader(TensorDataset(self.x, self.y), batch_size=self.batch_size)

    train_dataloader = val_dataloader = test_dataloader = predict_dataloader = _loader


def make_classes(rows: int = 33) -> Arrays:
    """Three classes of rows that a linear network can learn, batches of 16."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 4, generator=generator)
    return Arrays(x, x[:, :3].argmax(1), 16, ("red", "green", "blue"))


def make_values(rows: int = 33) -> Arrays:
    """Two real targets of very different size, batches of 16."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(rows, 4, generator=generator)
    return Arrays(x, x[:, :2] * torch.tensor([1.0, 20.0]) + 3, 16)


def quiet_trainer(epochs: int = 1, **options: object) -> Trainer:
    """A trainer that writes nothing."""
    settings = {
        "accelerator": "cpu",
        "max_epochs": epochs,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    return Trainer(**{**settings, **options})  # type: ignore[arg-type]
