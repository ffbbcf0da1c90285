"""Regression: mean squared error, RMSE and R2."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics import MeanSquaredError, Metric, R2Score

from rpn_zoo.data.shards import Sharded
from rpn_zoo.nn import RPNConfig
from rpn_zoo.training.metrics import NormalizedRMSE, exact, wide
from rpn_zoo.training.optimizer import OptimizerConfig, ScheduleConfig
from rpn_zoo.training.residuals import Residuals
from rpn_zoo.training.solver import SolverConfig
from rpn_zoo.training.task import Batch, Task


class RegressionTask(Task):
    """Train a network to predict real values.

    Logged per epoch: ``<stage>/loss`` (mean squared error, in squared units of the target),
    ``<stage>/rmse`` and, for val and test, ``<stage>/mse``, ``<stage>/r2`` and ``<stage>/nrmse``
    (RMSE divided by the standard deviation of the targets, divisor N; it still tells models apart
    whose R2 rounds to 1). All are made from sums over the whole epoch.

    Args:
        network: config of the network; its last width is the number of targets.
        optimizer: the optimiser and its numbers.
        schedule: the learning-rate schedule.
        compile: whether to run the network through ``torch.compile``.
        seed: seed of the initial weights (None: 0; the command line fills in seed_everything).
        solver: solve for the parameters in one pass over the data instead of training them; needs
            a network that is linear in its parameters, and neither optimizer nor schedule.

    Example:
        >>> task = RegressionTask({"dims": [2, 1]})
        >>> task.monitor
        'val/loss'
    """

    monitor = "val/loss"
    mode = "min"
    has_residuals = True

    def __init__(
        self,
        network: RPNConfig,
        optimizer: OptimizerConfig | None = None,
        schedule: ScheduleConfig | None = None,
        compile: bool = False,
        seed: int | None = None,
        solver: SolverConfig | None = None,
    ) -> None:
        super().__init__(network, optimizer, schedule, compile, seed, solver)
        # One metric an (epoch) statistic: MSE and RMSE keep sums, so the last short batch weighs
        # what it should.
        self.metrics = nn.ModuleDict(
            {
                f"{stage}_metrics": nn.ModuleDict(
                    {
                        "loss": exact(MeanSquaredError()),
                        "rmse": exact(MeanSquaredError(squared=False)),
                        **({} if stage == "train" else _more_metrics()),
                    }
                )
                for stage in ("train", "val", "test")
            }
        )

    def _step(self, batch: Batch, stage: str, scored: bool) -> Tensor:
        prediction, y = self.outputs(batch), batch[1]
        target = y.to(prediction.dtype).view_as(prediction)
        metrics: Any = self.metrics[f"{stage}_metrics"]
        for name, metric in metrics.items():
            # R2 sums over all targets, as scikit-learn does for a flattened array.
            if scored:
                metric.update(wide(prediction).flatten(), wide(target).flatten())
            self.log(
                f"{stage}/{name}", metric, on_step=False, on_epoch=True, batch_size=len(y),
                prog_bar=stage != "test" and name == "loss",
            )  # fmt: skip
        return nn.functional.mse_loss(prediction, target)

    def solver_targets(self, batch: Batch) -> Tensor:
        """The targets, (b, n)."""
        return batch[1].reshape(len(batch[1]), -1)

    def training_step(self, batch: Batch | Sharded, batch_idx: int) -> Tensor | None:
        """Loss of a training batch; a least-squares optimiser takes its steps here."""
        if self.automatic_optimization or self.solver_config is not None:
            return super().training_step(batch, batch_idx)
        assert isinstance(batch, (tuple, list))
        assert not isinstance(batch, Sharded)
        with torch.no_grad():
            loss = self._step(batch, "train", scored=True)
        x, y = batch[0], batch[1]
        optimizer: Any = self.optimizers()
        optimizer.step(closure=lambda: Residuals(self.network, x, y.to(x.dtype)))
        return loss


def _more_metrics() -> dict[str, Metric]:
    """What is measured besides the loss and its root."""
    return {
        "mse": exact(MeanSquaredError()),
        "r2": exact(R2Score()),
        "nrmse": exact(NormalizedRMSE()),
    }
