"""Rows of the Kronecker powers of x times a matrix, without the powers.

The flat powers k = (x, x (x) x, ...) of order d, D long, are cut into q rows of length t = D / q.
Read as rows of length m, row a holds s_a x_c at the flat place m a + c, with the scales
s = (1, x, ..., x^(d-1)) of length R = D / m. So row i of the cut meets row a at the lag i t - m a,
and its product with a vector T is s_a y[lag], where y[lag] = sum_c x_c T[c - lag] is the
correlation of x with T. For d = 2 and q = m there are just two lags a row, i (with the scale
x_{i-1}, x_{-1} = 1) and i - m (with the scale x_i).
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.expansion.kron_powers import kron_powers

Indices: TypeAlias = NDArray[np.int64]

PRODUCTS_PER_FFT = 5
"""So many products take as long as a step L log L of an FFT of length L (measured)."""
CHUNK_NUMBERS = 2**19
"""Size of a work array up to which a batch is not cut (b = 256, 784 inputs: 23 -> 14 ms)."""


def taylor_rows(x: Tensor, T: Tensor, q: int, d: int = 2) -> Tensor:
    """Evaluate U[b, f, i] = sum_v k[b, i t + v] T[f, v] for the Kronecker powers k of order d.

    Args:
        x: data of shape (b, m).
        T: (f, t) with q t = D = m + ... + m^d.
        q: number of rows into which the powers are cut.
        d: order, >= 1.

    Returns:
        (b, f, q). For d = 2 and q = m it costs b f FFTs of length about 2 m and O(b f m) numbers;
        otherwise FFTs of length m + t, or where that is cheaper one product (b, m) x (m, f u) for
        the u <= R + q different lags, and b f (R + q) products, R = D / m.

    Example:
        >>> x, T = torch.tensor([[2.0, 3.0]]), torch.tensor([[1.0, 0.0, 0.0]])
        >>> taylor_rows(x, T, q=2)  # k = (2, 3, 4 | 6, 6, 9)
        tensor([[[2., 6.]]])
    """
    m = x.shape[-1]
    if x.shape[0] == 0:  # FFT libraries refuse an empty batch
        return x.new_zeros(0, T.shape[0], q)
    if d == 2 and q == m:
        return _square_rows(x, T)
    # operator.index makes a compiler take the sizes as they are: the plan depends on them.
    length, few, *indices = _plan(operator.index(m), operator.index(q), operator.index(d))
    segment, row, place, lag = (index.to(x.device) for index in indices)
    if few:
        y = _correlate_at(x, T, lag).index_select(-1, place)
    else:
        y = correlate(x, T, length).index_select(-1, (lag % length).index_select(0, place))
    scales = functional.pad(kron_powers(x, d - 1), (1, 0), value=1.0) if d > 1 else x.new_ones(1, 1)
    scale = scales.index_select(-1, row)
    out = y.new_zeros(y.shape[0], y.shape[1], q)
    return out.index_add(-1, segment, y * scale.unsqueeze(1))


def _square_rows(x: Tensor, T: Tensor) -> Tensor:
    """:class:`SquareRows` in chunks of the batch whose work arrays stay in the cache."""
    chunk = max(1, CHUNK_NUMBERS // (2 * x.shape[-1] * T.shape[0]))
    if torch.compiler.is_compiling() or x.device.type != "cpu":
        return SquareRows.apply(x, T)[0]
    # glibc gives freed memory back to the system, and every step pays for it again in page faults,
    # unless a larger block was freed before (mallopt(3), M_MMAP_THRESHOLD). This one is never
    # touched, so it costs nothing; a training step gets a fifth faster.
    x.new_empty(3 * min(x.shape[0], chunk) * T.shape[0] * 2 * x.shape[-1])
    if x.shape[0] <= chunk:
        return SquareRows.apply(x, T)[0]
    return torch.cat([SquareRows.apply(rows, T)[0] for rows in x.split(chunk)])


def correlate(x: Tensor, T: Tensor, length: int) -> Tensor:
    """Correlation y[b, f, lag mod length] = sum_c x[b, c] T[f, c - lag], by FFT.

    Args:
        x: data of shape (b, m).
        T: (f, t).
        length: transform length, >= m + t - 1.

    Returns:
        (b, f, length).
    """
    return _transforms(x, T, length)[2].to(x.dtype)


class SquareRows(torch.autograd.Function):
    """The case q = m: U[i] = x_{i-1} y[i] + x_i y[i - m] with x_{-1} = 1, one FFT a row each way.

    The gradients are written out, which spares half of the FFTs of the ordinary backward pass.
    With g the gradient of U, the correlation receives gy = (x_{i-1} g, 0, x_i g); in the Fourier
    domain T receives sum_b conj(gy^) x^ and x receives sum_f gy^ T^, besides the products outside.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, T: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return U (b, f, m), then what the backward pass needs: x^, conj(T^) and y."""
        x_hat, T_conj, y = _transforms(x, T)
        m, length = x.shape[-1], y.shape[-1]
        U = _previous(x).unsqueeze(1) * y[..., :m]
        U.addcmul_(x.unsqueeze(1).to(y.dtype), y[..., length - m :])
        return U.to(x.dtype), x_hat, T_conj, y

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep inputs and transforms for the backward pass; y only if x wants a gradient."""
        _, x_hat, T_conj, y = output
        ctx.mark_non_differentiable(x_hat, T_conj, y)
        ctx.length = y.shape[-1]
        kept = (y,) if ctx.needs_input_grad[0] else ()
        ctx.save_for_backward(*inputs, x_hat, T_conj, *kept)

    @staticmethod
    def backward(ctx: Any, g: Tensor, *_: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Gradients of x and T; again differentiable."""
        x, T, x_hat, T_conj, *kept = ctx.saved_tensors
        needs_x, needs_T = ctx.needs_input_grad
        m, length = x.shape[-1], ctx.length
        gx = gT = None
        if torch.is_grad_enabled():  # a graph of the gradients is wanted: tie it to the inputs
            x_hat, T_conj, *kept = _transforms(x, T)
        g_hat = torch.fft.rfft(_correlation_gradient(x, g.to(x_hat.real.dtype), length))
        if needs_x:
            spectrum = g_hat * T_conj.conj().resolve_conj()
            gx = torch.fft.irfft(spectrum.sum(1), n=length)[..., :m]
            gx = gx + (kept[0][..., length - m :] * g).sum(1)
            shifted = (kept[0][..., 1:m] * g[..., 1:]).sum(1)
            gx = (gx + functional.pad(shifted, (0, 1))).to(x.dtype)
        if needs_T:  # conjugates of the small factors only: a conjugate is a copy
            spectrum = g_hat * x_hat.conj().resolve_conj().unsqueeze(1)
            gT = torch.fft.irfft(spectrum.sum(0).conj(), n=length)[..., : T.shape[-1]].to(T.dtype)
        return gx, gT


def _correlation_gradient(x: Tensor, g: Tensor, length: int) -> Tensor:
    """The gradient (x_{i-1} g, 0, x_i g) of the correlation y, (b, f, length)."""
    m = x.shape[-1]
    first, last = _previous(x).unsqueeze(1), x.unsqueeze(1)
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        gap = g.new_zeros(*g.shape[:-1], length - 2 * m)
        return torch.cat([first * g, gap, last * g], dim=-1)
    gy = g.new_empty(*g.shape[:-1], length)  # written in place: fresh memory costs page faults
    torch.mul(first, g, out=gy[..., :m])
    gy[..., m : length - m] = 0
    torch.mul(last, g, out=gy[..., length - m :])
    return gy


def _transforms(x: Tensor, T: Tensor, length: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """The spectrum of x, the conjugate one of T, and their correlation y (b, f, length)."""
    # FFTs on the CPU know only float32 and float64.
    dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
    length = _fast_length(2 * x.shape[-1]) if length is None else length
    x_hat = torch.fft.rfft(x.to(dtype), n=length)
    T_conj = torch.fft.rfft(T.to(dtype), n=length).conj().resolve_conj()
    return x_hat, T_conj, torch.fft.irfft(x_hat.unsqueeze(1) * T_conj, n=length)


def _previous(x: Tensor) -> Tensor:
    """The row (x_{-1}, x_0, ..., x_{m-2}) with x_{-1} = 1."""
    return functional.pad(x[..., :-1], (1, 0), value=1.0)


def _correlate_at(x: Tensor, T: Tensor, lag: Tensor) -> Tensor:
    """The correlation at some lags only, (b, f, lags), as one matrix product."""
    m = x.shape[-1]
    # Not by unfold: its gradient is an array of all lags.
    places = (m - 1 - lag).unsqueeze(-1) + torch.arange(m, device=x.device)
    windows = functional.pad(T, (m - 1, m - 1)).index_select(-1, places.flatten())
    return functional.linear(x, windows.view(-1, m)).view(x.shape[0], T.shape[0], lag.shape[0])


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]
def _plan(m: int, q: int, d: int) -> tuple[int, bool, Tensor, Tensor, Tensor, Tensor]:
    """FFT length, whether the lags are few enough to go without FFTs, and :func:`_meetings`.

    Constants of a graph: traced, the sizes of these arrays would be unknown numbers.
    """
    segment, row, place, lag = _meetings(m, q, d)
    length = _fast_length(m + sum(m**p for p in range(1, d + 1)) // q - 1)
    few = m * len(lag) <= PRODUCTS_PER_FFT * length * math.log2(length)
    tensor = torch.from_numpy
    return length, few, tensor(segment), tensor(row), tensor(place), tensor(lag)


@functools.lru_cache(maxsize=64)
def _meetings(m: int, q: int, d: int) -> tuple[Indices, Indices, Indices, Indices]:
    """All pairs (segment i, row a) that overlap, about R + q of them, and their lags.

    Returns:
        segment, row and place of the lag of every pair; the different lags.
    """
    R = sum(m**p for p in range(d))
    t = m * R // q
    start = m * np.arange(R)
    first, last = start // t, (start + m - 1) // t
    row = np.repeat(np.arange(R), last - first + 1)
    offset = np.arange(row.size) - np.repeat(np.cumsum(last - first + 1), last - first + 1)
    segment = last[row] + 1 + offset
    lag, place = np.unique(segment * t - start[row], return_inverse=True)
    return segment, row, place, lag


@functools.lru_cache(maxsize=64)
def _fast_length(minimum: int) -> int:
    """The smallest length >= minimum without prime factors above 7: FFTs are fast there."""
    length = minimum
    while True:
        rest = length
        for prime in (2, 3, 5, 7):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1
