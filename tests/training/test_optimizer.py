from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from rpn_zoo.training import OptimizerConfig, ScheduleConfig
from rpn_zoo.training.optimizer import LEAST_SQUARES, OPTIMIZERS, SCHEDULES


def make_optimizer(lr: float = 0.5) -> torch.optim.Optimizer:
    return torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=lr)


def rates(config: ScheduleConfig, steps: int) -> list[float]:
    optimizer = make_optimizer()
    schedule = config.build(optimizer, steps)
    assert schedule is not None
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule["scheduler"].step()
    return result


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - set(LEAST_SQUARES)))
def test_every_optimizer_steps(name: Any) -> None:
    parameter = nn.Parameter(torch.ones(3))
    optimizer = OptimizerConfig(name, lr=0.01, weight_decay=0.1).build([parameter])
    assert type(optimizer) is OPTIMIZERS[name]
    assert optimizer.defaults["lr"] == 0.01
    assert optimizer.defaults["weight_decay"] == 0.1
    parameter.square().sum().backward()
    optimizer.step()
    assert bool((parameter < 1).all())


def test_options_reach_the_class() -> None:
    optimizer = OptimizerConfig("sgd", options={"momentum": 0.9}).build(
        [nn.Parameter(torch.ones(1))]
    )
    assert optimizer.defaults["momentum"] == 0.9
    with pytest.raises(
        ValueError, match=r"options \{'momentum': 0.9\} do not fit adam: .*momentum"
    ):
        OptimizerConfig("adam", options={"momentum": 0.9}).build([nn.Parameter(torch.ones(1))])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"name": "adamv"},
            r"optimizer\.name must be one of adamw, .*'adamv'\. Did you mean adam,",
        ),
        ({"lr": 0}, "optimizer.lr must be > 0, got 0"),
        ({"lr": -1.0}, "optimizer.lr must be > 0, got -1"),
        ({"lr": math.nan}, "optimizer.lr must be a finite number"),
        ({"lr": "fast"}, "optimizer.lr must be a finite number"),
        ({"weight_decay": -0.1}, "optimizer.weight_decay must be >= 0"),
        ({"weight_decay": math.inf}, "optimizer.weight_decay must be a finite number"),
    ],
)
def test_bad_optimizer(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OptimizerConfig(**config)


def test_constant() -> None:
    assert ScheduleConfig("constant").build(make_optimizer(), math.inf) is None


def test_one_cycle_peaks_where_it_is_told() -> None:
    found = rates(ScheduleConfig("one_cycle", {"pct_start": 0.3}), 10)
    assert found.index(max(found)) == 2
    assert max(found) == pytest.approx(0.5)
    assert found[-1] < 1e-4


def test_cosine_ends_at_zero() -> None:
    found = rates(ScheduleConfig("cosine"), 10)
    assert found == pytest.approx([0.25 * (1 + math.cos(math.pi * i / 10)) for i in range(10)])


def test_exponential_is_per_epoch() -> None:
    schedule = ScheduleConfig("exponential", {"gamma": 0.5}).build(make_optimizer(), math.inf)
    assert schedule is not None
    assert schedule["interval"] == "epoch"
    assert rates(ScheduleConfig("exponential"), 3) == pytest.approx([0.5, 0.45, 0.405])


@pytest.mark.parametrize("name", ["one_cycle", "cosine"])
def test_per_step_over_the_whole_run(name: Any) -> None:
    schedule = ScheduleConfig(name).build(make_optimizer(), 7)
    assert schedule is not None
    assert schedule["interval"] == "step"
    with pytest.raises(ValueError, match=f"{name} needs a run of known length.*trainer.max_epochs"):
        ScheduleConfig(name).build(make_optimizer(), math.inf)


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "constant"])
def test_bad_schedule_options(name: Any) -> None:
    with pytest.raises(ValueError, match=rf"options \{{'speed': 1\}} do not fit {name}: .*speed"):
        ScheduleConfig(name, {"speed": 1}).build(make_optimizer(), 7)


def test_unknown_schedule() -> None:
    with pytest.raises(ValueError, match=r"schedule\.name must be one of constant, one_cycle"):
        ScheduleConfig("linear")  # type: ignore[arg-type]
