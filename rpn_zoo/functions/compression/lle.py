"""Locally linear embedding: rows keep the weights by which their neighbours reconstruct them."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.compression.manifold_base import (
    NeighbourEmbedding,
    nearest_others,
    positive_largest,
)
from rpn_zoo.functions.expansion.exact import to_bits
from rpn_zoo.functions.registry import register

REGULARIZATION = 1e-3


@register
class LleManifoldCompression(NeighbourEmbedding):
    r"""The locally linear embedding of the rows of a batch.

    Each row is reconstructed from its ``n_neighbors`` nearest neighbours by weights w with sum 1:
    :math:`C w = 1` up to scale, where C is the Gram matrix of the differences to them, with 1e-3
    of its trace added on the diagonal. With all weights in W, the columns are the unit eigenvectors
    number 2 to D + 1 of :math:`(I - W)^T (I - W)`, the largest entry of each made positive.

    In training mode every call embeds its batch and keeps it as the reference. In evaluation mode a
    row is reconstructed from its nearest neighbours in the reference, and the weights are applied
    to their embeddings. There is no gradient. Fitting costs O(b^2 m + b^3), placing a row O(B m +
    n_neighbors^2 m) for a reference of B rows.

    Args:
        m: input width.
        D: output width, <= m; a batch to fit needs more rows.
        n_neighbors: number of neighbours; a batch to fit needs more rows.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad size; at the call, if a batch to fit has no more than
            max(D, n_neighbors) rows or is not finite, or in evaluation mode if it was never fitted.

    Example:
        >>> f = LleManifoldCompression(m=2, D=1, n_neighbors=2)
        >>> x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
        >>> f(x).shape, f.eval()(x[:1] + 0.5).shape
        (torch.Size([4, 1]), torch.Size([1, 1]))
    """

    formula = "kappa(x) = eigenvectors 2..D+1 of (I - W)^T (I - W), W the reconstruction weights"
    source = "Roweis, Saul, Science 290 (2000); RPN 2, arXiv:2411.11162, section 4"

    def update(self, x: Tensor) -> None:
        """Embed the batch x (b, m) and keep it as the reference."""
        rows = x.shape[0]
        self.check_rows(rows)
        _, neighbours = nearest_others(x, self.n_neighbors)
        weights = reconstruction_weights(x, x[neighbours])
        M = torch.eye(rows, dtype=x.dtype, device=x.device).scatter_add(1, neighbours, -weights)
        # Of I - W itself: the eigenvectors of the product would be known to half the digits.
        vectors = torch.linalg.svd(M).Vh.flip(0).T
        self.reference_bits = to_bits(x)
        self.embedding_bits = to_bits(positive_largest(vectors[:, 1 : self.D + 1]))
        self.t += 1

    def place(self, x: Tensor, distances: Tensor, neighbours: Tensor) -> Tensor:
        """Apply the reconstruction weights of x to the embeddings of its neighbours."""
        weights = reconstruction_weights(x, self.reference[neighbours])
        return (weights.unsqueeze(-1) * self.embedding[neighbours]).sum(1)


def reconstruction_weights(x: Tensor, neighbours: Tensor) -> Tensor:
    """The weights (b, k), with sum 1, that reconstruct rows x (b, m) from neighbours (b, k, m)."""
    differences = neighbours - x.unsqueeze(1)
    C = differences @ differences.mT
    trace = C.diagonal(dim1=1, dim2=2).sum(1)
    # Rows that coincide with all their neighbours have no trace.
    ridge = REGULARIZATION * torch.where(trace > 0, trace, 1.0)
    C = C + torch.diag_embed(ridge.unsqueeze(1).expand(-1, C.shape[1]))
    w = torch.linalg.solve_ex(C, C.new_ones(C.shape[:2]).unsqueeze(-1)).result.squeeze(-1)
    return w / w.sum(1, keepdim=True)
