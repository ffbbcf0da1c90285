"""Training on a whole graph: one batch, of which some nodes are scored."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, r2_score

from rpn_zoo.data import NodeBatch, NodeData, stochastic_block_model
from rpn_zoo.data.node_table import write_nodes
from rpn_zoo.nn import RPN
from rpn_zoo.training import ClassificationTask, OptimizerConfig, RegressionTask
from rpn_zoo.zoo.evaluation import measure
from rpn_zoo.zoo.pipeline import Pipeline
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CommandLine
from tests.training.data import quiet_trainer

pytestmark = pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*LeafSpec")

NETWORK = {"dims": [12, 3]}


class Averaging(ClassificationTask):
    """Each node also sees its neighbours: outputs depend on nodes that are not scored."""

    adjacency: torch.Tensor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x + self.adjacency @ x)


@pytest.fixture
def blocks(tmp_path: Path) -> NodeData:
    write_nodes(tmp_path / "blocks.npz", stochastic_block_model(nodes_per_class=40))
    data = NodeData(str(tmp_path / "blocks.npz"), normalize=False)
    data.setup()
    return data


@pytest.fixture
def task(blocks: NodeData) -> Averaging:
    task = Averaging(NETWORK, OptimizerConfig("adam", 0.1))
    task.adjacency = blocks.graph.adjacency().to_dense()
    return task


def test_only_the_nodes_of_a_part_are_scored(blocks: NodeData, task: Averaging) -> None:
    trainer = quiet_trainer()
    with torch.no_grad():
        next(task.parameters()).mul_(3)
        everything = task(blocks.split("test").x).double().softmax(1).numpy()
    for part, run in (("val", trainer.validate), ("test", trainer.test)):
        index = blocks.split(part).nodes.numpy()
        true, probabilities = blocks.labels.numpy()[index], everything[index]
        found = run(task, blocks, verbose=False)[0]
        assert found == pytest.approx(
            {
                f"{part}/loss": log_loss(true, probabilities, labels=[0, 1, 2]),
                f"{part}/accuracy": accuracy_score(true, probabilities.argmax(1)),
            },
            rel=1e-5,
        )
    expected = confusion_matrix(true, probabilities.argmax(1))
    np.testing.assert_array_equal(task.confusion.compute(), expected)
    (outputs,) = trainer.predict(task, blocks)  # type: ignore[misc]
    np.testing.assert_allclose(outputs, probabilities, atol=1e-6)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:.*self.trainer. reference is not registered")
def test_only_the_training_nodes_give_gradients(blocks: NodeData, task: Averaging) -> None:
    batch = blocks.split("train")
    x = batch.x.clone().requires_grad_()
    task.training_step(NodeBatch(x, batch.y, batch.nodes), 0).backward()
    seen = task.adjacency[batch.nodes].sum(0) > 0
    seen[batch.nodes] = True
    assert x.grad is not None and not seen.all()
    assert torch.equal(x.grad.abs().sum(1) > 0, seen)


@pytest.mark.filterwarnings("ignore:.*self.trainer. reference is not registered")
def test_regression_on_nodes() -> None:
    task = RegressionTask({"dims": [2, 1]})
    x, index = torch.randn(5, 2, generator=torch.Generator().manual_seed(0)), torch.tensor([4, 1])
    y = torch.tensor([1.0, 3.0])
    loss = task.validation_step(NodeBatch(x, y, index), 0)
    assert loss is None
    predicted = task(x)[:, 0].detach()[index]
    metrics: Any = task.metrics["val_metrics"]
    assert metrics["r2"].compute().item() == pytest.approx(r2_score(y, predicted), rel=1e-4)
    assert torch.equal(task.predict_step(NodeBatch(x, y, index), 0)[:, 0], predicted)


def test_learns_and_a_zoo_pipeline_measures_the_same(blocks: NodeData, task: Averaging) -> None:
    trainer = quiet_trainer(40)
    trainer.fit(task, blocks)
    assert trainer.global_step == 40  # one step an epoch
    assert trainer.callback_metrics["val/accuracy"] > 0.8
    plain = ClassificationTask(NETWORK, OptimizerConfig("adam", 0.1))
    quiet_trainer(40).fit(plain, blocks)
    tested = quiet_trainer().test(plain, blocks, verbose=False)[0]
    network = RPN(NETWORK)
    network.load_state_dict(plain.network.state_dict())
    result = measure(Pipeline(network, None, blocks.class_names, batch_size=7), blocks)
    assert result["accuracy"] == pytest.approx(tested["test/accuracy"])
    assert result["loss"] == pytest.approx(tested["test/loss"], rel=1e-5)
    assert result["samples"] == 90 and result["comparable"]


def test_sparse_features_train_alike(blocks: NodeData) -> None:
    sparse = NodeData(blocks.path, normalize=False, sparse=True)
    losses = []
    for data in (blocks, sparse):
        task = ClassificationTask(NETWORK, OptimizerConfig("adam", 0.1))
        trainer = quiet_trainer(3)
        trainer.fit(task, data)
        losses.append(trainer.callback_metrics["train/loss"])
    torch.testing.assert_close(losses[0], losses[1])
    sparse_result = measure(Pipeline(task.network, None, sparse.class_names), sparse)
    assert (
        sparse_result["accuracy"]
        == measure(Pipeline(task.network, None, blocks.class_names), blocks)["accuracy"]
    )


def test_commands(blocks: NodeData, cli: CommandLine, tmp_path: Path) -> None:
    config = {
        "run": {"name": "blocks"},
        "model": {
            "class_path": "rpn_zoo.training.ClassificationTask",
            "init_args": {"network": NETWORK, "optimizer": {"name": "adam", "lr": 0.1}},
        },
        "data": {
            "class_path": "rpn_zoo.data.NodeData",
            "init_args": {"path": blocks.path, "class_names": ["red", "green", "blue"]},
        },
        "trainer": {"max_epochs": 5},
    }
    (tmp_path / "blocks.yaml").write_text(yaml.safe_dump(config))
    options = ("--config", "blocks.yaml", "--run.folder=run")
    outcome = cli("fit", *options, "--logger.wandb=off", cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    metrics = load_metrics(tmp_path / "run")
    assert metrics.data.class_names == ("red", "green", "blue")
    assert metrics.data.split.endswith("12/18/90") and metrics.data.name == "NodeData"
    outcome = cli("predict", *options, "--ckpt_path=best", cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    with (tmp_path / "run" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    predicted = [("red", "green", "blue").index(row["class"]) for row in rows]
    accuracy = accuracy_score(blocks.split("test").y, predicted)
    assert accuracy == pytest.approx(metrics.test["accuracy"], abs=1e-6)
