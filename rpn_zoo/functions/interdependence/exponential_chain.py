"""Chain interdependence over all hops, the far ones less: the exponential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.interdependence.band import Band
from rpn_zoo.functions.interdependence.chain import SOURCE, LooplessChain
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

REACH = 20
"""Beyond this distance entries are below 3 / 21! = 6e-20."""
TERMS = 40
"""Terms of the power series; the entries of Adj^k are at most 2^k, and 2^41 / 41! = 7e-38."""


@register
class ExponentialApproxMultihopChainInterdependence(LooplessChain):
    r"""All hops of a chain, the k-th weighted by :math:`1/k!`: :math:`A = \exp(Adj)`.

    The entries at distance d from the diagonal are below 3 / d!, so that they vanish beyond 20
    places to the rounding of float64. The others, from the power series (all terms are positive:
    nothing cancels), are kept as blocks along the diagonal. Costs 52 products for each number of Z,
    72 if the chain goes both ways.

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
        self.band = Band(self._series, self.length, REACH, REACH if self.bi_directional else 0)

    def _series(self, Z: Tensor) -> Tensor:
        """Z A by the power series, from its last term inwards."""
        u = Z
        for k in range(TERMS, 0, -1):
            u = torch.add(Z, self.step(u), alpha=1 / k)
        return u

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by the blocks along the diagonal."""
        return self.band(Z.mT).mT
