"""Kernels against plain loops, and where they are hard: equal, constant and far columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_zoo.functions.kernels import KERNELS, pairwise, resolve_kernel
from rpn_zoo.functions.kernels.statistics import deviations
from tests.functions.oracles_interdependence import kernel_matrix
from tests.functions.tensor_sizes import largest

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "polynomial_kernel": [{}, {"c": 1.5, "d": 3}, {"d": 2, "centered": True}],
    "hyperbolic_tangent_kernel": [{}, {"c": 0.3, "alpha": 0.2, "centered": True}],
    "minkowski_distance": [{"p": p} for p in (0, 0.5, 1, 1.5, 2, 3, "inf", "-inf", "fro", -2)],
    "minkowski_distance_kernel": [{"p": 3, "centered": True}, {"p": "inf"}],
    "exponential_kernel": [{}, {"gamma": 0.3}, {"gamma": -0.1}],
    "gaussian_rbf_kernel": [{"sigma": 2.0}],
    "laplacian_kernel": [{"sigma": 1.5}, {"sigma": -3.0}],
    "anisotropic_rbf_kernel": [{"a_scalar": 0.4}, {"a_vector": [0.5, 0.0, -0.25, 1.0, 2.0]}],
}
CENTRED = ["linear_kernel", "cosine_similarity_kernel"]
CENTRED += [f"{name}_distance" for name in ("manhattan", "euclidean", "chebyshev")]
CASES = [(name, options) for name in KERNELS for options in OPTIONS.get(name, [{}])]
CASES += [(name, {"centered": True}) for name in CENTRED]
DISTANCES = [case for case in CASES if "distance" in case[0] and not case[1].get("centered")]
RADIAL = [case for case in CASES if "rbf" in case[0] or case[0].startswith(("expon", "lapl"))]


def columns(s: int = 5, n: int = 6, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(s, n, generator=generator, dtype=torch.float64)


def kernel(name: str, options: dict[str, Any]) -> Any:
    return resolve_kernel("kernel", {"name": name, **options})


def ids(case: tuple[str, dict[str, Any]]) -> str:
    return f"{case[0]}({', '.join(f'{k}={v}' for k, v in case[1].items())})"


every_case = pytest.mark.parametrize("case", CASES, ids=map(ids, CASES))


@every_case
@pytest.mark.parametrize("block", [2**19, 1, 100])
def test_values(
    case: tuple[str, dict[str, Any]], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pairwise.BLOCK_NUMBERS, "cpu", block)
    C = columns()
    before = C.clone()
    A = kernel(*case)(C)
    np.testing.assert_allclose(A, kernel_matrix(*case, C.numpy()), rtol=1e-11, atol=1e-13)
    assert torch.equal(C, before)
    stacked = torch.stack([C, C.exp(), C.flip(0)]).unflatten(0, (3, 1))
    torch.testing.assert_close(kernel(*case)(stacked)[1, 0], kernel(*case)(C.exp()))


@every_case
@pytest.mark.parametrize("block", [2**19, 30])
def test_gradients(
    case: tuple[str, dict[str, Any]], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pairwise.BLOCK_NUMBERS, "cpu", block)
    C, f = columns(n=4).requires_grad_(), kernel(*case)
    if case[1].get("p") == 0:
        assert not f(C).requires_grad
        return
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(f, C)
        assert torch.autograd.gradgradcheck(f, C)


@every_case
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_precision(case: tuple[str, dict[str, Any]], dtype: torch.dtype) -> None:
    C = columns().to(dtype)
    A, exact = kernel(*case)(C), kernel(*case)(C.double())
    assert A.dtype == dtype
    error = (A.double() - exact).abs() / (1 + exact.abs())
    # Half precision is rounded once, at the end.
    assert error.max() <= (2 if dtype != torch.float32 else 30) * torch.finfo(dtype).eps


@pytest.mark.parametrize("case", DISTANCES + RADIAL, ids=map(ids, DISTANCES + RADIAL))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_columns(case: tuple[str, dict[str, Any]], dtype: torch.dtype) -> None:
    """Equal columns have distance 0 and no gradient towards each other."""
    C = columns().to(dtype)
    C[:, 3] = C[:, 1]
    C.requires_grad_()
    A = kernel(*case)(C)
    apart = 0.0 if case[0].endswith("distance") else 1.0
    exact = "rbf" not in case[0] and not case[0].startswith("expon")
    assert (A.diagonal() == apart).all()
    tolerance = 0.0 if exact else 20 * torch.finfo(dtype).eps
    assert abs(A[1, 3].item() - apart) <= tolerance
    if A.requires_grad:
        for entry in (A.diagonal().sum(), A[1, 3]):
            (g,) = torch.autograd.grad(entry, C, retain_graph=True)
            assert g.abs().max() <= 50 * tolerance
        (g,) = torch.autograd.grad(A.sum(), C, create_graph=True)
        assert g.isfinite().all()
        if g.requires_grad:  # that of a largest difference is constant
            (h,) = torch.autograd.grad(g.square().sum(), C, allow_unused=True)
            assert h is None or h.isfinite().all()


def test_equal_coordinates_have_no_gradient_below_p_1() -> None:
    C = torch.tensor([[1.0, 1.0], [2.0, 5.0]], requires_grad=True)
    (g,) = torch.autograd.grad(kernel("minkowski_distance", {"p": 0.5})(C)[0, 1], C)
    torch.testing.assert_close(g, torch.tensor([[0.0, 0.0], [-1.0, 1.0]]))


def test_nearly_equal_columns_keep_their_distance() -> None:
    C = columns(64, 3).float()
    C[:, 1] = C[:, 0]
    C[0, 1] += 1e-3
    exact = kernel("euclidean_distance", {})(C.double())
    torch.testing.assert_close(
        kernel("euclidean_distance", {})(C).double(), exact, rtol=1e-6, atol=0
    )


def test_a_common_offset_does_not_spoil_radial_kernels() -> None:
    C = columns(64, 20)
    f = kernel("gaussian_rbf_kernel", {"sigma": 8.0})
    shifted = f((C + columns(64, 1, seed=1) * 100).float())
    torch.testing.assert_close(shifted.double(), f(C), rtol=0, atol=1e-4)


@pytest.mark.parametrize("p", ["inf", "-inf"])
def test_ties_share_one_gradient(p: str) -> None:
    C = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]], requires_grad=True)
    (g,) = torch.autograd.grad(kernel("minkowski_distance", {"p": p})(C)[0, 1], C)
    assert g.sum(0).tolist() == [-1.0, 1.0]
    assert g.abs().sum() == 2


CONSTANT = ["pearson_correlation_kernel", "rv_coefficient_kernel", "mutual_information_kernel"]


@pytest.mark.parametrize("name", CONSTANT)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e6 / 3])
def test_constant_columns_are_not_correlated(name: str, value: float) -> None:
    C = columns(7)
    C[:, 2] = value
    C[:, 4] = -value / 3
    C.requires_grad_()
    A = kernel(name, {})(C)
    diagonal = 1.0 if name.startswith("pearson") else 0.0
    for i in (2, 4):
        expected = torch.zeros(6, dtype=torch.float64)
        expected[i] = diagonal
        assert torch.equal(A[i].detach(), expected)
        assert torch.equal(A[:, i].detach(), expected)
    others = [0, 1, 3, 5]
    torch.testing.assert_close(A[others][:, others], kernel(name, {})(C[:, others]))
    (g,) = torch.autograd.grad(A.sum(), C)
    assert g.isfinite().all()
    assert g[:, [2, 4]].abs().max() == 0


@pytest.mark.parametrize("name", CONSTANT)
def test_a_single_coordinate_tells_nothing(name: str) -> None:
    A = kernel(name, {})(columns(1))
    expected = torch.eye(6, dtype=torch.float64) * (1.0 if name.startswith("pearson") else 0.0)
    assert torch.equal(A, expected)


def test_information_is_not_negative() -> None:
    assert kernel("mutual_information_kernel", {})(columns() * 1e-6).abs().max() == 0
    C = columns()
    C[:, 1] = 2 * C[:, 0]
    A = kernel("mutual_information_kernel", {})(C)
    v = deviations(C).square().sum(0) / 4
    # The determinant is cut at 1e-10.
    assert A[0, 1].item() == pytest.approx(0.5 * math.log(v[0].item() * v[1].item() / 1e-10))


def test_divergence_of_far_columns_is_finite() -> None:
    C = torch.tensor([[0.0, 1000.0], [500.0, 0.0]], dtype=torch.float64, requires_grad=True)
    A = kernel("kl_divergence_kernel", {})(C)
    torch.testing.assert_close(A.detach(), torch.tensor([[0, 1000.0], [500.0, 0]]).double())
    (g,) = torch.autograd.grad(A.sum(), C)
    assert g.isfinite().all()


def test_zero_columns_have_no_angle() -> None:
    C = columns()
    C[:, 2] = 0
    C.requires_grad_()
    A = kernel("cosine_similarity_kernel", {})(C)
    assert A[2].abs().sum() == A[:, 2].abs().sum() == 0
    (g,) = torch.autograd.grad(A.sum(), C)
    assert g.isfinite().all()


def test_nothing_as_large_as_all_differences_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest array of a forward and backward pass is no larger than a block."""
    monkeypatch.setitem(pairwise.BLOCK_NUMBERS, "cpu", 20_000)
    C = columns(50, 100).requires_grad_()
    for name in ("manhattan_distance", "euclidean_distance", "chebyshev_distance"):
        with largest() as seen:
            kernel(name, {})(C).sum().backward()
        assert seen.numbers <= 20_000, name
    with largest() as seen:
        kernel("canberra_distance", {})(C).sum().backward()
        kernel("gaussian_rbf_kernel", {})(C).sum().backward()
        kernel("kl_divergence_kernel", {})(C).sum().backward()
    assert seen.numbers <= 20_000
