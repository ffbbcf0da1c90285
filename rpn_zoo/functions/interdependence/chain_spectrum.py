r"""The sum of all powers of a chain's adjacency matrix, :math:`\sum_{k=1}^{n-1} Adj^k`.

For a chain that goes both ways, with its columns normalised to the sum 1. In the basis of the
eigenvectors of Adj the sum is a product with numbers. Where the largest eigenvalues outgrow all
others, few eigenvectors count and are kept; else the basis is that of a fast transform.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from rpn_zoo.functions.kernels.precision import HALF


class SpectralSum(nn.Module):
    r"""The normalised sum by those eigenvectors that count, about :math:`5.4 \sqrt n` in float32.

    Eigenvectors are left out as long as all of them together change no result by more than a
    quarter of the dtype's rounding. Costs two products with (n, K) numbers, K of the kept ones.

    Args:
        eigenvalues: (n,), float64, those of Adj = left diag(eigenvalues) right^T.
        left: (n, n), float64.
        right: (n, n), float64.

    Example:
        >>> chain = SpectralSum(*sine_basis(3))  # Adj + Adj^2 has the columns 111, 121, 111
        >>> chain(torch.tensor([[12.0], [0.0], [0.0]])).T.round(decimals=3)
        tensor([[4., 3., 4.]])
    """

    left_bits: Tensor
    right_bits: Tensor

    def __init__(self, eigenvalues: Tensor, left: Tensor, right: Tensor) -> None:
        super().__init__()
        right = right * power_sums(eigenvalues)
        right = right * inverse_of_sums(right @ left.sum(0)).unsqueeze(-1)
        # The most that each of them adds to a result from numbers up to 1.
        share, order = (left.abs().sum(0) * right.abs().amax(0)).sort(descending=True)
        rest = share.flip(0).cumsum(0).flip(0)
        self.rank, self.single_rank = (
            int((rest > 0.25 * torch.finfo(dtype).eps).sum())
            for dtype in (torch.float64, torch.float32)
        )
        kept = order[: self.rank]
        # They follow from the options: not saved. Bits of float64 stay exact under any cast.
        for name, value in (("left_bits", left[:, kept].T), ("right_bits", right[:, kept])):
            bits = value.contiguous().view(torch.int64)
            self.register_buffer(name, bits, persistent=False)

    def forward(self, V: Tensor) -> Tensor:
        """The product of the transpose with V (..., n, D)."""
        work = V.float() if V.dtype in HALF else V
        rank = self.rank if work.dtype == torch.float64 else self.single_rank
        left = self.left_bits.view(torch.float64)[:rank].to(work)
        right = self.right_bits.view(torch.float64)[:, :rank].to(work)
        return (right @ (left @ work)).to(V.dtype)


class SineSum(nn.Module):
    """The same for a plain chain of any length n, by two fast sine transforms.

    They are taken in float64: at the ends of the chain small differences of large numbers remain.

    Args:
        n: the length.

    Example:
        >>> SineSum(3)(torch.tensor([[12.0], [0.0], [0.0]])).T.round(decimals=3)
        tensor([[4., 3., 4.]])
    """

    sum_bits: Tensor
    scale_bits: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        sums = power_sums(sine_eigenvalues(n))
        self.register_buffer("sum_bits", sums.view(torch.int64), persistent=False)
        ones = torch.ones(n, dtype=torch.float64)
        scale = inverse_of_sums(sine_transform(sine_transform(ones) * sums))
        self.register_buffer("scale_bits", scale.view(torch.int64), persistent=False)

    def forward(self, V: Tensor) -> Tensor:
        """The product of the transpose with V (..., n, D)."""
        sums, scale = self.sum_bits.view(torch.float64), self.scale_bits.view(torch.float64)
        return (sine_transform(sine_transform(V.mT.double()) * sums) * scale).mT.to(V.dtype)


class CosineSum(nn.Module):
    r"""The same for a chain normalised by its degrees d, by two fast cosine transforms.

    :math:`D^{-1} Adj = C \Lambda D C D / 2(n-1)` with :math:`C_{jk} = \cos(jk\pi/(n-1))` and
    :math:`\lambda_k = \cos(k\pi/(n-1))`. All eigenvalues count, and no sum is larger than n.

    Args:
        n: the length, >= 2.
        mode: ``"row"`` or ``"column"``.

    Example:
        >>> CosineSum(2, "row")(torch.tensor([[3.0], [1.0]])).T
        tensor([[1., 3.]])
    """

    sum_bits: Tensor
    degree_bits: Tensor
    scale_bits: Tensor

    def __init__(self, n: int, mode: str) -> None:
        super().__init__()
        self.rows = mode == "row"
        degrees = torch.full((n,), 2.0, dtype=torch.float64)
        degrees[[0, -1]] = 1.0
        places = torch.arange(n, dtype=torch.float64)
        buffers = {
            "degree_bits": degrees,
            "sum_bits": power_sums(torch.cos(places * math.pi / (n - 1))),
            "scale_bits": torch.ones(n, dtype=torch.float64),
        }
        for name, value in buffers.items():
            self.register_buffer(name, value.view(torch.int64), persistent=False)
        scale = inverse_of_sums(self(torch.ones(n, 1, dtype=torch.float64)).flatten())
        self.scale_bits.copy_(scale.view(torch.int64))

    def forward(self, V: Tensor) -> Tensor:
        """The product of the transpose with V (..., n, D)."""
        Z = V.mT.float() if V.dtype in HALF else V.mT
        degrees, sums, scale = (
            bits.view(torch.float64).to(Z)
            for bits in (self.degree_bits, self.sum_bits, self.scale_bits)
        )
        # By rows another factor d comes last, which the scale of the columns takes out.
        u = cosine_transform(Z / degrees if self.rows else Z)
        return (cosine_transform(u * sums) * scale).mT.to(V.dtype)


def sine_eigenvalues(n: int) -> Tensor:
    """The eigenvalues of a plain chain of n members, falling: float64 (n,)."""
    return 2 * torch.cos(torch.arange(1, n + 1, dtype=torch.float64) * (math.pi / (n + 1)))


def sine_basis(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """Eigenvalues, left and right basis of a plain chain, Adj = left diag(eigenvalues) right^T."""
    places = torch.arange(1, n + 1, dtype=torch.float64)
    S = math.sqrt(2 / (n + 1)) * torch.sin(places.outer(places) * (math.pi / (n + 1)))
    return sine_eigenvalues(n), S, S


def tridiagonal_basis(above: Tensor, below: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Eigenvalues, left and right basis of a matrix with positive entries beside the diagonal.

    Args:
        above: (n - 1,), float64, the entries [i, i + 1].
        below: (n - 1,), float64, the entries [i + 1, i].
    """
    beside = (above * below).sqrt()  # of the symmetric matrix of the same eigenvalues
    eigenvalues, U = torch.linalg.eigh(beside.diag(1) + beside.diag(-1))
    scale = functional.pad((below / above).sqrt().cumprod(0), (1, 0), value=1.0).unsqueeze(-1)
    return eigenvalues, U * scale, U / scale


