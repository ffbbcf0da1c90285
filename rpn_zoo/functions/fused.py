"""The contraction of several channels that are fused: weights first where that spares products."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import Tensor
from torch.nn import functional

from rpn_zoo.functions import processing
from rpn_zoo.functions.contraction import chosen_rule, contract
from rpn_zoo.functions.fusion import (
    AverageFusion,
    Fusion,
    MeanFusion,
    ParameterizedWeightedSummationFusion,
    SumFusion,
    SummationFusion,
    WeightedSummationFusion,
)
from rpn_zoo.functions.reconciliation import LowRankReconciliation, Reconciliation
from rpn_zoo.functions.rules.bspline import bspline_identity
from rpn_zoo.functions.rules.folded import folded_duplicated, folded_kronecker
from rpn_zoo.functions.rules.low_rank import any_low_rank
from rpn_zoo.functions.rules.rows import contract_rows, rows_identity, rows_masking
from rpn_zoo.functions.transformation import Transformation

BY_ROWS = (
    None, rows_identity, rows_masking, bspline_identity, folded_kronecker, folded_duplicated,
)  # fmt: skip
"""The ways (None: the dense one) whose cost grows with the number of rows of W, some after building
it from factors. The others multiply with the factors, of which there are no fewer after fusion."""


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
    if weights is None or (rule not in BY_ROWS and rule is not any_low_rank):
        return fusion(contract(expansion, reconciliation, x).unbind(1))
    if rule is any_low_rank:
        assert isinstance(reconciliation, LowRankReconciliation)
        z = _low_rank_sum(expansion, reconciliation, weights, x)
    else:
        W = reconciliation.weight()
        z = contract_rows(expansion, torch.tensordot(weights.to(W), W, dims=1), x)
    return processing.apply(fusion.postprocess, z)


def _low_rank_sum(
    expansion: Transformation, reconciliation: LowRankReconciliation, weights: Tensor, x: Tensor
) -> Tensor:
    """The weighted sum of products of low rank is one of rank C r: factors side by side.

    Of rank r where all channels share B.
    """
    A, B = reconciliation.factors()
    A = A * weights.to(A)[:, None, None]
    A = A.transpose(0, 1).flatten(1) if len(B) == len(A) else A.sum(0)
    return functional.linear(contract_rows(expansion, B.flatten(0, 1), x), A)


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
