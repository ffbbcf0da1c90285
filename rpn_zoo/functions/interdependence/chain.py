"""Chain interdependence: every member of a sequence takes from its neighbours."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.graph import Graph
from rpn_zoo.functions.interdependence.adjacency import adjacency
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.matrix_normalization import check_mode
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

SOURCE = "RPN 2, arXiv:2411.11162, section 4 (chain based interdependence functions)"


def chain_options(
    chain: Mapping[str, Any] | None, chain_length: int | None, bi_directional: bool
) -> tuple[int, bool]:
    """Length and direction of a chain, from its config or from the options of the same names.

    Raises:
        ValueError: if the chain is given twice or not at all, or has an unknown key.

    Example:
        >>> chain_options({"length": 4, "bi_directional": True}, None, False)
        (4, True)
    """
    if (chain is None) == (chain_length is None):
        raise ValueError("the chain must be given once, by chain_length or by chain.")
    if chain is not None:
        if not isinstance(chain, Mapping) or not set(chain) <= {"length", "bi_directional"}:
            raise ValueError(f"chain must be {{length, bi_directional}}, got {chain!r}.")
        chain_length = chain.get("length")
        bi_directional = chain.get("bi_directional", bi_directional)
    if not isinstance(bi_directional, bool):
        raise ValueError(f"bi_directional must be true or false, got {bi_directional!r}.")
    return check_positive_int("chain_length", chain_length), bi_directional


@register
class ChainInterdependence(Interdependence):
    r"""The adjacency matrix of a chain, :math:`A_{ij} = [j = i + 1] + s\,[i = j]`: shifts and sums.

    :math:`y_j = z_{j-1} + s z_j`, with :math:`z_{j+1}` besides if the chain goes both ways. Costs
    one or two additions for each number of Z, and a product where the matrix is normalised.

    Args:
        m: number of attributes; in attribute mode the length of the chain.
        chain_length: number of members.
        bi_directional: whether members take from both neighbours.
        self_dependence: whether ``self_scaling`` is added to the diagonal.
        self_scaling: s, what is added.
        normalization: whether A is normalised by its sums.
        normalization_mode: ``"row"``, ``"column"`` or ``"row_column"``.
        chain: instead of the first two: ``{length, bi_directional}``.
        b: number of instances; in instance mode the length of the chain (None: taken from it).
        interdependence_type: see :class:`Interdependence`; ``"instance"`` by default.
        preprocess_functions: not used, as A needs no data.
        postprocess_functions: applied to A, which is then formed.

    Raises:
        ValueError: for a chain given twice or not at all, a length below 1, or one that is not the
            number of the objects.

    Example:
        >>> f = ChainInterdependence(m=1, chain_length=3)
        >>> f(torch.tensor([[1.0], [2.0], [3.0]])).T
        tensor([[1., 3., 5.]])
    """

    formula = "A[i, j] = [j = i + 1] (+ [j = i - 1] if bi_directional) + self_scaling [i = j]"
    source = SOURCE
    default_type = "instance"
    diagonal_bits: Tensor
    forward_bits: Tensor
    backward_bits: Tensor
    places: Tensor

    def __init__(
        self,
        m: int,
        chain_length: int | None = None,
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
        length, bi_directional = chain_options(chain, chain_length, bi_directional)
        in_instances = self.mode_of(interdependence_type) == "instance"
        name, size = ("b", b) if in_instances else ("m", m)
        if size is not None and size != length:
            raise ValueError(
                f"{name} must be the length of the chain, {length}, got {name} = {size}."
            )
        super().__init__(
            m,
            length if in_instances else b,
            interdependence_type,
            preprocess_functions=preprocess_functions,
            postprocess_functions=postprocess_functions,
        )
        self.length, self.bi_directional = length, bi_directional
        scaling = check_finite("self_scaling", self_scaling) if self_dependence else 0.0
        first = torch.arange(length - 1)
        places, values = adjacency(
            Graph(length, torch.stack([first, first + 1])),
            not bi_directional,
            scaling,
            normalization_mode if normalization else None,
        )
        # Plain ones need no product.
        self.weighted = normalization
        self.normalization_mode = check_mode(normalization_mode)
        bands = torch.zeros(3, length, dtype=torch.float64)
        bands[1 + places[0] - places[1], places[1]] = values  # band by source - target
        # They follow from the options: not saved. Bits of float64 stay exact under any cast.
        for key, band in zip(
            ("forward_bits", "diagonal_bits", "backward_bits"), bands, strict=True
        ):
            self.register_buffer(key, band.view(torch.int64), persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.scaling = scaling

    def step(self, Z: Tensor) -> Tensor:
        """Z Adj for Z (..., rows, n), by shifts."""
        left = functional.pad(Z[..., :-1], (1, 0))  # z_{j-1}
        right = functional.pad(Z[..., 1:], (0, 1)) if self.bi_directional else None  # z_{j+1}
        if self.weighted:
            y = left * self._band(self.forward_bits, Z)
            if self.scaling:
                y = y + Z * self._band(self.diagonal_bits, Z)
            return y if right is None else y + right * self._band(self.backward_bits, Z)
        y = left if right is None else left + right
        if self.scaling == 1:
            return y + Z
        return torch.add(y, Z, alpha=self.scaling) if self.scaling else y

    def _band(self, bits: Tensor, like: Tensor) -> Tensor:
        return bits.view(torch.float64).to(like)

    def build(self, C: Tensor) -> Tensor:
        """The matrix (n, n), as its product with the identity."""
        n = C.shape[-1]
        return self.mix(C, torch.eye(n, dtype=C.dtype, device=C.device))

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z A by shifts."""
        return self.step(Z)

    def pattern(self) -> Tensor | None:
        """The links of the chain, with the diagonal under self dependence."""
        return self.places

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The entries of A at any places (2, K), read off its diagonals: (K,)."""
        bits = torch.stack([self.forward_bits, self.diagonal_bits, self.backward_bits])
        distance = pattern[0] - pattern[1]
        values = self._band(bits, C)[(1 + distance).clamp(0, 2), pattern[1]]
        return torch.where(distance.abs() <= 1, values, 0)


class ChainPowers(ChainInterdependence):
    """What the chain functions over several hops share: A is a function of the adjacency matrix."""

    def pattern(self) -> Tensor | None:
        """None: many entries may differ from 0."""
        return None

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The entries of A, which is formed, at the places ``pattern`` (2, K): (K,)."""
        return self.build(C)[pattern[0], pattern[1]]


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
        warn_of_loops(self.key(), self_dependence, self_scaling)
        super().__init__(
            m, chain_length, bi_directional, False, self_scaling, normalization,
            normalization_mode, chain, b, interdependence_type, preprocess_functions,
            postprocess_functions,
        )  # fmt: skip


def warn_of_loops(key: str, self_dependence: bool, self_scaling: float) -> None:
    """Warn that options have no effect on a function without self dependence."""
    for name, given in (
        ("self_dependence", self_dependence),
        ("self_scaling", self_scaling != 1),
    ):
        if given:
            message = f"{key}: {name} has no effect, there is no self dependence."
            warnings.warn(message, stacklevel=4)
