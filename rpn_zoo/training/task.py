"""The common part of all tasks: a network, its optimiser and its schedule as a LightningModule."""

from __future__ import annotations

import dataclasses
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias, TypeVar

import torch
from lightning import LightningDataModule, LightningModule
from lightning.pytorch.strategies import ModelParallelStrategy
from torch import Tensor
from torch.utils.data import DistributedSampler
from torchmetrics import Metric

from rpn_zoo.data.batches import NodeBatch
from rpn_zoo.data.shards import Shard, Sharded
from rpn_zoo.differences import differences
from rpn_zoo.nn import RPN, RPNConfig
from rpn_zoo.nn.config import from_dict
from rpn_zoo.training.devices import check_batch_size
from rpn_zoo.training.global_batch import GlobalBatch
from rpn_zoo.training.linear_model import check_linear
from rpn_zoo.training.optimizer import OptimizerConfig, ScheduleConfig
from rpn_zoo.training.sharding import shard_network
from rpn_zoo.training.solver import ExactFit, SolverConfig
from rpn_zoo.zoo.weights import canonical_network

ConfigType = TypeVar("ConfigType")
Batch: TypeAlias = "tuple[Tensor, Tensor] | NodeBatch"


class Task(LightningModule):
    """A network with the way it is trained.

    Hyperparameters are plain values, so that ``load_from_checkpoint`` rebuilds the task from the
    checkpoint alone and checkpoints pass ``torch.load(weights_only=True)``.

    Trained by several processes, each works on its part of every batch, and all together do what
    one process does with the whole batch: the loss is the mean over the batch, whatever the size of
    the parts, functions that look at several rows see those of all processes
    (:mod:`rpn_zoo.training.global_batch`), and metrics are made of sums over all rows.

    Args:
        network: config of the network (see :class:`rpn_zoo.nn.RPNConfig`) or a plain dict.
        optimizer: the optimiser and its numbers.
        schedule: the learning-rate schedule.
        compile: whether to run the network through ``torch.compile``.
        seed: seed of the initial weights (None: 0; the command line fills in seed_everything).
        solver: solve for the parameters in one pass over the data instead of training them; needs
            a network that is linear in its parameters, and neither optimizer nor schedule.
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
        solver: SolverConfig | None = None,
    ) -> None:
        super().__init__()
        if solver is not None and not (optimizer is None and schedule is None):
            raise ValueError("solver takes the place of optimizer and schedule: give one or other.")
        self._global_batch: GlobalBatch | None = None
        self._is_shared_out = False
        config = network.to_dict() if isinstance(network, RPNConfig) else network
        self.optimizer_config = as_config(OptimizerConfig, optimizer, "optimizer")
        self.schedule_config = as_config(ScheduleConfig, schedule, "schedule")
        self.solver_config = None if solver is None else as_config(SolverConfig, solver, "solver")
        self.automatic_optimization = not self.optimizer_config.least_squares
        if self.optimizer_config.least_squares:
            self._check_least_squares()
        self.network = RPN(config, seed=seed or 0)
        if self.solver_config is not None:
            check_linear(self.network)
            self.automatic_optimization = False
        if compile:
            self.network.compile()
        self.save_hyperparameters(
            {
                "network": config,
                **self._how(),
                "compile": compile,
                "seed": seed,
            },
            logger=False,
        )

    def _how(self) -> dict[str, Any]:
        """The way the network is trained, as plain values."""
        if self.solver_config is not None:
            return {"solver": dataclasses.asdict(self.solver_config)}
        return {
            "optimizer": dataclasses.asdict(self.optimizer_config),
            "schedule": dataclasses.asdict(self.schedule_config),
        }

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
        if self.solver_config is not None:
            if self.trainer.world_size > 1:
                raise ValueError(
                    f"solver lstsq works on one device, got {self.trainer.world_size}: set "
                    "trainer.devices=1."
                )
            return ExactFit(self.parameters(), self.network, self.solver_config)
        optimizer = self.optimizer_config.build(self.parameters())
        schedule = self.schedule_config.build(optimizer, self.trainer.estimated_stepping_batches)
        if schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Say what was trained on what."""
        data = getattr(self._trainer, "datamodule", None) if self._trainer else None
        checkpoint["classes"] = class_names(self, data)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Refuse a checkpoint of another network, or a schedule for a run of another length."""
        self._check_network(checkpoint)
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

    def _check_network(self, checkpoint: dict[str, Any]) -> None:
        """Compare the configs: weights of another network may have the same shapes."""
        written = checkpoint.get("hyper_parameters", {}).get("network")
        if not isinstance(written, dict):
            return
        pair = canonical_network(written), canonical_network(self.network.config)
        first = next(differences(*pair, "network"), None)
        if first is not None:
            path = getattr(self._trainer, "ckpt_path", None) or "the checkpoint"
            raise ValueError(
                f"{path} holds the weights of a network of another config: {first}. Give the "
                "config.yaml of its run, or another checkpoint."
            )

    def solver_targets(self, batch: Batch) -> Tensor:
        """What the network's outputs are solved for to be, (b, n)."""
        raise NotImplementedError(f"{type(self).__name__} must implement solver_targets(batch).")

    def _take(self, batch: Batch) -> None:
        """Take a batch in for the solver, and solve with the last one."""
        wrapped: Any = self.optimizers()
        fit: ExactFit = wrapped.optimizer
        fit.take(batch, self.solver_targets(batch))
        if self.trainer.is_last_batch:
            wrapped.step()
            assert fit.solution is not None
            found = {"alpha": fit.solution.alpha, "mse": fit.solution.mse}
            self.log_dict({f"train/{k}": v for k, v in found.items()}, batch_size=1)
            self.trainer.should_stop = True  # another epoch would solve the same again

    def setup(self, stage: str) -> None:
        """Prepare for several processes, and the metrics for the device."""
        if self.trainer.world_size > 1 and not self.automatic_optimization:
            name = "solver" if self.solver_config else f"optimizer {self.optimizer_config.name}"
            raise ValueError(
                f"{name} works on one device, got {self.trainer.world_size}: set "
                "trainer.devices=1, or use another optimizer."
            )
        if self.trainer.world_size > 1 and self._global_batch is None:
            self._global_batch = GlobalBatch(self.network)
        if self.trainer.strategy.root_device.type == "mps":  # has no float64
            for metric in self.modules():
                if isinstance(metric, Metric):
                    metric.set_dtype(torch.float32)

    def configure_model(self) -> None:
        """Share out the parameters among the processes, if the strategy asks for it."""
        strategy = self.trainer.strategy if self._trainer else None
        if isinstance(strategy, ModelParallelStrategy) and not self._is_shared_out:
            shard_network(self.network, strategy.device_mesh["data_parallel"])
            self._is_shared_out = True

    def _step(self, batch: Batch, stage: str, scored: bool) -> Tensor:
        """Mean loss of one batch, with all metrics of the stage updated and logged.

        Args:
            batch: the batch, or this process's part of it.
            stage: train, val or test.
            scored: whether it counts in the metrics.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement _step(...).")

    def training_step(self, batch: Batch | Sharded, batch_idx: int) -> Tensor | None:
        """Loss of a training batch; with a solver the batch is only taken in, up to the last.

        Of several processes, each gives its share, so that their mean is the mean over the batch:
        gradients are averaged over the processes.
        """
        if self.solver_config is not None:
            assert not isinstance(batch, Sharded)
            self._take(batch)
            return None
        loss, shard = self._evaluate(batch, "train")
        return loss if shard is None else loss * shard.weight

    def validation_step(self, batch: Batch | Sharded, batch_idx: int) -> None:
        """Update the validation metrics."""
        self._evaluate(batch, "val")

    def test_step(self, batch: Batch | Sharded, batch_idx: int) -> None:
        """Update the test metrics."""
        self._evaluate(batch, "test")

    def predict_step(self, batch: Any, batch_idx: int) -> Tensor:
        """The predictions for a batch, one row for each of its rows (of this process's part)."""
        own, shard = self._part(batch)
        with self._rows_of(own, shard):
            y = self._predict(own)
        return y if shard is None else y[: shard.size]

    def _predict(self, batch: Any) -> Tensor:
        """Predictions from the outputs of the network, (b, ...)."""
        return self.outputs(batch)

    def _evaluate(self, batch: Batch | Sharded, stage: str) -> tuple[Tensor, Shard | None]:
        """The mean loss of this process's part of a batch, and which part it is."""
        own, shard = self._part(batch)
        with self._rows_of(own, shard):
            return self._step(own, stage, scored=shard is None or shard.size > 0), shard

    def _part(self, batch: Any) -> tuple[Any, Shard | None]:
        """This process's part of a batch, which a sampler may have taken already."""
        if self._global_batch is None:
            return batch, None
        self._check_loaders()
        if isinstance(batch, Sharded):
            return batch.batch, batch.shard
        place = self.trainer.global_rank, self.trainer.world_size
        if isinstance(batch, NodeBatch):
            shard = Shard(len(batch.y), *place)
            return NodeBatch(batch.x, shard.take(batch.y), shard.take(batch.nodes)), shard
        parts = batch if isinstance(batch, (tuple, list)) else [batch]
        shard = Shard(len(parts[0]), *place)
        return tuple(shard.take(part) for part in parts), shard

    def _check_loaders(self) -> None:
        """Refuse loaders whose rows a trainer has divided among the processes in its own way."""
        trainer = self.trainer
        loaders = (
            trainer.train_dataloader if trainer.training
            else trainer.val_dataloaders if trainer.validating or trainer.sanity_checking
            else trainer.test_dataloaders if trainer.testing
            else trainer.predict_dataloaders
        )  # fmt: skip
        for loader in loaders if isinstance(loaders, (list, tuple)) else [loaders]:
            divided = isinstance(getattr(loader, "sampler", None), DistributedSampler)
            if divided and len(getattr(loader, "dataset", ())) > 1:
                raise ValueError(
                    "the trainer must be made with use_distributed_sampler=False: its sampler "
                    "repeats rows and multiplies the batch size; batches are divided here."
                )
        if trainer.training:
            size = getattr(loaders, "batch_size", None)
            size = getattr(getattr(loaders, "sampler", None), "batch_size", size)
            check_batch_size(size, trainer.world_size)

    def _rows_of(self, batch: Any, shard: Shard | None) -> AbstractContextManager[None]:
        """Tell the network which part of a batch its rows are; of a graph it sees all nodes."""
        if self._global_batch is None or isinstance(batch, NodeBatch):
            return nullcontext()
        return self._global_batch.part_of(shard)


def class_names(task: Task, data: LightningDataModule | None) -> dict[str, str]:
    """What is trained on what, as checkpoints keep it."""
    return {"task": type(task).__name__, "data": type(data).__name__}


def as_config(cls: type[ConfigType], value: Any, what: str) -> ConfigType:
    """Turn None, a plain dict (as found in a checkpoint) or a config into a config."""
    return from_dict(cls, {} if value is None else value, what)
