"""Random numbers of their own for the processes that share a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from rpn_zoo.data.batches import NodeBatch


class ProcessSeeds(Callback):
    """Let every process draw its own numbers in training, such as the entries that dropout drops.

    All start from the same seed, and would drop the same places of their rows. At the start of an
    epoch each seeds the global generators from the run's seed, the epoch and its rank. A single
    process is left as it is, and so are processes that all see the same graph.
    """

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed with the first batch of an epoch."""
        if trainer.world_size > 1 and batch_idx == 0 and not isinstance(batch, NodeBatch):
            seed = pl_module.hparams.get("seed") or 0
            # Mixed, as torch's generator on CPUs looks at the last 32 bits only.
            mixed = np.random.SeedSequence([seed, trainer.current_epoch, trainer.global_rank])
            torch.manual_seed(int(mixed.generate_state(1)[0]))
