"""Textbook implementations of every component, written out naively in torch.

Each oracle takes the component (for its sizes, options and parameters) and its inputs. They are
what the components are timed against; the tests have oracles of their own, in numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

Oracle: TypeAlias = "Callable[..., Tensor]"
ORACLES: dict[str, Oracle] = {}
LIMITS: dict[str, str] = {
    "bspline_expansion": "NaN for infinite x",
}
"""Where an oracle, being textbook code, gives a wrong or no answer and the component does not."""


def oracle(name: str) -> Callable[[Oracle], Oracle]:
    """Decorator: the oracle of the component registered as ``name``."""

    def decorate(f: Oracle) -> Oracle:
        if name in ORACLES:
            raise ValueError(f"{name} has an oracle already.")
        ORACLES[name] = f
        return f

    return decorate


@oracle("identity_expansion")
def identity_expansion(f: Any, x: Tensor) -> Tensor:
    """The data, as a tensor of its own."""
    return x.clone()


@oracle("taylor_expansion")
def taylor_expansion(f: Any, x: Tensor) -> Tensor:
    """Outer products of the previous power with x, concatenated."""
    powers = [x]
    for _ in range(f.d - 1):
        outer = torch.einsum("ba,bc->bac", powers[-1], x)
        powers.append(outer.reshape(x.shape[0], -1))
    return torch.cat(powers, dim=1)


@oracle("bspline_expansion")
def bspline_expansion(f: Any, x: Tensor) -> Tensor:
    """Cox-de Boor with a row of knots for every feature, in x's own units."""
    lo, hi = f.grid_range
    h = (hi - lo) / f.t
    places = torch.arange(-f.d, f.t + f.d + 1, dtype=x.dtype, device=x.device)
    grid = (places * h + lo).expand(x.shape[1], -1).contiguous()
    x = x.unsqueeze(-1)
    bases = ((x >= grid[:, :-1]) & (x < grid[:, 1:])).to(x.dtype)
    for k in range(1, f.d + 1):
        left = (x - grid[:, : -(k + 1)]) / (grid[:, k:-1] - grid[:, : -(k + 1)])
        right = (grid[:, k + 1 :] - x) / (grid[:, k + 1 :] - grid[:, 1:(-k)])
        bases = left * bases[:, :, :-1] + right * bases[:, :, 1:]
    return bases.reshape(x.shape[0], -1)


def _linear(k: Tensor, W: Tensor) -> Tensor:
    return torch.nn.functional.linear(k, W)


@oracle("identity_reconciliation")
def identity_reconciliation(f: Any, k: Tensor) -> Tensor:
    """One matrix of parameters."""
    return _linear(k, f.w[0].reshape(f.n, f.D))


@oracle("lorr_reconciliation")
def lorr_reconciliation(f: Any, k: Tensor) -> Tensor:
    """W = A B, then the product."""
    A, B = f.w[0].split([f.n * f.r, f.r * f.D])
    return _linear(k, A.reshape(f.n, f.r) @ B.reshape(f.r, f.D))


@oracle("hm_reconciliation")
@oracle("lphm_reconciliation")
@oracle("dual_lphm_reconciliation")
def kronecker_reconciliation(f: Any, k: Tensor) -> Tensor:
    """W = A (x) B with the factors multiplied out, then the product."""
    P, Q, S, T = f.factors()
    A = Q[0] if P is None else P[0] @ Q[0]
    B = T[0] if S is None else S[0] @ T[0]
    return _linear(k, torch.kron(A.contiguous(), B.contiguous()))


@oracle("zero_remainder")
def zero_remainder(f: Any, x: Tensor) -> Tensor:
    """Zeros."""
    return torch.zeros(x.shape[0], f.n, dtype=x.dtype, device=x.device)


@oracle("identity_remainder")
def identity_remainder(f: Any, x: Tensor) -> Tensor:
    """The data, as a tensor of its own."""
    return x.clone()


@oracle("linear_remainder")
def linear_remainder(f: Any, x: Tensor) -> Tensor:
    """One matrix product."""
    return x @ f.w.T


@oracle("mean_fusion")
def mean_fusion(f: Any, xs: list[Tensor]) -> Tensor:
    """The mean of the stacked inputs."""
    return torch.stack(xs).mean(0)


@oracle("summation_fusion")
def summation_fusion(f: Any, xs: list[Tensor]) -> Tensor:
    """The sum of the stacked inputs."""
    return torch.stack(xs).sum(0)


@oracle("concatenation_fusion")
def concatenation_fusion(f: Any, xs: list[Tensor]) -> Tensor:
    """The inputs side by side."""
    return torch.cat(xs, dim=1)


# Registers the oracles written there; last, since they use what stands above.
from benchmarks import (  # noqa: E402
    oracles_interdependence,  # noqa: F401
    oracles_reconciliation,  # noqa: F401
    oracles_structure,  # noqa: F401
)
