"""The common part of the Kronecker reconciliations (hm, lphm, dual_lphm): W = A (x) B."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_divides, check_positive_int
from rpn_zoo.functions.reconciliation.base import Reconciliation

LAYOUTS = ("kronecker", "flat")
Shapes: TypeAlias = "Sequence[tuple[int, int] | None]"


def balanced_divisor(n: int) -> int:
    """The largest divisor of n that is at most sqrt(n): the automatic choice of p and q.

    Example:
        >>> balanced_divisor(784), balanced_divisor(615440), balanced_divisor(13)
        (28, 784, 1)
    """
    return max(i for i in range(1, math.isqrt(n) + 1) if n % i == 0)


class Factors(NamedTuple):
    """The factors of one reconciliation: A = P Q (or Q alone), B = S T (or T alone).

    Attributes:
        P: (channels, p, alpha), or None where A = Q.
        Q: (channels, alpha, q).
        S: (channels, s, beta), or None where B = T.
        T: (channels, beta, t).
    """

    P: Tensor | None
    Q: Tensor
    S: Tensor | None
    T: Tensor


class KroneckerReconciliation(Reconciliation):
    r"""W = A (x) B with A (p, q), B (s, t), n = p s, D = q t; either factor may have low rank.

    ``layout="kronecker"``: W[i, j] = A[i // s, j // t] B[i % s, j % t].
    ``layout="flat"``: vec(A) vec(B)^T reshaped to (n, D), as tinybig computes it:
    W[P s + i', q' t + v] = A[P, k // s] B[k % s, v] with k = i' q + q'.

    A product <k, W> is evaluated in two steps and never needs W: the rows
    U[c, f, q'] = sum_v k[q' t + v] T[c, f, v], then :meth:`combine` with the other factors.

    Args:
        n: number of rows of W (outputs).
        D: number of columns of W (expanded features).
        p: number of rows of A, a divisor of n; None: the largest divisor up to sqrt(n).
        q: number of columns of A, a divisor of D; None: the largest divisor up to sqrt(D).
        layout: ``"kronecker"`` or ``"flat"``.
        channels: number of independent weight matrices.
        r: rank of the low-rank factors, where there are any.
    """

    _entry: Tensor
    _index: Tensor

    def __init__(
        self,
        n: int,
        D: int,
        p: int | None,
        q: int | None,
        layout: str,
        channels: int,
        r: int = 1,
    ) -> None:
        check_positive_int("n", n)
        check_positive_int("D", D)
        p = balanced_divisor(n) if p is None else check_divides("p", p, "n", n)
        q = balanced_divisor(D) if q is None else check_divides("q", q, "D", D)
        shapes = self._factor_shapes(p, q, n // p, D // q, check_positive_int("r", r))
        lengths = [a * b for a, b in filter(None, shapes)]
        super().__init__(n, D, sum(lengths), channels)
        self.p, self.q, self.s, self.t, self.r = p, q, n // p, D // q, r
        self.shapes, self._lengths = shapes, lengths
        self.layout = check_choice("layout", layout, LAYOUTS)
        if layout == "flat":
            k = torch.arange(self.s * self.q).view(self.s, self.q)
            self.register_buffer("_entry", k // self.s, persistent=False)
            self.register_buffer("_index", k % self.s, persistent=False)

    @staticmethod
    def _factor_shapes(p: int, q: int, s: int, t: int, r: int) -> Shapes:
        """The shapes of P, Q, S, T in their order in w (None where a factor is absent)."""
        raise NotImplementedError("a Kronecker reconciliation must implement _factor_shapes().")

    def factors(self) -> Factors:
        """The factors P, Q, S, T as views of w."""
        return self.split(self.w)

    def split(self, w: Tensor) -> Factors:
        """The factors P, Q, S, T as views of given parameters w (channels, l)."""
        parts = iter(w.split(self._lengths, dim=-1))
        channels = w.shape[0]
        views = [
            None if shape is None else next(parts).view(channels, *shape) for shape in self.shapes
        ]
        return Factors(*views)  # type: ignore[arg-type]

    @property
    def inner_rows(self) -> int:
        """beta, the number of rows of T."""
        shape = self.shapes[-1]
        assert shape is not None
        return shape[0]

    def flat_places(self) -> tuple[Tensor, Tensor]:
        """For the flat layout, k // s and k % s with k = i' q + q', both (s, q)."""
        return self._entry, self._index

    def weight(self) -> Tensor:
        """The fabricated matrices, (channels, n, D)."""
        P, Q, S, T = self.factors()
        A = Q if P is None else P @ Q
        B = T if S is None else S @ T
        if self.layout == "kronecker":
            W = A[:, :, None, :, None] * B[:, None, :, None, :]
        else:
            W = A.flatten(1)[:, :, None] * B.flatten(1)[:, None, :]
        return W.reshape(self.channels, self.n, self.D)

    def combine(self, U: Tensor, factors: Factors) -> Tensor:
        """The second step of <k, W>: contract the rows U with the factors other than T.

        Args:
            U: (b, channels, beta, q), U[., c, f, q'] = sum_v k[q' t + v] T[c, f, v].
            factors: what :meth:`factors` gives.

        Returns:
            (b, channels, n). Costs b q alpha beta in the Kronecker layout, b q (s beta + n) in
            the flat one.
        """
        P, Q, S, _ = factors
        if self.layout == "kronecker":
            return KroneckerCombine.apply(U, P, Q, S)[0]
        A = Q if P is None else P @ Q
        V = U if S is None else torch.einsum("bcfq,csf->bcsq", U, S)
        V = V.gather(2, self._index.expand(*V.shape[:2], -1, -1))
        return torch.einsum("bcsq,cpsq->bcps", V, A[:, :, self._entry]).flatten(2)

    def row_sums(self) -> Tensor:
        """The sums of the rows of W, (channels, n): <1, W>, without building W."""
        P, Q, S, T = factors = self.factors()
        if self.layout == "kronecker":  # (A 1) (x) (B 1)
            a, b = Q.sum(-1, keepdim=True), T.sum(-1, keepdim=True)
            a = a if P is None else P @ a
            b = b if S is None else S @ b
            return (a @ b.mT).flatten(1)
        ones_rows = T.sum(-1)[None, :, :, None].expand(1, -1, -1, self.q)
        return self.combine(ones_rows, factors).squeeze(0)


class KroneckerCombine(torch.autograd.Function):
    """z = (P Q) U^T S^T per sample and channel, with its gradients written out.

    Channels come first and rows are merged, so that each step is one plain matrix product.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(U: Tensor, P: Tensor | None, Q: Tensor, S: Tensor | None) -> tuple[Tensor, Tensor]:
        """From U (b, c, f, q) to z (b, c, n), and the inner product U Q^T (c, b f, a)."""
        b, c, f, q = U.shape
        inner = U.transpose(0, 1).reshape(c, b * f, q) @ Q.mT
        V = _outer_rows(inner, P, b, f)
        z = V if S is None else V @ S.mT
        p = (Q if P is None else P).shape[1]
        return z.reshape(c, b, p * z.shape[-1]).transpose(0, 1), inner

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the inputs and the inner product."""
        ctx.mark_non_differentiable(output[1])
        ctx.save_for_backward(*inputs, output[1])

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of U and the factors; made of ordinary operations, so differentiable again."""
        *inputs, inner = ctx.saved_tensors
        # Under autocast the products are in half precision, and so are those of the gradients.
        U, P, Q, S = (None if x is None else x.to(inner.dtype) for x in inputs)
        assert U is not None
        assert Q is not None
        b, c, f, q = U.shape
        rows = U.transpose(0, 1).reshape(c, b * f, q)
        if torch.is_grad_enabled():  # tie it to the inputs
            inner = rows @ Q.mT
        V, g = _outer_rows(inner, P, b, f), g.to(inner.dtype)
        p = (Q if P is None else P).shape[1]
        g = g.transpose(0, 1).reshape(c, b * p, g.shape[-1] // p)
        g_P = g_S = None
        if S is not None:
            g_S, g = g.mT @ V, g @ S
        g = g.reshape(c, b, p, f).mT.reshape(c, b * f, p)
        if P is not None:
            g_P, g = g.mT @ inner, g @ P
        g_Q = g.mT @ rows
        g_U = (g @ Q).reshape(c, b, f, q).transpose(0, 1)
        gradients = zip((g_U, g_P, g_Q, g_S), inputs, strict=True)
        return tuple(None if d is None else d.to(x.dtype) for d, x in gradients)


def _outer_rows(inner: Tensor, P: Tensor | None, b: int, f: int) -> Tensor:
    """U Q^T P^T with the rows of the Kronecker product's first factor merged: (c, b p, f)."""
    V = inner if P is None else inner @ P.mT
    c, p = V.shape[0], V.shape[-1]
    return V.reshape(c, b, f, p).mT.reshape(c, b * p, f)
