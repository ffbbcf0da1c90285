"""Networks trained by some number of processes on the same batches, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import Callback, LightningDataModule, Trainer
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.utils.data import DataLoader

from rpn_zoo.data import BatchIndexSampler, InMemoryDataset, NodeBatch
from rpn_zoo.data.shards import process_rank
from rpn_zoo.models import cnn, mlp
from rpn_zoo.training import ClassificationTask, RegressionTask, Task
from rpn_zoo.training.devices import data_parallel
from rpn_zoo.training.epoch_metrics import EpochMetrics
from rpn_zoo.training.sharding import fully_sharded
from tests.training.data import Arrays, quiet_trainer

CLASSES = 3
BATCH = 15  # 2 processes have 8 and 7 rows, 3 have 5 each
STEPS = 50
ATTENTION = {
    "name": "parameterized_bilinear_interdependence",
    "postprocess_functions": {"name": "operator_based_normalize_matrix", "mode": "column"},
}
COSINES = {"name": "cosine_similarity_interdependence"}
PCA = {"name": "incremental_PCA_based_compression", "D": 2}
KERNEL = {"name": "gaussian_rbf_kernel_interdependence", "b": BATCH}


class Rows(LightningDataModule):
    """Rows in memory by the project's own sampler, in an order of its own each epoch."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        super().__init__()
        self.data = InMemoryDataset(x, y)

    def loader(self, shuffle: bool, batch_size: int = BATCH) -> DataLoader[Any]:
        sampler = BatchIndexSampler(len(self.data), batch_size, shuffle, seed=3)
        return DataLoader(self.data, sampler=sampler, batch_size=None)

    def train_dataloader(self) -> DataLoader[Any]:
        return self.loader(shuffle=True)


class Nodes(LightningDataModule):
    """One batch: all nodes, of which some are scored."""

    def __init__(self, batch: NodeBatch) -> None:
        super().__init__()
        self.batch = batch

    def train_dataloader(self) -> DataLoader[Any]:
        return DataLoader([self.batch], batch_size=None)  # type: ignore[arg-type]


@dataclass
class Case:
    """What is trained on what, and for how long."""

    task: Task
    data: LightningDataModule
    steps: int = 8  # an epoch, with its short last batch
    accumulate: int = 1
    sharded: bool = False


def rows(width: int, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, width, generator=generator, dtype=torch.float64)
    return x, x[:, :CLASSES].argmax(1)


def classifier(*heads: dict[str, Any], dims: list[int] | None = None) -> ClassificationTask:
    layers = [{"heads": [head]} for head in heads]
    optimizer: Any = {"name": "adamw", "lr": 0.01, "weight_decay": 0.01}
    schedule: Any = {"name": "one_cycle"}
    network: Any = {"dims": dims or [6, 8, CLASSES], "layers": layers}
    return ClassificationTask(network, optimizer, schedule, label_smoothing=0.05)


def built(network: Any) -> ClassificationTask:
    optimizer: Any = {"name": "sgd", "lr": 0.05, "options": {"momentum": 0.9}}
    schedule: Any = {"name": "cosine"}
    return ClassificationTask(network.config, optimizer, schedule)


def make_cases() -> dict[str, Case]:
    """All cases; 106 rows leave a last batch of 1, so that a process is left without any."""
    taylor = {
        "expansion": {
            "name": "taylor_expansion",
            "d": 2,
            "postprocess_functions": "layer_norm",
        },
        "reconciliation": {"name": "dual_lphm_reconciliation", "p": 2, "q": 6, "r": 2},
    }
    out = {"reconciliation": "identity_reconciliation", "bias": True}
    hidden = {**out, "output_functions": ["relu"]}
    plain, images, pairs, whole = rows(6, 106), rows(64, 107), rows(6, 107), rows(6, 105)
    graph = NodeBatch(*pairs, torch.arange(107))
    scored = torch.arange(0, 107, 3)
    graph = NodeBatch(graph.x, graph.y[scored], scored)
    values: Any = {"name": "adam", "lr": 0.01}
    return {
        "mlp": Case(built(mlp([6, 16, CLASSES])), Arrays(*plain, BATCH), STEPS),
        "dual_lphm": Case(
            classifier(taylor, {**out, "expansion": "taylor_expansion"}), Rows(*plain), STEPS
        ),
        "cnn": Case(built(cnn((1, 8, 8), [4, 4], [8, CLASSES])), Rows(*images), STEPS),
        "instance_attention": Case(
            classifier({**hidden, "instance_interdependence": ATTENTION}, out), Rows(*plain), STEPS
        ),
        "instance_kernel": Case(
            classifier(hidden, {**out, "instance_interdependence": KERNEL}), Rows(*whole)
        ),
        "attribute_kernel": Case(
            classifier({**hidden, "attribute_interdependence": COSINES}, out), Rows(*plain)
        ),
        "columns": Case(
            # No bias: what the normalisation cancels has rounding errors for a gradient.
            classifier({"output_functions": ["mean_std_based_normalize_matrix"]}, out),
            Rows(*pairs),
        ),
        "fitted": Case(classifier({**hidden, "expansion": PCA}, out), Rows(*pairs)),
        "graph": Case(
            classifier({**hidden, "instance_interdependence": ATTENTION}, out), Nodes(graph)
        ),
        "accumulated": Case(built(mlp([6, 8, CLASSES])), Rows(*plain), 6, accumulate=2),
        "sharded_dual_lphm": Case(
            classifier(taylor, {**out, "expansion": "taylor_expansion"}), Rows(*plain), sharded=True
        ),
        "sharded_cnn": Case(built(cnn((1, 8, 8), [4], [CLASSES])), Rows(*images), sharded=True),
        "regression": Case(
            RegressionTask(mlp([6, 8, 2], bias=False, normalization="batch_norm").config, values),
            Rows(pairs[0], pairs[0][:, :2].exp()),
        ),
    }


class Losses(Callback):
    """Keeps the loss of every batch, this process's share of it."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def on_train_batch_end(self, trainer: Trainer, task: Any, outputs: Any, *_: Any) -> None:
        self.values.append(float(outputs["loss"]))


class FirstReads(Callback):
    """Reads the epoch's metrics in the first process only, as a progress bar does."""

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        if trainer.is_global_zero:
            assert trainer.callback_metrics


class AllExchange(Callback):
    """Exchanges something among all processes after it."""

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        trainer.strategy.reduce_boolean_decision(True)


def train(case: Case) -> dict[str, Any]:
    """Train in this process's group; losses and final state."""
    _, ranks = process_rank()
    losses = Losses()
    trainer = quiet_trainer(
        -1,
        max_steps=case.steps,
        devices=ranks,
        strategy=fully_sharded(ranks) if case.sharded and ranks > 1 else data_parallel(),
        callbacks=[EpochMetrics(), losses, FirstReads(), AllExchange()],
        accumulate_grad_batches=case.accumulate,
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
        limit_val_batches=0,
    )
    trainer.fit(case.task.double(), case.data)
    state = case.task.network.state_dict().items()
    whole = {k: v.full_tensor() if isinstance(v, DTensor) else v for k, v in state}
    return {"losses": losses.values, "state": whole}


def train_all() -> dict[str, Any]:
    """Train every case; 3 processes the short ones."""
    few = process_rank()[1] < 3
    cases = make_cases().items()
    return {name: train(case) for name, case in cases if few or case.steps < STEPS}
