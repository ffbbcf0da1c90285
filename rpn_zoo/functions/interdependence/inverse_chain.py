"""Chain interdependence over all hops alike: the inverse, or the sum of all powers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.interdependence.chain import SOURCE, LooplessChain
from rpn_zoo.functions.interdependence.chain_spectrum import (
    CosineSum,
    SineSum,
    SpectralSum,
    sine_basis,
    tridiagonal_basis,
)
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

LONGEST = 1024
"""The longest chain for which the eigenvectors that count are kept; others take a transform."""


@register
class InverseApproxMultihopChainInterdependence(LooplessChain):
    r"""All hops of a chain at once, :math:`A = (I - Adj)^{-1}`: a cumulative sum.

    For a chain that goes both ways A is :math:`\sum_{k=1}^{n-1} Adj^k`, normalised by its column
    sums: applied in the basis of the eigenvectors (``chain_spectrum.py`` tells the cost).

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
        self.spectral: SpectralSum | CosineSum | SineSum | None = None
        if self.bi_directional:
            self.spectral = self._sum_of_powers()

    def _sum_of_powers(self) -> SpectralSum | CosineSum | SineSum:
        n, by_both = self.length, self.normalization_mode == "row_column"
        if not self.weighted:
            return SineSum(n) if n > LONGEST else SpectralSum(*sine_basis(n))
        if n > 1 and not by_both:
            return CosineSum(n, self.normalization_mode)
        above = self.forward_bits.view(torch.float64)[1:]
        below = self.backward_bits.view(torch.float64)[:-1]
        return SpectralSum(*tridiagonal_basis(above, below))

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by a cumulative sum, or in the basis of the eigenvectors."""
        if self.spectral is None:
            # Degrees are 1, and 0 at an end: normalised or not, the links have the value 1.
            return Z.cumsum(-1)
        return self.spectral(Z.mT).mT
