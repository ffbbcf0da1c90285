"""Spectral embedding: eigenvectors of the Laplacian of a neighbourhood graph."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from rpn_zoo.functions.compression.manifold_base import (
    TransductiveEmbedding,
    nearest_others,
    positive_largest,
)
from rpn_zoo.functions.registry import register

CONNECTED = 1e-10
"""A second eigenvalue below this is 0: there are several pieces."""


@register
class SpectralEmbeddingManifoldCompression(TransductiveEmbedding):
    r"""The spectral embedding (Laplacian eigenmaps) of the rows of a batch.

    Each row is joined to its :math:`\max(\lfloor b/10 \rfloor, 1) - 1` nearest neighbours (itself
    counts as the first), K; with :math:`A = (K + K^T)/2` without its diagonal, degrees
    :math:`\delta = A 1` and :math:`L = I - \delta^{-1/2} A \delta^{-1/2}`, the columns are the
    eigenvectors number 2 to D + 1 of L, divided by :math:`\delta^{1/2}`, the largest entry of each
    made positive. The graph should be connected, which takes about 30 rows: otherwise eigenvalues
    coincide and their eigenvectors mean little, with a warning.

    Training and evaluation mode are alike: every call embeds the batch it gets by itself, and
    nothing is kept. There is no gradient. Costs O(b^2 m + b^3).

    Args:
        m: input width.
        D: output width, <= m; a batch needs more rows.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad size; at the call, if a batch has no more than D rows or is not
            finite.

    Example:
        >>> f = SpectralEmbeddingManifoldCompression(m=2, D=1)
        >>> x = torch.linspace(0, 1, 30).unsqueeze(1) * torch.tensor([[1.0, 2.0]])
        >>> y = f(x).squeeze(1)
        >>> bool((y.diff() > 0).all() | (y.diff() < 0).all())  # along the line
        True
    """

    formula = "kappa(x) = eigenvectors 2..D+1 of the normalised Laplacian of the rows' graph"
    source = "Belkin, Niyogi, Neural Computation 15 (2003); RPN 2, arXiv:2411.11162, section 4"

    def embed(self, x: Tensor) -> Tensor:
        """Embed the rows of a batch: (b, m) -> (b, D)."""
        rows = x.shape[0]
        _, neighbours = nearest_others(x, max(rows // 10, 1) - 1)
        K = x.new_zeros(rows, rows).scatter(1, neighbours, 1.0)
        A = (K + K.T) / 2
        degree = A.sum(0)
        root = torch.where(degree > 0, degree.sqrt(), 1.0)  # a row without neighbours
        L = torch.eye(rows, dtype=x.dtype, device=x.device) - A / root / root.unsqueeze(1)
        values, vectors = torch.linalg.eigh(L)
        if bool((degree == 0).any() | (values[1] < CONNECTED)):
            warnings.warn(
                f"the neighbourhood graph of {rows} rows is in pieces: their embedding means "
                "little. Use larger batches.",
                stacklevel=2,
            )
        return positive_largest(vectors[:, 1 : self.D + 1] / root.unsqueeze(1))
