"""Normalisations of matrices against plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from rpn_zoo.functions import processing
from rpn_zoo.functions.matrix_normalization import (
    DegreeBasedNormalizeMatrix,
    MeanStdBasedNormalizeMatrix,
    OperatorBasedNormalizeMatrix,
    normalize_by_degree,
    normalize_links_by_degree,
)

Array = npt.NDArray[Any]
MODES = ["row", "column", "row_column", "row-column"]


def matrix(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def softmax(values: list[float]) -> list[float]:
    top = max(values)
    powers = [math.exp(v - top) for v in values]
    return [p / sum(powers) for p in powers]


def along(A: Array, mode: str, function: Any) -> Array:
    """Apply a function of a list to every row or every column."""
    if mode == "row":
        return np.array([function([float(v) for v in row]) for row in A])
    return along(A.T, "row", function).T


def by_degree(A: Array, mode: str) -> Array:
    def share(values: list[float], root: bool) -> list[float]:
        total = sum(values) or 1.0
        return [v / (math.sqrt(total) if root else total) for v in values]

    if mode in ("row", "column"):
        return along(A, mode, lambda v: share(v, False))
    return along(along(A, "row", lambda v: share(v, True)), "column", lambda v: share(v, True))


def by_operator(A: Array, mode: str, mask_zeros: bool, factor: float) -> Array:
    B = A * factor
    if mask_zeros:
        B = np.where(A == 0, -1e9, B)
    for step in ("row", "column") if mode.startswith("row_") or "-" in mode else (mode,):
        B = along(B, step, softmax)
    return np.where(A == 0, 0.0, B) if mask_zeros else B


@pytest.mark.parametrize("mode", MODES)
def test_degrees(mode: str) -> None:
    A = matrix(4, 3).abs()
    A[1] = 0
    A[2, 1] = 0
    f = DegreeBasedNormalizeMatrix(mode)
    np.testing.assert_allclose(f(A), by_degree(A.numpy(), mode), rtol=1e-13)
    stacked = torch.stack([A, A.flip(0)])
    torch.testing.assert_close(f(stacked)[1], f(A.flip(0)))
    places = A.nonzero().T
    values = normalize_links_by_degree(A[places[0], places[1]], places, (4, 3), mode)
    dense = torch.zeros_like(A).index_put((places[0], places[1]), values)
    torch.testing.assert_close(dense, f(A), rtol=1e-13, atol=0)


def test_degrees_of_links_with_leading_axes_and_repetitions() -> None:
    places = torch.tensor([[0, 0, 1, 0], [1, 1, 0, 0]])
    values = matrix(2, 4).abs()
    dense = torch.zeros(2, 2, 2, dtype=torch.float64)
    dense[:, 1, 0] = values[:, 2]
    dense[:, 0, 0] = values[:, 3]
    dense[:, 0, 1] = values[:, 0] + values[:, 1]
    got = normalize_links_by_degree(values, places, (2, 2), "row_column")
    expected = normalize_by_degree(dense, "row_column")
    torch.testing.assert_close(got[:, 0] + got[:, 1], expected[:, 0, 1])
    torch.testing.assert_close(got[:, 2:], expected[:, [1, 0], [0, 0]])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mask_zeros", [False, True])
@pytest.mark.parametrize("factor", [1.0, -0.7])
def test_operator(mode: str, mask_zeros: bool, factor: float) -> None:
    A = matrix(4, 3)
    A[1, 2] = A[2, 0] = 0
    A[3] = 0
    f = OperatorBasedNormalizeMatrix(mask_zeros, factor, mode=mode)
    before = A.clone()
    np.testing.assert_allclose(f(A), by_operator(A.numpy(), mode, mask_zeros, factor), rtol=1e-13)
    assert torch.equal(A, before)
    torch.testing.assert_close(f(torch.stack([A, 2 * A]))[1], f(2 * A))


def test_masked_zeros_stay_and_have_no_gradient() -> None:
    A = torch.tensor([[0.0, 1.0], [0.0, 2.0]], dtype=torch.float64, requires_grad=True)
    f = OperatorBasedNormalizeMatrix(mask_zeros=True, mode="column")
    y = f(A)
    assert y[:, 0].tolist() == [0.0, 0.0]
    (gradient,) = torch.autograd.grad((y * matrix(2, 2)).sum(), A)
    assert gradient[:, 0].tolist() == [0.0, 0.0]
    assert (gradient[:, 1] != 0).all()


@pytest.mark.parametrize("operator", ["softmin", "torch.nn.functional.log_softmax", torch.softmax])
def test_other_operators(operator: Any) -> None:
    A = matrix(3, 2)
    expected = {"softmin": (-A).softmax(0), torch.softmax: A.softmax(0)}
    y = OperatorBasedNormalizeMatrix(operator=operator, mode="column")(A)
    torch.testing.assert_close(y, expected.get(operator, A.log_softmax(0)))


@pytest.mark.parametrize("mode", ["column", "row", "row_column", "column-row", "all"])
def test_standardisation(mode: str) -> None:
    A = matrix(4, 3)

    def standard(values: list[float]) -> list[float]:
        mean = sum(values) / len(values)
        variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
        return [(v - mean) / (math.sqrt(variance) + 1e-8) for v in values]

    flat = along(A.numpy().reshape(1, -1), "row", standard).reshape(4, 3)
    expected = along(A.numpy(), mode, standard) if mode in ("row", "column") else flat
    f = MeanStdBasedNormalizeMatrix(mode)
    np.testing.assert_allclose(f(A), expected, rtol=1e-12)
    torch.testing.assert_close(f(torch.stack([A, A.exp()]))[1], f(A.exp()))


def test_a_single_entry_has_no_spread() -> None:
    assert MeanStdBasedNormalizeMatrix()(matrix(1, 3)).tolist() == [[0.0, 0.0, 0.0]]
    assert MeanStdBasedNormalizeMatrix("all")(matrix(1, 1)).tolist() == [[0.0]]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize(
    "f",
    [
        DegreeBasedNormalizeMatrix("row_column"),
        OperatorBasedNormalizeMatrix(mask_zeros=True, mode="row_column"),
        MeanStdBasedNormalizeMatrix(),
    ],
)
def test_precision(f: torch.nn.Module, dtype: torch.dtype) -> None:
    A = matrix(4, 3).abs().to(dtype)
    A[0, 1] = 0
    y = f(A)
    assert y.dtype == dtype
    torch.testing.assert_close(y.double(), f(A.double()), rtol=0, atol=8 * torch.finfo(dtype).eps)


@pytest.mark.parametrize(
    "f",
    [
        *(DegreeBasedNormalizeMatrix(mode) for mode in MODES[:3]),
        *(OperatorBasedNormalizeMatrix(True, 0.7, mode=mode) for mode in MODES[:3]),
        *(MeanStdBasedNormalizeMatrix(mode) for mode in ("row", "column", "all")),
    ],
)
def test_gradients(f: torch.nn.Module) -> None:
    A = matrix(3, 4).abs().requires_grad_()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(f, A)
        assert torch.autograd.gradgradcheck(f, A)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("degree_based_normalize_matrix", {"mode": "rows"}, r"mode must be one of.*Did you mean"),
        ("operator_based_normalize_matrix", {"mode": "all"}, r"mode must be one of row, column"),
        ("operator_based_normalize_matrix", {"operator": "softmacks"}, r"Did you mean softmax"),
        ("operator_based_normalize_matrix", {"operator": 3}, r"a name or a function, got 3"),
        ("operator_based_normalize_matrix", {"rescale_factor": math.inf}, r"rescale_factor must"),
        ("operator_based_normalize_matrix", {"mask_zero": True}, r"does not take"),
        ("mean_std_based_normalize_matrix", {"mode": None}, r"mode must be one of"),
    ],
)
def test_bad_options(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        processing.resolve("postprocess_functions", {"name": name, **options}, 4)


def test_by_their_longer_names() -> None:
    path = "tinybig.koala.linear_algebra.operator_based_normalize_matrix"
    (f,) = processing.resolve("f", {"name": path, "mode": "row-column"}, 4)
    assert isinstance(f, OperatorBasedNormalizeMatrix)
    assert f.mode == "row_column"
    assert f.column_softmax is None
    assert OperatorBasedNormalizeMatrix(rescale_factor=2.0, mode="column").column_softmax == 2.0
