"""The contraction of several channels that are fused: weights first where that spares products."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.contraction import FoldedNorm, chosen_rule, contract, foldable_norm
from rpn_zoo.functions.fusion import (
    AverageFusion,
    Fusion,
    MeanFusion,
    ParameterizedWeightedSummationFusion,
    SumFusion,
    SummationFusion,
    WeightedSummationFusion,
)
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.rules.bspline import bspline_identity
from rpn_zoo.functions.rules.rows import rows_identity, rows_masking, rows_product
from rpn_zoo.functions.transformation import Transformation

BY_ROWS = (None, rows_identity, rows_masking, bspline_identity)
"""The ways (None: the dense one) whose cost grows with the number of rows of W. The others multiply
with the factors of W, of which there are no fewer after fusion."""


def contract_fused(
    expansion: Transformation, reconciliation: Reconciliation, fusion: Fusion | None, x: Tensor
) -> Tensor:
    r"""Evaluate :math:`fusion_c \langle \kappa(x), \psi(w_c) \rangle`.

    A fusion that is linear over the channels commutes with the product,
    :math:`\sum_c a_c \langle \kappa, W_c \rangle = \langle \kappa, \sum_c a_c W_c \rangle`: where W
    is multiplied row by row, its channels are added first, which spares C - 1 of C products.

    Args:
        expansion: kappa, (b, m) -> (b, D).
        reconciliation: psi, with C matrices (n, D).
        fusion: of the channels; None: there is one.
        x: data of shape (b, m).

    Returns:
        (b, n').

    Example:
        >>> from rpn_zoo import functions
        >>> kappa = functions.create("taylor_expansion", m=4)
        >>> psi = functions.create("identity_reconciliation", n=3, D=kappa.D, channels=2)
        >>> mean = functions.create("mean_fusion", dims=[3, 3])
        >>> contract_fused(kappa, psi, mean, torch.rand(5, 4)).shape
        torch.Size([5, 3])
    """
    if fusion is None:
        return contract(expansion, reconciliation, x).squeeze(1)
    weights = None if len(fusion.preprocess) else channel_weights(fusion)
    rule = chosen_rule(expansion, reconciliation)
    if weights is None or rule not in BY_ROWS:
        return fusion(contract(expansion, reconciliation, x).unbind(1))
    W = reconciliation.weight()
    fused = torch.tensordot(weights.to(W), W, dims=1)
    if rule is None:
        y = nn.functional.linear(expansion(x), fused)
    else:
        y = contract_rows(expansion, fused, x)
    return processing.apply(fusion.postprocess, y)


def contract_rows(expansion: Transformation, W: Tensor, x: Tensor) -> Tensor:
    """The product of an expansion with one given matrix, by the expansion's structure.

    Args:
        expansion: kappa, (b, m) -> (b, D).
        W: (n, D).
        x: data of shape (b, m).

    Returns:
        (b, n).
    """
    norm = foldable_norm(expansion)
    if norm is False:
        return nn.functional.linear(expansion(x), W)
    x = expansion.prepare(x)
    z = rows_product(expansion, W, x)
    if not isinstance(norm, nn.LayerNorm):
        return z
    sums = W.sum(-1).unsqueeze(0)
    return FoldedNorm.apply(z.unsqueeze(1), *expansion.moments(x), sums, norm.eps).squeeze(1)


@singledispatch
def channel_weights(fusion: Fusion) -> Tensor | None:
    r"""The numbers a_c of a fusion :math:`y = \sum_c a_c x_c`, (C,); None if it is no such sum."""
    return None


@channel_weights.register(MeanFusion)
@channel_weights.register(AverageFusion)
def _mean(fusion: Fusion) -> Tensor:
    return torch.full((len(fusion.dims),), 1 / len(fusion.dims), dtype=torch.float64)


@channel_weights.register(SumFusion)
@channel_weights.register(SummationFusion)
def _sum(fusion: Fusion) -> Tensor:
    return torch.ones(len(fusion.dims), dtype=torch.float64)


@channel_weights.register
def _weighted(fusion: WeightedSummationFusion) -> Tensor:
    return fusion.weights


@channel_weights.register
def _trained(fusion: ParameterizedWeightedSummationFusion) -> Tensor:
    return fusion.w.squeeze(0)
