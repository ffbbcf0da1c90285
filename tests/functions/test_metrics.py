"""Metrics: any axis, names and options, what they are defined for, gradients at ties and zeros."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions.metrics import ALIASES, METRICS, Metric, metric_name

OPTIONS: dict[str, dict[str, Any]] = {
    "norm": {"p": 3},
    "weighted_mean": {"weights": [0.5, 2.0, 1.0, 3.0]},
}
REFERENCE: dict[str, Any] = {
    "max": np.max,
    "min": np.min,
    "sum": np.sum,
    "prod": np.prod,
    "mean": np.mean,
    "weighted_mean": lambda x, axis: np.average(
        x, axis=axis, weights=OPTIONS["weighted_mean"]["weights"]
    ),
    "geometric_mean": scipy.stats.gmean,
    "harmonic_mean": scipy.stats.hmean,
    "median": lambda x, axis: np.quantile(x, 0.5, axis=axis, method="lower"),
    "mode": lambda x, axis: scipy.stats.mode(x, axis=axis).mode,
    "variance": lambda x, axis: np.var(x, axis=axis, ddof=1),
    "std": lambda x, axis: np.std(x, axis=axis, ddof=1),
    "skewness": scipy.stats.skew,
    "entropy": scipy.stats.entropy,
    "norm": lambda x, axis: np.sum(np.abs(x) ** 3, axis=axis) ** (1 / 3),
    "l1_norm": lambda x, axis: np.sum(np.abs(x), axis=axis),
    "l2_norm": lambda x, axis: np.sqrt(np.sum(x**2, axis=axis)),
}


def probabilities(shape: tuple[int, ...], dim: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator, dtype=torch.float64).softmax(dim)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("dim", [0, 1, 2, -1, -3])
def test_every_metric_reduces_any_axis(name: str, dim: int) -> None:
    shape = [2, 3, 2]
    shape[dim] = 4
    x = probabilities(tuple(shape), dim)
    metric = Metric(f"batch_{name}", OPTIONS.get(name), 4).double()
    expected = REFERENCE[name](x.numpy(), axis=dim % 3)
    np.testing.assert_allclose(metric(x, dim).numpy(), expected, rtol=1e-7)


def test_names() -> None:
    assert metric_name("metric", "batch_var") == "variance"
    for short, name in ALIASES.items():
        assert metric_name("metric", short) == metric_name("metric", f"batch_{short}") == name
    for bad in ("batch_sdt", "batch_batch_std", 3, None):
        with pytest.raises(ValueError, match="metric must be one of max, min"):
            metric_name("metric", bad)


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        ("norm", None, "must hold p for the metric norm"),
        ("weighted_mean", {}, "must hold weights"),
        ("mean", {"p": 2}, "mean takes no options, got 'p'"),
        ("norm", {"p": 2, "weights": [1]}, "norm takes only p, got 'weights'"),
        ("norm", {"p": "nuc"}, "p must be a number or 'fro', got 'nuc'"),
        ("norm", {"p": True}, "p must be a number"),
        ("weighted_mean", {"weights": [1, 2]}, r"weights must have the length 3, got shape \(2,\)"),
        ("weighted_mean", {"weights": [1, -2, 1]}, "a sum other than 0"),
        ("weighted_mean", {"weights": ["a"]}, "weights must be numbers"),
        ("norm", 3, "metric_kwargs must be a mapping"),
    ],
)
def test_bad_options(metric: str, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create("metric_compression", m=3, metric=metric, metric_kwargs=options)


def test_domains() -> None:
    for name in ("geometric_mean", "harmonic_mean"):
        metric = Metric(name)
        with pytest.raises(ValueError, match=rf"{name} needs x > 0, got values down to -2\.0"):
            metric(torch.tensor([[1.0, -2.0]]))
        assert metric(torch.tensor([[1.0, torch.nan], [2.0, 2.0]])).tolist()[1] == 2.0
    entropy = Metric("entropy")
    for bad in ([0.5, 0.4], [1.5, -0.5]):
        with pytest.raises(ValueError, match="entropy needs x >= 0 with sum 1"):
            entropy(torch.tensor([bad]))
    assert entropy(torch.tensor([[0.0, 0.5, 0.5, 0.0]])).item() == pytest.approx(np.log(2))
    assert entropy(torch.rand(3, 50).half().softmax(1)).isfinite().all()


def test_gradients_at_ties_and_zeros() -> None:
    def gradient(name: str, values: list[float], **options: Any) -> list[float]:
        x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        g: list[float] = torch.autograd.grad(Metric(name, options)(x), x)[0].tolist()
        return g

    assert gradient("max", [1.0, 2.0, 2.0]) == [0.0, 1.0, 0.0]
    assert gradient("min", [1.0, 1.0, 2.0]) == [1.0, 0.0, 0.0]
    assert gradient("l2_norm", [0.0, 0.0]) == [0.0, 0.0]
    assert gradient("norm", [0.0, 0.0], p=3) == [0.0, 0.0]
    assert gradient("prod", [0.0, 3.0, 2.0]) == [6.0, 0.0, 0.0]
    assert gradient("entropy", [0.0, 1.0]) == [0.0, -1.0]
    assert gradient("std", [2.0, 2.0]) == [0.0, 0.0]


def test_single_entries() -> None:
    x = torch.tensor([[2.0], [3.0]])
    assert Metric("std")(x).isnan().all()
    assert Metric("variance")(x).isnan().all()
    assert Metric("skewness")(x).tolist() == [0.0, 0.0]
    assert Metric("norm", {"p": 0})(torch.tensor([0.0, 3.0, 4.0])).item() == 2
    assert Metric("norm", {"p": float("inf")})(torch.tensor([-5.0, 3.0])).item() == 5


def test_half_precision_does_not_overflow() -> None:
    x = torch.tensor([300.0, -300.0, 0.0], dtype=torch.float16)
    assert Metric("std")(x).item() == 300


def test_a_function_as_metric() -> None:
    f = functions.create("metric_compression", m=3, metric=torch.amax)
    assert f(torch.tensor([[1.0, 5.0, 2.0]])).tolist() == [[5.0]]
    weighted = Metric(torch.sum, {"keepdim": False})
    assert weighted(torch.ones(2, 3), 0).tolist() == [2.0, 2.0, 2.0]
    bad = functions.create("metric_compression", m=3, metric=torch.softmax)
    with pytest.raises(ValueError, match=r"metric must map \(1, 3\) to \(1,\), got \(1, 3\)"):
        bad(torch.ones(1, 3))


def test_weights_follow_the_module() -> None:
    metric = Metric("weighted_mean", {"weights": torch.tensor([1.0, 3.0])})
    for twin in (metric, copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert not twin.state_dict()
        assert twin(torch.tensor([[0.0, 4.0]], dtype=torch.float64)).tolist() == [3.0]
    assert metric.to("meta")(torch.empty(2, 2, device="meta")).is_meta
    with pytest.raises(ValueError, match="length 3 of the axis"):
        Metric("weighted_mean", {"weights": [1, 2]})(torch.ones(3))
