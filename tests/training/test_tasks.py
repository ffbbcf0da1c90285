from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import Callback, Trainer
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, r2_score
from torch import nn

from rpn_zoo.nn import RPNConfig
from rpn_zoo.training import (
    ClassificationTask,
    OptimizerConfig,
    RegressionTask,
    ScheduleConfig,
    Task,
)
from tests.training.data import make_classes, make_values, quiet_trainer

# Lightning advises more worker processes; data in memory need none.
pytestmark = pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*LeafSpec")

CLASSIFIER = {"dims": [4, 3]}
REGRESSOR = {"dims": [4, 2]}


def is_primitive(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_primitive(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(is_primitive, value))
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize("cls", [ClassificationTask, RegressionTask])
def test_hyperparameters_round_trip(cls: type[Task]) -> None:
    network = RPNConfig([4, 6, 3])
    task = cls(network, OptimizerConfig("sgd", 0.1), ScheduleConfig("cosine"), seed=7)
    assert is_primitive(dict(task.hparams))
    again = cls(**task.hparams)
    assert dict(again.hparams) == dict(task.hparams)
    assert again.optimizer_config == task.optimizer_config
    assert again.schedule_config == task.schedule_config
    for a, b in zip(again.parameters(), task.parameters(), strict=True):
        assert torch.equal(a, b)
    other = cls(network, seed=8)
    assert not torch.equal(next(other.parameters()), next(task.parameters()))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match=r"label_smoothing must be in \[0, 1\), got 1"):
        ClassificationTask(CLASSIFIER, label_smoothing=1.0)
    with pytest.raises(ValueError, match=r"number of classes \(>= 2\), got dims = \[4, 1\]"):
        ClassificationTask({"dims": [4, 1]})
    with pytest.raises(ValueError, match="optimizer has no key 'rate'"):
        ClassificationTask(CLASSIFIER, {"rate": 1.0})  # type: ignore[arg-type]
    with pytest.raises(NotImplementedError, match="Task must implement _step"):
        Task(CLASSIFIER).training_step((torch.ones(1, 4), torch.ones(1)), 0)


