"""Softmax attention: the product with a column-normalised matrix of scores."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.matrix_normalization import COLUMN, OperatorBasedNormalizeMatrix

FUSED_SCORES = 2**18
"""From this many scores on torch's fused kernels are as fast on a CPU, and spare their memory."""


def attention(Q: Tensor, K: Tensor, V: Tensor, factor: float) -> Tensor:
    r"""The rows :math:`y_j = \sum_i A_{ij} v_i`, A = softmax over i of ``factor`` k_i q_j.

    Many scores of which no gradient is needed are left to torch's fused kernels, which keep no
    matrix of them. These have no second derivative, so that otherwise ordinary operations are used;
    on a CPU they take the same time.

    Args:
        Q: queries (..., o', k), one for each target.
        K: keys (..., o, k), one for each source.
        V: values (..., o, D).
        factor: what the scores are multiplied by.

    Returns:
        (..., o', D).

    Example:
        >>> attention(torch.zeros(1, 2), torch.ones(2, 2), torch.tensor([[1.0], [3.0]]), 1.0)
        tensor([[2.]])
    """
    needed = torch.is_grad_enabled() and (Q.requires_grad or K.requires_grad or V.requires_grad)
    # An exported graph serves several sizes: no branch on them.
    fused = not needed and not torch.compiler.is_exporting()
    if not fused or Q.shape[-2] * K.shape[-2] < FUSED_SCORES:
        return ((Q * factor) @ K.mT).softmax(-1) @ V
    # The fused kernels want (batch, heads, rows, columns).
    lead = torch.broadcast_shapes(Q.shape[:-2], K.shape[:-2], V.shape[:-2])
    Q, K, V = (t.expand(*lead, -1, -1).reshape(-1, 1, *t.shape[-2:]) for t in (Q, K, V))
    y = nn.functional.scaled_dot_product_attention(Q, K, V, scale=factor)
    return y.reshape(*lead, *y.shape[-2:])


def column_softmax(functions: nn.ModuleList) -> OperatorBasedNormalizeMatrix | None:
    """The softmax over columns, if the functions are that and nothing else.

    Args:
        functions: the post-processing of a matrix A.

    Returns:
        The module, which tells the factor and whether zeros are masked; None for anything else.
    """
    if len(functions) != 1:
        return None
    function = functions[0]
    if isinstance(function, nn.Softmax) and function.dim == COLUMN:
        return OperatorBasedNormalizeMatrix(mode="column")
    if isinstance(function, OperatorBasedNormalizeMatrix) and function.column_softmax is not None:
        return function
    return None


def score_factor(functions: nn.ModuleList) -> float | None:
    """The factor of the scores, if a softmax follows them first; else None."""
    function = functions[0] if len(functions) else None
    if isinstance(function, nn.Softmax):
        return 1.0
    if isinstance(function, OperatorBasedNormalizeMatrix) and function.operator == "softmax":
        return function.rescale_factor
    return None
