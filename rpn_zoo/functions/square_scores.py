"""Keys and queries of a bilinear form with a Kronecker product, as one node of autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.reconciliation import KroneckerReconciliation


def has_square_halves(reconciliation: KroneckerReconciliation) -> bool:
    """Whether :class:`SquareScores` serves: Kronecker layout, p = q, and ranks that are low."""
    p, s, r = reconciliation.p, reconciliation.s, reconciliation.r
    first, _, third, _ = reconciliation.shapes
    low = third is not None and r < s and (first is None or r < p)
    return reconciliation.layout == "kronecker" and p == reconciliation.q and low


class SquareScores(torch.autograd.Function):
    r"""K and Q with K Q^T = Y W Y^T for W = F (x) (S T), F (p, p), as one node.

    S^T and T are both multiplied with the rows (s) of Y at once. The operations are so small that
    autograd's bookkeeping would cost as much again.
    """

    # With a separate setup_context, torch would inspect the signature at every call.
    @staticmethod
    def forward(
        ctx: Any, Y: Tensor, w: Tensor, psi: KroneckerReconciliation
    ) -> tuple[Tensor, Tensor]:
        """From Y (..., o, d) to K and Q (..., o, k)."""
        ctx.psi = psi
        L, L_prime, thin = _square_factors(w, psi)
        R = thin @ Y.reshape(-1, psi.s).mT
        ctx.save_for_backward(Y, w, R)
        keys, queries = _by_object(R, psi.p)
        K = keys if L is None else keys @ L
        Q = queries @ L_prime.mT
        shape = (*Y.shape[:-1], K.shape[-2] * K.shape[-1])
        return K.reshape(shape), Q.reshape(shape)

    @staticmethod
    def backward(ctx: Any, g_K: Tensor, g_Q: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of Y and w; made of ordinary operations, so differentiable again."""
        Y, w, R = ctx.saved_tensors
        psi: KroneckerReconciliation = ctx.psi
        L, L_prime, thin = _square_factors(w, psi)
        rows = Y.reshape(-1, psi.s)
        if torch.is_grad_enabled():  # tie them to the inputs
            R = thin @ rows.mT
        keys, queries = _by_object(R.to(Y.dtype), psi.p)
        beta, inner = R.shape[0] // 2, psi.p if L is None else L.shape[-1]
        g_K = g_K.to(Y.dtype).reshape(-1, beta, inner)
        g_Q = g_Q.to(Y.dtype).reshape(-1, beta, inner)
        first: list[Tensor] = []
        if L is not None:
            first.append(keys.reshape(-1, psi.p).mT @ g_K.reshape(-1, inner))
            g_K = g_K @ L.mT
        first.append(g_Q.reshape(-1, inner).mT @ queries.reshape(-1, psi.p))
        g_Q = g_Q @ L_prime
        g_R = torch.stack([g_K, g_Q]).transpose(1, 2).reshape(2 * beta, -1)
        g_thin = g_R @ rows
        g_Y = (g_R.mT @ thin).reshape(Y.shape) if ctx.needs_input_grad[0] else None
        parts = [*first, g_thin[:beta].mT, g_thin[beta:]]
        return g_Y, torch.cat([part.reshape(1, -1) for part in parts], dim=1).to(w.dtype), None


def _square_factors(
    w: Tensor, psi: KroneckerReconciliation
) -> tuple[Tensor | None, Tensor, Tensor]:
    """The halves of F, and S^T above T, (2 beta, s)."""
    P, Q, S, T = psi.split(w)
    assert S is not None
    return None if P is None else P[0], Q[0], torch.cat([S[0].mT, T[0]])


def _by_object(R: Tensor, p: int) -> tuple[Tensor, Tensor]:
    """R (2 beta, o p) as the two halves (o, beta, p)."""
    keys, queries = R.reshape(2, R.shape[0] // 2, -1, p).transpose(1, 2).unbind(0)
    return keys, queries
