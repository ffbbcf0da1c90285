"""Textbook interdependences, beside those of `oracles.py`: A is formed, then multiplied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from benchmarks.oracles import oracle
from benchmarks.oracles_reconciliation import adapted
from rpn_zoo.functions.reconciliation.kronecker import balanced_divisor

MatrixOracle: TypeAlias = "Callable[[Any, Tensor], Tensor]"

CHILDREN = ["linear_kernel_interdependence", "gaussian_rbf_kernel_interdependence"]


def options(name: str, m: int, b: int) -> dict[str, Any]:
    """Options of interdependences that cannot be made without, for m attributes and b rows."""
    p = balanced_divisor(m)
    given: dict[str, dict[str, Any]] = {
        "constant_interdependence": {"A": torch.eye(m).tolist()},
        "constant_c_interdependence": {"m_prime": m},
        "zero_interdependence": {"m_prime": m},
        "one_interdependence": {"m_prime": m},
        "minkowski_distance_interdependence": {"p": 1.5},
        "numerical_kernel_based_interdependence": {"kernel": "polynomial_kernel"},
        "statistical_kernel_based_interdependence": {"kernel": "pearson_correlation_kernel"},
        "custom_hybrid_kernel_interdependence": {
            "kernels": ["linear_kernel", "gaussian_rbf_kernel"]
        },
        "parameterized_rpn_interdependence": {
            "data_transformation": "taylor_expansion",
            "parameter_fabrication": "lorr_reconciliation",
        },
        "hybrid_interdependence": {
            "interdependence_functions": CHILDREN,
            "fusion_function": "sum_fusion",
        },
    }
    if "hm_" in name:
        return {"p": p, "r": 2} if "lphm_" in name else {"p": p}
    return {"b": b, **given.get(name, {})}


def mixing(name: str) -> Callable[[MatrixOracle], MatrixOracle]:
    """Decorator: the oracle of an interdependence, from its matrix for C (objects in columns).

    Args:
        name: the registry key.
    """

    def decorate(matrix: MatrixOracle) -> MatrixOracle:
        def evaluate(f: Any, x: Tensor) -> Tensor:
            if f.mode == "attribute":
                return x @ matrix(f, x)
            return matrix(f, x.T).T @ x

        oracle(name)(evaluate)
        return matrix

    return decorate


@mixing("constant_interdependence")
def _constant(f: Any, C: Tensor) -> Tensor:
    return f.A


@mixing("zero_interdependence")
@mixing("one_interdependence")
@mixing("constant_c_interdependence")
def _filled(f: Any, C: Tensor) -> Tensor:
    return torch.full((C.shape[1], f.size_prime), f.c, dtype=C.dtype, device=C.device)


@mixing("identity_interdependence")
def _identity(f: Any, C: Tensor) -> Tensor:
    return torch.eye(C.shape[1], f.size_prime, dtype=C.dtype, device=C.device)


# --- kernels: all differences at once -------------------------------------------------------------


def _differences(C: Tensor) -> Tensor:
    return C[:, :, None] - C[:, None, :]


def _norms(C: Tensor, p: float) -> Tensor:
    """The p-norms of all differences, with a finite gradient where they are 0."""
    return torch.linalg.vector_norm(_differences(C), p, dim=0)


def _correlations(C: Tensor) -> Tensor:
    return torch.corrcoef(C.T)


def _without_diagonal(A: Tensor) -> Tensor:
    return A * (1 - torch.eye(len(A), dtype=A.dtype, device=A.device))


def _information(C: Tensor) -> Tensor:
    cov = torch.cov(C.T)
    v = torch.outer(cov.diagonal(), cov.diagonal())
    return _without_diagonal(0.5 * (v / (v - cov * cov).clamp(min=1e-10)).log())


def _canberra(C: Tensor) -> Tensor:
    size = C.abs()[:, :, None] + C.abs()[:, None, :] + 1e-10
    return torch.exp(-(_differences(C).abs() / size).sum(0))


def _divergence(C: Tensor) -> Tensor:
    P = C.softmax(0)
    return (P[:, :, None] * (P.log()[:, :, None] - P.log()[:, None, :])).sum(0)


KERNELS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear_kernel": lambda C: C.T @ C,
    "polynomial_kernel": lambda C: (C.T @ C + 0.0) ** 1,
    "hyperbolic_tangent_kernel": lambda C: torch.tanh(C.T @ C),
    "cosine_similarity": lambda C: (
        torch.nn.functional.normalize(C, dim=0).T @ torch.nn.functional.normalize(C, dim=0)
    ),
    "minkowski_distance": lambda C: torch.exp(-_norms(C, 1.5)),
    "manhattan_distance": lambda C: torch.exp(-_norms(C, 1)),
    "euclidean_distance": lambda C: torch.exp(-_norms(C, 2)),
    "chebyshev_distance": lambda C: torch.exp(-_norms(C, torch.inf)),
    "canberra_distance": _canberra,
    "exponential_kernel": lambda C: torch.exp(-_differences(C).square().sum(0)),
    "gaussian_rbf_kernel": lambda C: torch.exp(-_differences(C).square().sum(0) / 2),
    "laplacian_kernel": lambda C: torch.exp(-_norms(C, 1)),
    "anisotropic_rbf_kernel": lambda C: torch.exp(-_differences(C).square().sum(0)),
    "pearson_correlation": _correlations,
    "rv_coefficient": lambda C: _without_diagonal(_correlations(C).clamp(0, 1)),
    "mutual_information": _information,
    "kl_divergence": _divergence,
    "numerical_kernel_based": lambda C: (C.T @ C + 0.0) ** 1,
    "statistical_kernel_based": _correlations,
    "custom_hybrid_kernel": lambda C: (
        0.5 * (C.T @ C) + 0.5 * torch.exp(-_differences(C).square().sum(0) / 2)
    ),
    "hybrid": lambda C: C.T @ C + torch.exp(-_differences(C).square().sum(0) / 2),
}


def _kernel(name: str, function: Callable[[Tensor], Tensor]) -> None:
    mixing(f"{name}_interdependence")(lambda f, C: function(C))


for _name, _function in KERNELS.items():
    _kernel(_name, _function)


# --- parameters: W is formed ----------------------------------------------------------------------


def _dense(psi: Any) -> Tensor:
    return psi.w[0].reshape(psi.n, psi.D)


def _low_rank(psi: Any) -> Tensor:
    A, B = psi.w[0].split([psi.n * psi.r, psi.r * psi.D])
    return A.reshape(psi.n, psi.r) @ B.reshape(psi.r, psi.D)


def _kronecker(psi: Any) -> Tensor:
    P, Q, S, T = psi.factors()
    A = Q[0] if P is None else P[0] @ Q[0]
    B = T[0] if S is None else S[0] @ T[0]
    return torch.kron(A.contiguous(), B.contiguous())


def _learnt(kind: str, fabricate: Callable[[Any], Tensor]) -> None:
    mixing(f"{kind}parameterized_interdependence")(lambda f, C: fabricate(f.reconciliation))
    mixing(f"{kind}parameterized_bilinear_interdependence")(
        lambda f, C: C.T @ fabricate(f.reconciliation) @ C
    )


_learnt("", _dense)
_learnt("lowrank_", _low_rank)
_learnt("random_matrix_adaption_", lambda psi: adapted(psi.w[0], psi.A, psi.B))
for _kind in ("hm_", "lphm_", "dual_lphm_"):
    _learnt(_kind, _kronecker)


@mixing("parameterized_rpn_interdependence")
def _rpn(f: Any, C: Tensor) -> Tensor:
    rows = C.T
    outer = torch.einsum("ba,bc->bac", rows, rows).reshape(len(rows), -1)
    return torch.cat([rows, outer], dim=1) @ _low_rank(f.reconciliation).T
