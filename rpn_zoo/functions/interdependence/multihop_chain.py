"""Chain interdependence over several hops: powers, the inverse, the exponential."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.interdependence.chain import SOURCE, ChainPowers
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

HALVES = (torch.float16, torch.bfloat16)


@register
class MultihopChainInterdependence(ChainPowers):
    r"""A power of a chain's adjacency matrix, :math:`Adj^h`, or :math:`\sum_{k=1}^h Adj^k`.

    The sum over a chain that goes both ways is normalised by its column sums. Costs h shifts.

    Args:
        m: number of attributes; in attribute mode the length of the chain.
        chain_length: number of members.
        h: number of hops, >= 0; 0 is the identity, and accumulated the zero matrix (an empty sum).
        accumulative: whether the powers 1 .. h are added up.
        bi_directional: whether members take from both neighbours.
        self_dependence: whether ``self_scaling`` is added to the diagonal.
        self_scaling: what is added.
        normalization: whether Adj is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        chain: instead of length and direction: ``{length, bi_directional}``.
        b: number of instances; in instance mode the length of the chain.
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: for h < 0, or as :class:`ChainInterdependence`.

    Example:
        >>> f = MultihopChainInterdependence(m=1, chain_length=3, h=2, self_dependence=False)
        >>> f(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[0., 0., 1.]])
    """

    formula = "A = Adj^h, or Adj + ... + Adj^h if accumulative (then by column sums if both ways)"
    source = SOURCE

    def __init__(
        self,
        m: int,
        chain_length: int | None = None,
        h: int = 1,
        accumulative: bool = False,
        bi_directional: bool = False,
        self_dependence: bool = True,
        self_scaling: float = 1.0,
        normalization: bool = False,
        normalization_mode: str = "row",
        chain: Mapping[str, Any] | None = None,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_positive_int("h", h, minimum=0)
        super().__init__(
            m, chain_length, bi_directional, self_dependence, self_scaling, normalization,
            normalization_mode, chain, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip
        self.h, self.accumulative = h, accumulative
        if accumulative and self.bi_directional:
            self.keep_column_scale()

    def unscaled(self, Z: Tensor) -> Tensor:
        """Z (Adj + ... + Adj^h)."""
        total = torch.zeros_like(Z)
        for _ in range(self.h):  # Z (A + A^2) = (Z + Z A) A, and so on
            total = self.step(Z + total)
        return total

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by h shifts."""
        if self.accumulative:
            return self.scaled(Z) if self.bi_directional else self.unscaled(Z)
        for _ in range(self.h):
            Z = self.step(Z)
        return Z


