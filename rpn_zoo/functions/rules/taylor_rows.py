"""Rows of a second-order Taylor expansion times a matrix, without the expansion.

The flat expansion k = (x, x (x) x) of length D = m (m + 1) is cut into q rows of length t = D / q.
Read as "row a" (a = -1 .. m-1, with x_{-1} = 1) it holds x_a x_c at the flat place m (a + 1) + c. So
row i of the cut meets row a at the lag i t - m (a + 1), and its product with a vector T is
x_a y[lag], where y[lag] = sum_c x_c T[c - lag] is the correlation of x with T. For q = m there are
just two lags a row, i (with a = i - 1) and i - m (with a = i).
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor


def taylor_rows(x: Tensor, T: Tensor, q: int) -> Tensor:
    """Evaluate U[b, f, i] = sum_v k[b, i t + v] T[f, v] for the Taylor expansion k of order 2.

    Args:
        x: data of shape (b, m).
        T: (f, t) with q t = m + m^2.
        q: number of rows into which the expansion is cut.

    Returns:
        (b, f, q). For q = m it costs b f FFTs of length about 2 m and O(b f m) numbers; otherwise
        FFTs of length m + t, or where t is long one product (b, m) x (m, f (m + q)).

    Example:
        >>> x, T = torch.tensor([[2.0, 3.0]]), torch.tensor([[1.0, 0.0, 0.0]])
        >>> taylor_rows(x, T, q=2)  # k = (2, 3, 4 | 6, 6, 9)
        tensor([[[2., 6.]]])
    """
    m, t = x.shape[-1], T.shape[-1]
    if q == m:
        return _square_rows(x, T)
    segment, row, lag = (torch.from_numpy(a).to(x.device) for a in _meetings(m, q))
    if t <= 8 * m:
        length = _fast_length(m + t - 1)
        y = correlate(x, T, length).index_select(-1, lag % length)
    else:
        y = _correlate_at(x, T, lag)
    scale = torch.nn.functional.pad(x, (1, 0), value=1.0).index_select(-1, row + 1)
    out = y.new_zeros(y.shape[0], y.shape[1], q)
    return out.index_add(-1, segment, y * scale.unsqueeze(1))


def correlate(x: Tensor, T: Tensor, length: int) -> Tensor:
    """Correlation y[b, f, lag mod length] = sum_c x[b, c] T[f, c - lag], by FFT.

    Args:
        x: data of shape (b, m).
        T: (f, t).
        length: transform length, >= m + t - 1.

    Returns:
        (b, f, length).
    """
    # FFTs on the CPU know only float32 and float64.
    dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
    spectrum = torch.fft.rfft(T.to(dtype), n=length).conj()
    y = torch.fft.rfft(x.to(dtype), n=length).unsqueeze(1) * spectrum
    return torch.fft.irfft(y, n=length).to(x.dtype)


def _square_rows(x: Tensor, T: Tensor) -> Tensor:
    """The case q = m: U[i] = x_{i-1} y[i] + x_i y[i - m], with x_{-1} = 1."""
    m = x.shape[-1]
    length = _fast_length(2 * m)
    y = correlate(x, T, length)
    previous = torch.nn.functional.pad(x[:, :-1], (1, 0), value=1.0)
    return previous.unsqueeze(1) * y[..., :m] + x.unsqueeze(1) * y[..., length - m :]


def _correlate_at(x: Tensor, T: Tensor, lag: Tensor) -> Tensor:
    """The correlation at some lags only, (b, f, lags), as one matrix product."""
    m = x.shape[-1]
    windows = torch.nn.functional.pad(T, (m - 1, m - 1)).unfold(-1, m, 1)
    rows = windows.index_select(1, m - 1 - lag)
    return torch.einsum("bc,flc->bfl", x, rows)


@functools.lru_cache(maxsize=64)
def _meetings(m: int, q: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs (segment i, row a) that overlap, with their lag; about m + q of them."""
    t = m * (m + 1) // q
    start = m * np.arange(m + 1)
    first, last = start // t, (start + m - 1) // t
    row = np.repeat(np.arange(m + 1), last - first + 1)
    offset = np.arange(row.size) - np.repeat(np.cumsum(last - first + 1), last - first + 1)
    segment = last[row] + 1 + offset
    return segment, row - 1, segment * t - start[row]


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