def power_sums(eigenvalues: Tensor) -> Tensor:
    r""":math:`\sum_{k=1}^{n-1} \lambda^k` for n eigenvalues, over the largest one's power n - 1.

    So divided nothing overflows, however long the chain is.

    Example:
        >>> power_sums(torch.tensor([2.0, 1.0, 0.0]))
        tensor([1.5000, 0.5000, 0.0000])
    """
    largest = float(eigenvalues.abs().max())
    sums, weight = torch.zeros_like(eigenvalues), 1.0
    if largest == 0:
        return sums
    for _ in range(len(eigenvalues) - 1):  # Horner, divided at each step
        sums = eigenvalues / largest * (sums + weight)
        weight /= largest
    return sums


def inverse_of_sums(sums: Tensor) -> Tensor:
    """1 / sums, 1 where a sum is 0."""
    return torch.where(sums == 0, 1.0, sums).reciprocal()


def sine_transform(Z: Tensor) -> Tensor:
    r"""The orthogonal sine transform along the last axis, its own inverse.

    Args:
        Z: (..., n).

    Returns:
        (..., n), :math:`\sqrt{2/(n+1)} \sum_j z_j \sin(jk\pi/(n+1))`. Costs an FFT of length
        2 (n + 1).

    Example:
        >>> z = torch.tensor([1.0, 2.0])
        >>> torch.allclose(sine_transform(sine_transform(z)), z)
        True
    """
    n = Z.shape[-1]
    odd = torch.cat([functional.pad(Z, (1, 1)), -Z.flip(-1)], dim=-1)
    return torch.fft.rfft(odd)[..., 1 : n + 1].imag * (-0.5 * math.sqrt(2 / (n + 1)))


def cosine_transform(Z: Tensor) -> Tensor:
    r"""The cosine transform along the last axis; twice gives 2 (n - 1) times the same.

    Args:
        Z: (..., n), n >= 2.

    Returns:
        (..., n), :math:`\sum_j d_j z_j \cos(jk\pi/(n-1))`, d = 1 at the ends and 2 between them.
        Costs an FFT of length 2 (n - 1).

    Example:
        >>> cosine_transform(cosine_transform(torch.tensor([1.0, 2.0, 4.0])))
        tensor([ 4.,  8., 16.])
    """
    return torch.fft.rfft(torch.cat([Z, Z[..., 1:-1].flip(-1)], dim=-1)).real
