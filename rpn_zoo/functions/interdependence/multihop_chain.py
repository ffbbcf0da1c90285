"""Chain interdependence over several hops: powers of the adjacency matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.interdependence.band import Band
from rpn_zoo.functions.interdependence.chain import SOURCE, ChainPowers
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

FEWEST_HOPS, MOST_HOPS = 3, 64
"""The numbers of hops for which blocks along the diagonal are faster than shifts, and small."""
LARGEST = math.log(1e4)
"""Logarithm of what a sum of powers may grow to: half precision ends at 65504."""


@register
class MultihopChainInterdependence(ChainPowers):
    r"""A power of a chain's adjacency matrix, :math:`Adj^h`, or :math:`\sum_{k=1}^h Adj^k`.

    The sum over a chain that goes both ways is normalised by its column sums. Costs h shifts; from
    3 to 64 hops A is kept as blocks along its diagonal, and costs one batch of small products.

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
    scale_bits: Tensor

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
        self.normalizes = accumulative and self.bi_directional
        self.shrinks = self._shrinks()
        if self.normalizes:
            sums = self._powers(torch.ones(1, self.length, dtype=torch.float64))
            scale = torch.where(sums == 0, 1, sums).reciprocal()
            self.register_buffer("scale_bits", scale.view(torch.int64), persistent=False)
        self.band: Band | None = None
        if FEWEST_HOPS <= h <= MOST_HOPS:
            self.band = Band(self._shifted, self.length, h, h if self.bi_directional else 0)

    def _shrinks(self) -> float:
        """What a hop is multiplied by, so that no power overflows whose scale is taken out."""
        bits = torch.stack([self.forward_bits, self.diagonal_bits, self.backward_bits])
        growth = float(bits.view(torch.float64).abs().sum(0).max())
        tame = growth <= 1 or self.h * math.log(growth) < LARGEST
        return 1.0 if tame or not self.normalizes else 1 / growth

    def _powers(self, Z: Tensor) -> Tensor:
        """Z (Adj + ... + Adj^h), times a power of the shrinking factor."""
        total, weight = torch.zeros_like(Z), 1.0
        for _ in range(self.h):  # Z (A + A^2) = (Z + Z A) A, and so on
            total = self.step(torch.add(total, Z, alpha=weight))
            if self.shrinks != 1:
                total, weight = total * self.shrinks, weight * self.shrinks
        return total

    def _shifted(self, Z: Tensor) -> Tensor:
        """Z A by h shifts."""
        if self.accumulative:
            total = self._powers(Z)
            return total * self._band(self.scale_bits, Z) if self.normalizes else total
        for _ in range(self.h):
            Z = self.step(Z)
        return Z

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by shifts, or by the blocks along the diagonal."""
        return self._shifted(Z) if self.band is None else self.band(Z.mT).mT
