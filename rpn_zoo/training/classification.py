"""Classification: cross-entropy on logits, accuracy, confusion matrix."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torchmetrics import Metric
from torchmetrics.classification import MulticlassAccuracy, MulticlassConfusionMatrix

from rpn_zoo.nn import RPNConfig
from rpn_zoo.training.metrics import WeightedMean
from rpn_zoo.training.optimizer import OptimizerConfig, ScheduleConfig
from rpn_zoo.training.solver import SolverConfig
from rpn_zoo.training.task import Batch, Task

STAGES = ("train", "val", "test")


class ClassificationTask(Task):
    """Train a network to classify; its outputs are logits, one per class.

    A batch is a pair (x, y), or a whole graph of which some nodes are scored
    (:class:`~rpn_zoo.data.batches.NodeBatch`).

    Logged per epoch: ``<stage>/loss`` (cross-entropy in nats, mean over samples) and
    ``<stage>/accuracy`` (fraction of samples), stages train, val and test.

    Args:
        network: config of the network; its last width is the number of classes (>= 2).
        optimizer: the optimiser and its numbers.
        schedule: the learning-rate schedule.
        label_smoothing: smoothing of the training targets, in [0, 1).
        compile: whether to run the network through ``torch.compile``.
        seed: seed of the initial weights (None: 0; the command line fills in seed_everything).
        solver: solve for the parameters in one pass over the data instead of training them; needs
            a network that is linear in its parameters, and neither optimizer nor schedule. The
            outputs are fitted to 1 for the class and 0 for the others: the largest is the class,
            but their softmax is no estimate of probabilities.

    Example:
        >>> task = ClassificationTask({"dims": [4, 3]})
        >>> task.num_classes
        3
    """

    monitor = "val/accuracy"
    mode = "max"

    def __init__(
        self,
        network: RPNConfig,
        optimizer: OptimizerConfig | None = None,
        schedule: ScheduleConfig | None = None,
        label_smoothing: float = 0.0,
        compile: bool = False,
        seed: int | None = None,
        solver: SolverConfig | None = None,
    ) -> None:
        super().__init__(network, optimizer, schedule, compile, seed, solver)
        if not 0.0 <= label_smoothing < 1.0:
            raise ValueError(f"label_smoothing must be in [0, 1), got {label_smoothing!r}.")
        if solver is not None and label_smoothing:
            raise ValueError("label_smoothing goes with an optimizer, not with a solver.")
        self.save_hyperparameters({"label_smoothing": label_smoothing}, logger=False)
        self.num_classes = self.network.dims[-1]
        if self.num_classes < 2:
            raise ValueError(
                f"the last width of a classifier is its number of classes (>= 2), got dims = "
                f"{self.network.dims}."
            )
        self.train_loss = nn.CrossEntropyLoss(label_smoothing=label_smoothing)
        self.loss = nn.CrossEntropyLoss()
        self.metrics = nn.ModuleDict(
            {
                f"{stage}_metrics": nn.ModuleDict(
                    {
                        "loss": WeightedMean(),
                        "accuracy": MulticlassAccuracy(self.num_classes, average="micro"),
                    }
                )
                for stage in STAGES
            }
        )
        self.confusion = MulticlassConfusionMatrix(self.num_classes)
        self.confusion_counts: Tensor | None = None

    def _step(self, batch: Batch, stage: str, scored: bool) -> Tensor:
        logits, y = self.outputs(batch), batch[1]
        loss = (self.train_loss if stage == "train" else self.loss)(logits, y)
        metrics: Any = self.metrics[f"{stage}_metrics"]
        if scored:
            metrics["loss"].update(loss.detach(), y.numel())
            metrics["accuracy"].update(logits.detach(), y)
            if stage == "test":
                self.confusion.update(logits, y)
        for name, metric in metrics.items():
            assert isinstance(metric, Metric)
            self.log(
                f"{stage}/{name}", metric, on_step=False, on_epoch=True, batch_size=y.numel(),
                prog_bar=stage != "test",
            )  # fmt: skip
        return loss

    def solver_targets(self, batch: Batch) -> Tensor:
        """1 for the class and 0 for the others, (b, classes)."""
        return nn.functional.one_hot(batch[1], self.num_classes)

    def on_test_epoch_start(self) -> None:
        """Start a new confusion matrix: several test runs must not add up."""
        self.confusion.reset()

    def on_test_epoch_end(self) -> None:
        """Add up the confusion matrices of all processes: (classes, classes), true by predicted."""
        self.confusion_counts = self.confusion.compute()

    def _predict(self, batch: Any) -> Tensor:
        """Class probabilities of a batch, (b, classes)."""
        return self.outputs(batch).softmax(-1)
