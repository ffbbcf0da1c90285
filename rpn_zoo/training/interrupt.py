"""Stopping a run by a signal: the batch is finished, ``last`` is saved, the exit is clean."""

from __future__ import annotations

import logging
import os
import re
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint

logger = logging.getLogger(__name__)

LAST = "last.ckpt"
STATUS = {"SIGINT": 130, "SIGTERM": 143, "SIGUSR1": 0}
"""Exit status after each signal: 128 + its number as in a shell; 0 where the job goes on."""


class Interrupted(SystemExit):
    """Training was stopped by a signal, and what it had reached is saved.

    Attributes:
        message: what to tell the user.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status)
        self.message = message


class SaveLast(Checkpoint):
    """Save ``last`` after every epoch, and at the end of the batch in which a signal comes.

    SIGTERM and SIGINT (Ctrl-C) stop the run; a second Ctrl-C stops at once, without saving. A
    signal that comes after the last batch of an epoch takes effect when the epoch is over, with its
    validation. In a SLURM job SIGUSR1 (``sbatch --signal=SIGUSR1@90``) also puts the job back into
    the queue, where the same command with ``--ckpt_path auto`` goes on. Several processes agree
    after every batch, so that all of them stop after the same one; gradients that are being
    accumulated are applied first.

    It is a Checkpoint so that the trainer calls it last: what others keep is saved with it.

    Args:
        folder: the folder of the checkpoints.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.received: str | None = None
        self._before: dict[signal.Signals, Any] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listen to the signals (after the trainer, which has handlers of its own)."""
        if threading.current_thread() is not threading.main_thread():
            return  # only there handlers can be set
        wanted = [signal.SIGTERM, signal.SIGINT]
        if slurm_job(os.environ) is not None:
            wanted.append(signal.SIGUSR1)
        # What is ignored already, as by nohup, stays so.
        wanted = [number for number in wanted if signal.getsignal(number) != signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._handle) for number in wanted}

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Stop if a signal came, unless something is half done or the epoch is over."""
        done = batch_idx + 1
        asked = self._asked(trainer)
        if done >= trainer.num_training_batches or done % trainer.accumulate_grad_batches:
            return
        if asked and not _validation_follows(trainer, done):
            self._stop(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save; stop if a signal came in the last batch or in the validation."""
        if self._asked(trainer):
            self._stop(trainer)
        trainer.save_checkpoint(self.folder / LAST, weights_only=False)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Leave the signals as they were."""
        self._restore()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Leave the signals as they were."""
        self._restore()

    def _handle(self, number: int, _: FrameType | None) -> None:
        name = signal.Signals(number).name
        if self.received == name == "SIGINT":
            raise KeyboardInterrupt
        if self.received is None:
            self.received = name
            again = "; press Ctrl-C again to stop at once" if name == "SIGINT" else ""
            logger.warning("%s: saving at the end of this batch%s", name, again)

    def _asked(self, trainer: Trainer) -> bool:
        """Whether any process got a signal."""
        if trainer.world_size == 1:
            return self.received is not None
        return trainer.strategy.reduce_boolean_decision(self.received is not None, all=False)

    def _stop(self, trainer: Trainer) -> None:
        name = self.received or "SIGTERM"
        path = self.folder / LAST
        trainer.save_checkpoint(path, weights_only=False)
        where = f"epoch {trainer.current_epoch + 1}, step {trainer.global_step}"
        message = f"stopped by {name} in {where}; saved {path}"
        if name == "SIGUSR1":
            if trainer.is_global_zero:
                requeue(os.environ)
            raise Interrupted(STATUS[name], f"{message}; the job is queued again")
        raise Interrupted(STATUS[name], f"{message}; go on with --ckpt_path auto")

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


def _validation_follows(trainer: Trainer, done: int) -> bool:
    """Whether the epoch has a validation after its first ``done`` batches: it is not left out."""
    every = trainer.val_check_batch
    return isinstance(every, int) and trainer.enable_validation and done % every == 0


def slurm_job(environment: Mapping[str, str]) -> str | None:
    """The number of the SLURM job that this process is a batch step of, or None.

    Of a job array it is ``<array>_<task>``. In an interactive session there is nothing to queue.

    Example:
        >>> slurm_job({"SLURM_JOB_ID": "17", "SLURM_JOB_NAME": "mnist"})
        '17'
        >>> slurm_job({"SLURM_JOB_ID": "17", "SLURM_JOB_NAME": "bash"}) is None
        True
    """
    if environment.get("SLURM_JOB_NAME") in (None, "bash", "interactive"):
        return None
    array, task = (environment.get(f"SLURM_ARRAY_{part}_ID") for part in ("JOB", "TASK"))
    job = f"{array}_{task}" if array and task else environment.get("SLURM_JOB_ID")
    return job if job and re.fullmatch(r"[0-9_]+", job) else None


def requeue(environment: Mapping[str, str]) -> None:
    """Put the SLURM job of this process back into the queue; a failure is logged.

    A job can be queued again in its first run as well as later.
    """
    command = ["scontrol", "requeue", str(slurm_job(environment))]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", None) or error
        logger.error("%s failed (%s): queue the job again yourself", shlex.join(command), detail)
