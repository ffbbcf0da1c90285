"""What Lightning leaves out when a run is resumed: the random numbers and batches that are left."""

from __future__ import annotations

import logging
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn

from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.training.collectives import gather_parts

logger = logging.getLogger(__name__)

KEY = "random_states"


class ResumeExactly(Callback):
    """Let a resumed run see the batches, and draw the numbers, of the uninterrupted one.

    Kept are the states of torch's global generators (of the CPU and of the device in use) and of
    the generators that components of the network have, for every process. The number of batches
    that a :class:`~rpn_zoo.data.resumable_loader.ResumableLoader` gave is kept by Lightning, which
    however hands it back only to loaders that are made after the checkpoint is loaded; a schedule
    over the whole run needs them before.
    """

    def __init__(self) -> None:
        self._states: list[Tensor] | None = None
        self._loaders: list[dict[str, Any]] = []

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Put the states of all processes into the checkpoint, each (processes, bytes)."""
        device = trainer.strategy.root_device
        states = [state.unsqueeze(0) for state in _states(pl_module, device)]
        if trainer.world_size > 1:
            states = [torch.cat(gather_parts(s.to(device))).cpu() for s in states]
        checkpoint[KEY] = states

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep what belongs to the run until training begins."""
        self._states = checkpoint.get(KEY)
        fit = checkpoint.get("loops", {}).get("fit_loop", {}).get("state_dict", {})
        self._loaders = fit.get("combined_loader", [])

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Let the loader begin after the batches that were given."""
        loaders, self._loaders = self._loaders, []
        if len(loaders) == 1 and isinstance(trainer.train_dataloader, ResumableLoader):
            trainer.train_dataloader.load_state_dict(loaders[0])

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin with the first batch: this is not called where an epoch is gone on with."""
        if isinstance(trainer.train_dataloader, ResumableLoader):
            trainer.train_dataloader.load_state_dict({"given": 0})

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Set the generators, before the first batch after a checkpoint was loaded."""
        states, self._states = self._states, None
        if states is None:
            return
        setters = _setters(pl_module, trainer.strategy.root_device)
        if len(states) != len(setters) or any(len(s) != trainer.world_size for s in states):
            logger.warning(
                "the run goes on with other devices or processes than before: what is drawn at "
                "random, as by dropout, will not be what an uninterrupted run would have drawn"
            )
            return
        for set_state, state in zip(setters, states, strict=True):
            set_state(state[trainer.global_rank].clone())


def _generators(module: nn.Module) -> list[torch.Generator]:
    """The generators that a module and its parts keep as attributes, in a fixed order."""
    return [
        value
        for part in module.modules()
        for _, value in sorted(vars(part).items())
        if isinstance(value, torch.Generator)
    ]


def _states(module: nn.Module, device: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    if device.type == "cuda":
        states.append(torch.cuda.get_rng_state(device))
    return states + [generator.get_state() for generator in _generators(module)]


def _setters(module: nn.Module, device: torch.device) -> list[Any]:
    setters: list[Any] = [torch.set_rng_state]
    if device.type == "cuda":
        setters.append(lambda state: torch.cuda.set_rng_state(state, device))
    return setters + [generator.set_state for generator in _generators(module)]