def test_classification_equals_sklearn() -> None:
    data = make_classes()
    # Label smoothing belongs to training; what is measured is the cross-entropy itself.
    task = ClassificationTask(CLASSIFIER, label_smoothing=0.3)
    trainer = quiet_trainer()
    with torch.no_grad():
        next(task.parameters()).mul_(3)
        probabilities = task(data.x).double().softmax(1).numpy()
    predicted, true = probabilities.argmax(1), data.y.numpy()
    expected = {
        "loss": log_loss(true, probabilities, labels=[0, 1, 2]),
        "accuracy": accuracy_score(true, predicted),
    }
    for _ in range(2):  # a second test run must not add to the first
        found = trainer.test(task, data, verbose=False)[0]
        assert found == pytest.approx({f"test/{k}": v for k, v in expected.items()}, rel=1e-5)
        np.testing.assert_array_equal(task.confusion.compute(), confusion_matrix(true, predicted))
    found = trainer.validate(task, data, verbose=False)[0]
    assert found == pytest.approx({f"val/{k}": v for k, v in expected.items()}, rel=1e-5)
    outputs = torch.cat(trainer.predict(task, data))  # type: ignore[arg-type]
    np.testing.assert_allclose(outputs, probabilities, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*self.trainer. reference is not registered")
def test_label_smoothing_in_training_only() -> None:
    data = make_classes()
    task = ClassificationTask(CLASSIFIER, label_smoothing=0.3)
    logits = task(data.x)
    smooth = nn.functional.cross_entropy(logits, data.y, label_smoothing=0.3)
    plain = nn.functional.cross_entropy(logits, data.y)
    assert not torch.isclose(smooth, plain)
    assert torch.isclose(task.training_step((data.x, data.y), 0), smooth)
    task.validation_step((data.x, data.y), 0)
    loss: Any = task.metrics["val_metrics"]
    assert torch.isclose(loss["loss"].compute(), plain.double())


def test_classification_learns() -> None:
    data = make_classes(200)
    task = ClassificationTask(CLASSIFIER, OptimizerConfig("adam", 0.1))
    trainer = quiet_trainer(5)
    trainer.fit(task, data)
    assert trainer.callback_metrics["val/accuracy"] > 0.9
    assert trainer.callback_metrics["train/loss"] < math.log(3)


def test_regression_equals_sklearn() -> None:
    data = make_values()
    task = RegressionTask(REGRESSOR, OptimizerConfig("adam", 0.05), ScheduleConfig("exponential"))
    trainer = quiet_trainer(2)
    trainer.fit(task, data)
    fitted = {k: v.item() for k, v in trainer.callback_metrics.items()}
    assert set(fitted) == {
        "train/loss", "train/rmse", "val/loss", "val/rmse", "val/mse", "val/r2", "val/nrmse",
    }  # fmt: skip
    with torch.no_grad():
        predicted = task.eval()(data.x).double().numpy()
    true = data.y.double().numpy()
    # The batches are 16, 16 and 1 rows: a mean of means would be another figure.
    mse = float(np.mean((predicted - true) ** 2))
    expected = {
        "loss": mse,
        "rmse": mse**0.5,
        "mse": mse,
        "r2": r2_score(true.ravel(), predicted.ravel()),
        "nrmse": mse**0.5 / float(true.std()),
    }
    for stage, found in (
        ("val", {name: fitted[f"val/{name}"] for name in expected}),
        ("val", trainer.validate(task, data, verbose=False)[0]),
        ("test", trainer.test(task, data, verbose=False)[0]),
    ):
        bare = {name.removeprefix(f"{stage}/"): value for name, value in found.items()}
        assert bare == pytest.approx(expected, rel=1e-5)
    outputs = torch.cat(trainer.predict(task, data))  # type: ignore[arg-type]
    np.testing.assert_allclose(outputs, predicted, rtol=1e-5, atol=1e-5)


def test_one_target_without_a_second_dimension() -> None:
    data = make_values()
    data.y = data.y[:, 0]
    task = RegressionTask({"dims": [4, 1]})
    # Broadcasting (b, 1) against (b,) would silently compare every row with every other.
    found = quiet_trainer().test(task, data, verbose=False)[0]
    with torch.no_grad():
        expected = (task(data.x)[:, 0] - data.y).square().mean().item()
    assert found["test/loss"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine", "exponential", "constant"])
def test_schedule_over_the_run(schedule: Any) -> None:
    data = make_classes()  # 3 batches an epoch
    task = ClassificationTask(CLASSIFIER, OptimizerConfig("sgd", 0.1), ScheduleConfig(schedule))
    rates: list[float] = []

    class Watch(Callback):
        def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    quiet_trainer(2, callbacks=[Watch()]).fit(task, data)
    last = {
        "one_cycle": 0.1 / 25 / 1e4,
        "cosine": 0.05 * (1 + math.cos(math.pi * 5 / 6)),
        "exponential": 0.09,
        "constant": 0.1,
    }
    assert len(rates) == 6
    assert rates[-1] == pytest.approx(last[schedule], rel=1e-5)


def test_compile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    compiled = []

    def watch(function: Any, **options: Any) -> Any:
        compiled.append(function)
        return torch._dynamo.optimize("eager")(function)

    monkeypatch.setattr(torch, "compile", watch)
    data = make_classes()
    plain, fast = (ClassificationTask(CLASSIFIER, compile=flag) for flag in (False, True))
    assert [function.__self__ for function in compiled] == [fast.network]  # the network, no more
    with torch.no_grad():
        torch.testing.assert_close(fast(data.x), plain(data.x))
    # Weights keep their names, so that compiled and plain checkpoints are the same.
    assert fast.state_dict().keys() == plain.state_dict().keys()
    trainer = quiet_trainer()
    trainer.fit(fast, data)
    trainer.save_checkpoint(tmp_path / "fast.ckpt")
    load = partial(ClassificationTask.load_from_checkpoint, tmp_path / "fast.ckpt")
    loaded = load(compile=False, weights_only=True)
    with torch.no_grad():
        torch.testing.assert_close(loaded(data.x), fast(data.x))