class LooplessChain(ChainPowers):
    """The chain functions that never have self dependence; a warning says so where it is asked."""

    def __init__(
        self,
        m: int,
        chain_length: int | None = None,
        bi_directional: bool = False,
        self_dependence: bool = False,
        self_scaling: float = 1.0,
        normalization: bool = False,
        normalization_mode: str = "row",
        chain: Mapping[str, Any] | None = None,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        if self_dependence:
            message = f"{self.key()}: self_dependence has no effect, the chain has no self links."
            warnings.warn(message, stacklevel=2)
        super().__init__(
            m, chain_length, bi_directional, False, self_scaling, normalization,
            normalization_mode, chain, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip


@register
class InverseApproxMultihopChainInterdependence(LooplessChain):
    r"""All hops of a chain at once, :math:`A = (I - Adj)^{-1}`: a cumulative sum.

    For a chain that goes both ways A is :math:`\sum_{k=1}^{n-1} Adj^k`, normalised by its column
    sums: applied in the sine basis, in which Adj is diagonal with :math:`2 \cos(k\pi/(n+1))`, by
    two fast sine transforms; a normalised Adj takes n - 1 shifts.

    Args:
        m: number of attributes; in attribute mode the length of the chain.
        chain_length: number of members.
        bi_directional: whether members take from both neighbours.
        self_dependence: has no effect here (a warning says so).
        self_scaling: has no effect here.
        normalization: whether Adj is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        chain: instead of length and direction: ``{length, bi_directional}``.
        b: number of instances; in instance mode the length of the chain.
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: as :class:`ChainInterdependence`.

    Example:
        >>> f = InverseApproxMultihopChainInterdependence(m=1, chain_length=3)
        >>> f(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[1., 3., 6.]])
    """

    formula = "A = (I - Adj)^-1; both ways: Adj + ... + Adj^(n-1), normalised by column sums"
    source = SOURCE
    sum_bits: Tensor

    def __init__(
        self,
        m: int,
        chain_length: int | None = None,
        bi_directional: bool = False,
        self_dependence: bool = False,
        self_scaling: float = 1.0,
        normalization: bool = False,
        normalization_mode: str = "row",
        chain: Mapping[str, Any] | None = None,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, chain_length, bi_directional, self_dependence, self_scaling, normalization,
            normalization_mode, chain, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip
        if self.bi_directional:
            sums = power_sums(self.length).view(torch.int64)
            self.register_buffer("sum_bits", sums, persistent=False)
            self.keep_column_scale()

    def unscaled(self, Z: Tensor) -> Tensor:
        """Z times a multiple of Adj + ... + Adj^(n-1)."""
        if self.weighted:  # its entries are at most 1: the sum does not overflow
            total = torch.zeros_like(Z)
            for _ in range(self.length - 1):
                total = self.step(Z + total)
            return total
        # Divided by the largest eigenvalue's sum, which the column sums take out again.
        return sine_transform(sine_transform(Z) * self._band(self.sum_bits, Z))

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by a cumulative sum, or in the sine basis."""
        if not self.bi_directional:
            # Degrees are 1, and 0 at an end: normalised or not, the links have the value 1.
            return Z.cumsum(-1)
        work = Z.float() if Z.dtype in HALVES else Z  # no FFT in half precision
        return self.scaled(work).to(Z.dtype)


@register
class ExponentialApproxMultihopChainInterdependence(LooplessChain):
    r"""All hops of a chain, the k-th weighted by :math:`1/k!`: :math:`A = \exp(Adj)`.

    The power series is summed to the rounding of the dtype: 20 shifts in float64 where the sums of
    Adj are 1, 34 for the plain chain that goes both ways. All terms are positive: nothing cancels.

    Args:
        m: number of attributes; in attribute mode the length of the chain.
        chain_length: number of members.
        bi_directional: whether members take from both neighbours.
        self_dependence: has no effect here (a warning says so).
        self_scaling: has no effect here.
        normalization: whether Adj is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        chain: instead of length and direction: ``{length, bi_directional}``.
        b: number of instances; in instance mode the length of the chain.
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: as :class:`ChainInterdependence`.

    Example:
        >>> f = ExponentialApproxMultihopChainInterdependence(m=1, chain_length=3)
        >>> f(torch.tensor([[2.0], [0.0], [0.0]])).T
        tensor([[2., 2., 1.]])
    """

    formula = "A = exp(Adj) = I + Adj + Adj^2 / 2! + ..."
    source = SOURCE

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by the power series, from its last term inwards."""
        norm = 2.0 if self.bi_directional and not self.weighted else 1.5
        u = Z
        for k in range(series_length(norm, torch.finfo(Z.dtype).eps), 0, -1):
            u = torch.add(Z, self.step(u), alpha=1 / k)
        return u


def series_length(norm: float, accuracy: float) -> int:
    """How many terms of exp(norm) leave a rest below ``accuracy``.

    Example:
        >>> series_length(1.0, 1e-3)
        7
    """
    k, term = 1, norm
    while term > accuracy * 0.5:
        k += 1
        term *= norm / k
    return k


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


def power_sums(n: int) -> Tensor:
    r""":math:`\sum_{k=1}^{n-1} \lambda^k` for the eigenvalues of a chain, over the largest one's.

    Returns:
        float64 (n,); divided so that nothing overflows however long the chain is.
    """
    places = torch.arange(1, n + 1, dtype=torch.float64)
    eigenvalues = 2 * torch.cos(places * math.pi / (n + 1))
    largest = float(eigenvalues[0])
    sums, scale = torch.zeros_like(eigenvalues), 0.0
    for _ in range(n - 1):  # Horner, divided by lambda_1 at each step
        sums = eigenvalues / largest * (sums + largest**-scale)
        scale += 1
    return sums
