"""Textbook reconciliations, remainders and fusions, beside those of `oracles.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.oracles import Oracle, oracle


def product(name: str) -> Callable[[Callable[[Any, Tensor], Tensor]], Oracle]:
    """Decorator: the oracle of a reconciliation, from its W (n, D); k only tells dtype and device.

    Args:
        name: the registry key.
    """

    def decorate(matrix: Callable[[Any, Tensor], Tensor]) -> Oracle:
        return oracle(name)(lambda f, k: torch.nn.functional.linear(k, matrix(f, k)))

    return decorate


def _constant(f: Any, k: Tensor) -> Tensor:
    return f.c * torch.ones(f.n, f.D, dtype=k.dtype, device=k.device)


for constant in ("constant", "zero", "one"):
    product(f"{constant}_reconciliation")(_constant)


@product("constant_eye_reconciliation")
def _eye(f: Any, k: Tensor) -> Tensor:
    return torch.eye(f.n, f.D, dtype=k.dtype, device=k.device)


@product("masking_reconciliation")
def _masking(f: Any, k: Tensor) -> Tensor:
    return f.w[0].reshape(f.n, f.D) * f.mask_matrix


@product("duplicated_padding_reconciliation")
def _duplicated_padding(f: Any, k: Tensor) -> Tensor:
    return f.w[0].reshape(f.s, f.t).repeat(f.p, f.q)


@product("duplicated_diagonal_padding_reconciliation")
def _duplicated_diagonal_padding(f: Any, k: Tensor) -> Tensor:
    return torch.kron(torch.eye(f.n, dtype=k.dtype, device=k.device), f.w)


@product("hypernet_reconciliation")
def _hypernet(f: Any, k: Tensor) -> Tensor:
    first, _, last = f.net
    hidden = torch.sigmoid(first.weight @ f.w[0] + first.bias)
    return (last.weight @ hidden + last.bias).reshape(f.n, f.D)


def adapted(w: Tensor, A: Tensor, B: Tensor) -> Tensor:
    """W = diag(l1) A diag(l2) B^T with diagonal matrices."""
    return torch.diag(w[: len(A)]) @ A @ torch.diag(w[len(A) :]) @ B.T


@product("random_matrix_adaption_reconciliation")
def _random_matrix_adaption(f: Any, k: Tensor) -> Tensor:
    return adapted(f.w[0], f.A, f.B)


@product("random_matrix_hypernet_reconciliation")
def _random_matrix_hypernet(f: Any, k: Tensor) -> Tensor:
    u = torch.sigmoid((f.w @ f.P) @ f.Q.T) @ f.S
    return (u @ f.T.T).reshape(f.n, f.D)


@oracle("constant_remainder")
@oracle("one_remainder")
def constant_remainder(f: Any, x: Tensor) -> Tensor:
    """A constant array."""
    return torch.full((x.shape[0], f.n), f.c, dtype=x.dtype, device=x.device)


# --- fusions --------------------------------------------------------------------------------------


def reduction(name: str, reduce: Callable[[Tensor], Tensor]) -> None:
    """The oracle of a fusion that reduces the stacked inputs over axis 0."""
    oracle(f"{name}_fusion")(lambda f, xs: reduce(torch.stack(xs)))


reduction("max", lambda x: x.max(0).values)
reduction("min", lambda x: x.min(0).values)
reduction("sum", lambda x: x.sum(0))
reduction("average", lambda x: x.mean(0))
reduction("prod", lambda x: x.prod(0))
reduction("median", lambda x: x.median(0).values)
reduction("l1_norm", lambda x: x.abs().sum(0))
reduction("l2_norm", lambda x: x.norm(dim=0))
reduction("metric", lambda x: x.std(0))


@oracle("weighted_summation_fusion")
def weighted_summation_fusion(f: Any, xs: list[Tensor]) -> Tensor:
    """The stacked inputs times their weights."""
    return torch.einsum("k,kbn->bn", f.weights, torch.stack(xs))


@oracle("parameterized_weighted_summation_fusion")
def parameterized_weighted_summation_fusion(f: Any, xs: list[Tensor]) -> Tensor:
    """The stacked inputs times their weights."""
    return torch.einsum("k,kbn->bn", f.w[0], torch.stack(xs))


def mapped(name: str, matrix: Callable[[Any], Tensor]) -> None:
    """The oracle of a fusion: the inputs side by side, times the matrix of its reconciliation."""
    oracle(f"{name}parameterized_concatenation_fusion")(
        lambda f, xs: torch.cat(xs, dim=1) @ matrix(f.reconciliation).T
    )


def _low_rank(f: Any) -> Tensor:
    A, B = f.w[0].split([f.n * f.r, f.r * f.D])
    return A.reshape(f.n, f.r) @ B.reshape(f.r, f.D)


def _kronecker(f: Any) -> Tensor:
    P, Q, S, T = f.factors()
    A = Q[0] if P is None else P[0] @ Q[0]
    B = T[0] if S is None else S[0] @ T[0]
    return torch.kron(A.contiguous(), B.contiguous())


mapped("", lambda f: f.w[0].reshape(f.n, f.D))
mapped("lowrank_", _low_rank)
mapped("random_matrix_adaption_", lambda f: adapted(f.w[0], f.A, f.B))
for family in ("hm_", "lphm_", "dual_lphm_"):
    mapped(family, _kronecker)
