"""The common part of all tasks: a network, its optimiser and its schedule as a LightningModule."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeAlias, TypeVar

from lightning import LightningModule
from torch import Tensor

from rpn_zoo.data.batches import NodeBatch
from rpn_zoo.nn import RPN, RPNConfig
from rpn_zoo.nn.config import from_dict
from rpn_zoo.training.optimizer import OptimizerConfig, ScheduleConfig

ConfigType = TypeVar("ConfigType")
Batch: TypeAlias = "tuple[Tensor, Tensor] | NodeBatch"


class Task(LightningModule):
    """A network with the way it is trained.

    Hyperparameters are plain values, so that ``load_from_checkpoint`` rebuilds the task from the
    checkpoint alone and checkpoints pass ``torch.load(weights_only=True)``.

    Args:
        network: config of the network (see :class:`rpn_zoo.nn.RPNConfig`) or a plain dict.
        optimizer: the optimiser and its numbers.
        schedule: the learning-rate schedule.
        compile: whether to run the network through ``torch.compile``.
        seed: seed of the initial weights (None: 0; the command line fills in seed_everything).
    """

    monitor: str
    mode: str
    has_residuals = False
    """Whether the loss is the mean of squared residuals, which least-squares optimisers take."""

    def __init__(
        self,
        network: RPNConfig,
        optimizer: OptimizerConfig | None = None,
        schedule: ScheduleConfig | None = None,
        compile: bool = False,
        seed: int | None = None,
    ) -> None:
        super().__init__()
        config = network.to_dict() if isinstance(network, RPNConfig) else network
        self.optimizer_config = as_config(OptimizerConfig, optimizer, "optimizer")
        self.schedule_config = as_config(ScheduleConfig, schedule, "schedule")
        self.automatic_optimization = not self.optimizer_config.least_squares
        if self.optimizer_config.least_squares:
            self._check_least_squares()
        self.network = RPN(config, seed=seed or 0)
        if compile:
            self.network.compile()
        self.save_hyperparameters(
            {
                "network": config,
                "optimizer": dataclasses.asdict(self.optimizer_config),
                "schedule": dataclasses.asdict(self.schedule_config),
                "compile": compile,
                "seed": seed,
            },
            logger=False,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the network to x of shape (b, d_0): (b, d_K)."""
        return self.network(x)

    def outputs(self, batch: Any) -> Tensor:
        """The network's outputs for a batch, one row for each of its targets.

        Args:
            batch: x, a tuple or list that starts with x, or a
                :class:`~rpn_zoo.data.batches.NodeBatch`: all its nodes go through the network, and
                the outputs of those that are scored come back.
        """
        if isinstance(batch, NodeBatch):
            return batch.select(self(batch.x))
        return self(batch[0] if isinstance(batch, (tuple, list)) else batch)

    def _check_least_squares(self) -> None:
        name = self.optimizer_config.name
        if not self.has_residuals:
            raise ValueError(
                f"optimizer.name {name} minimises squared residuals: {type(self).__name__} has "
                "another loss, use RegressionTask or another optimizer."
            )
        if self.schedule_config.name != "constant":
            raise ValueError(
                f"schedule.name must be constant for {name}, which adapts its steps itself, got "
                f"{self.schedule_config.name!r}."
            )

    def configure_optimizers(self) -> Any:
        """The optimiser and, unless the rate is constant, the schedule over the whole run."""
        optimizer = self.optimizer_config.build(self.parameters())
        schedule = self.schedule_config.build(optimizer, self.trainer.estimated_stepping_batches)
        if schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuse to go on with a schedule that was laid out for a run of another length."""
        if not self._trainer or not self.trainer.training:
            return
        for state in checkpoint.get("lr_schedulers", []):
            planned = state.get("total_steps", state.get("T_max"))
            steps = self.trainer.estimated_stepping_batches
            if planned is not None and planned != steps:
                raise ValueError(
                    f"the checkpoint's {self.schedule_config.name} schedule was laid out for "
                    f"{planned} steps, this run has {steps:g}: resume with the same data, batch "
                    "size and trainer.max_epochs, or start a new run."
                )

    def _step(self, batch: Batch, stage: str) -> Tensor:
        """Loss of one batch, with all metrics of the stage updated and logged."""
        raise NotImplementedError(f"{type(self).__name__} must implement _step(batch, stage).")

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Loss of a training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Update the validation metrics."""
        self._step(batch, "val")

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Update the test metrics."""
        self._step(batch, "test")


def as_config(cls: type[ConfigType], value: Any, what: str) -> ConfigType:
    """Turn None, a plain dict (as found in a checkpoint) or a config into a config."""
    return from_dict(cls, {} if value is None else value, what)
