"""A sparse random projection, drawn once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.compression.base import Compression, check_at_most_m
from rpn_zoo.functions.frozen import Frozen
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class IncrementalRandomProjectionBasedCompression(Frozen, Compression):
    r"""A sparse random projection, :math:`\kappa(x) = x R^T`, with R (D, m) drawn once and saved.

    The entries of R are independent: +v and -v with probability :math:`\rho / 2` each, else 0, with
    :math:`\rho = 1 / \sqrt m` and :math:`v = \sqrt{1 / (\rho D)}`, so that
    :math:`E \|\kappa(x)\|^2 = \|x\|^2`. Nothing is fitted to data, and a reset of the network's
    parameters does not redraw R. Costs a product of b m D.

    Args:
        m: input width.
        D: output width, <= m.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of R; None: a new one with seed 0.

    Raises:
        ValueError: if D > m.

    Example:
        >>> f = IncrementalRandomProjectionBasedCompression(m=4, D=2)
        >>> f.R.abs().unique()
        tensor([0., 1.], dtype=torch.float64)
        >>> f(torch.ones(1, 4)).shape
        torch.Size([1, 2])
    """

    formula = "kappa(x) = x R^T, R[i, j] in {0, v, -v}, P(R[i, j] != 0) = 1 / sqrt(m)"
    size_formula = "D as given"
    source = (
        "RPN 2, arXiv:2411.11162, section 4 (data compression functions: dimension reduction); "
        "Li, Hastie, Church, Very sparse random projections, KDD 2006"
    )
    stateful = True
    random = True
    signs: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_at_most_m("D", D, m)
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.density = 1 / math.sqrt(m)
        self.v = math.sqrt(1 / (self.density * D))
        u = torch.rand(D, m, generator=default_generator(generator), dtype=torch.float64)
        positive, negative = u < self.density / 2, u >= 1 - self.density / 2
        # Signs, not numbers: no cast of the module rounds them.
        self.freeze("signs", positive.to(torch.int8) - negative.to(torch.int8))

    @property
    def R(self) -> Tensor:
        """The projection matrix (D, m), in float64."""
        return self.signs * torch.tensor(self.v, dtype=torch.float64, device=self.signs.device)

    def expand(self, x: Tensor) -> Tensor:
        """Project: (b, m) -> (b, D)."""
        return (x @ self.signs.T.to(x)) * self.v
