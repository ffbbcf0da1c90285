"""The metrics of an epoch, computed by all processes at the same moment."""

from __future__ import annotations

from lightning.pytorch import Callback, LightningModule, Trainer


class EpochMetrics(Callback):
    """Add up an epoch's metrics over the processes before any other callback looks at them.

    Lightning does so when they are first read. A progress bar reads them in the first process
    alone, which would wait for the others while these wait for it in another callback's exchange.
    It has to stand first among the callbacks.
    """

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Read them, in every process."""
        _ = trainer.callback_metrics
