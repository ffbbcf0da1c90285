"""Standardisation of raw pixels."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_zoo.data import StandardizePixels


@pytest.fixture
def images() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8, generator=generator)


def test_values_shape_and_dtype(images: Tensor) -> None:
    before = images.clone()
    x = StandardizePixels(mean=0.13, std=0.31)(images)
    expected = (images.double().flatten(1) / 255 - 0.13) / 0.31
    assert x.dtype == torch.float32 and x.shape == (5, 784)
    torch.testing.assert_close(x.double(), expected, rtol=1e-6, atol=1e-6)
    assert torch.equal(images, before)


def test_accepts_flat_numpy_and_odd_strides(images: Tensor) -> None:
    preprocess = StandardizePixels(mean=0.13, std=0.31)
    expected = preprocess(images)
    array = images.numpy().copy()
    array.flags.writeable = False
    for same in (images.flatten(1), array, array.reshape(5, 784), array[::-1][::-1]):
        assert torch.equal(preprocess(same), expected)
    assert torch.equal(preprocess(array[::-1]), expected.flip(0))
    transposed = images.transpose(1, 2)
    assert torch.equal(preprocess(transposed), preprocess(transposed.contiguous()))
    assert preprocess(images[:0]).shape == (0, 784)


def test_default_dtype_has_no_influence(images: Tensor) -> None:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        assert StandardizePixels(0.1, 0.3)(images).dtype == torch.float32
    finally:
        torch.set_default_dtype(default)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (torch.zeros(2, 28, 28), "uint8.*torch.float32"),
        (np.zeros((2, 784)), "uint8.*float64"),
        ([[0] * 784], "uint8.*list"),
        (torch.zeros(28, 28, dtype=torch.uint8), r"\(b, 28, 28\) or \(b, 784\), got \(28, 28\)"),
        (torch.zeros(784, dtype=torch.uint8), r"got \(784,\)"),
        (np.zeros((2, 1, 28, 28), dtype=np.uint8), r"got \(2, 1, 28, 28\)"),
    ],
)
def test_other_inputs_are_refused(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=f"pixels must .*{words}"):
        StandardizePixels(0.1, 0.3)(bad)


@pytest.mark.parametrize(("mean", "std"), [(float("nan"), 1.0), (0.0, 0.0), (0.0, -1.0), ("a", 1)])
def test_invalid_figures_are_refused(mean: Any, std: Any) -> None:
    with pytest.raises(ValueError, match="mean|std"):
        StandardizePixels(mean, std)


def test_config_round_trip() -> None:
    preprocess = StandardizePixels(mean=0.1306864, std=1 / 3)
    config = json.loads(json.dumps(preprocess.to_config()))
    assert StandardizePixels.from_config(config) == preprocess
    for wrong in ({**config, "name": "other"}, {**config, "more": 1}, {"mean": 0.1, "std": 1.0}):
        with pytest.raises(ValueError, match="config must be"):
            StandardizePixels.from_config(wrong)


def test_fit_gives_mean_and_standard_deviation(images: Tensor) -> None:
    fitted = StandardizePixels.fit(images)
    pixels = images.double() / 255
    assert fitted.mean == pytest.approx(pixels.mean().item(), rel=1e-12)
    assert fitted.std == pytest.approx(pixels.std(correction=0).item(), rel=1e-12)
    x = fitted(images)
    assert abs(x.mean().item()) < 1e-5 and abs(x.std(correction=0).item() - 1) < 1e-5
    with pytest.raises(ValueError, match="std"):
        StandardizePixels.fit(torch.zeros_like(images))
    with pytest.raises(ValueError, match="not empty"):
        StandardizePixels.fit(images[:0])
