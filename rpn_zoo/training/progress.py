"""Progress on a terminal (a bar) and elsewhere (one line per epoch)."""

from __future__ import annotations

import sys
import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import RichProgressBar
from rich.console import Console

from rpn_zoo.zoo.figures import format_short


class PlainProgress(Callback):
    """Write one line per epoch with the metrics of the epoch and the time it took.

    Args:
        console: where the lines go; None: standard output.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._started = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the time, for a run that goes on in the middle of an epoch."""
        self._started = time.perf_counter()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the time."""
        self._started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the epoch's line (the validation of the epoch is over here)."""
        if not trainer.is_global_zero:
            return
        seconds = time.perf_counter() - self._started
        values = trainer.callback_metrics
        shown = "  ".join(
            f"{name} {format_short(values[name].item())}"
            for name in sorted(values)
            if name.startswith(("train/", "val/"))
        )
        total = trainer.max_epochs if trainer.max_epochs and trainer.max_epochs > 0 else "?"
        self.console.print(f"epoch {trainer.current_epoch + 1}/{total}  {shown}  {seconds:.1f} s")


def progress_callback(stream: Any = None) -> Callback:
    """A rich progress bar on a terminal, plain lines otherwise."""
    stream = sys.stdout if stream is None else stream
    return RichProgressBar(leave=True) if stream.isatty() else PlainProgress()
