"""Dropout that also takes sparse features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.graph import csr_tensor


class Dropout(nn.Dropout):
    """Each entry becomes 0 with probability p, the others are divided by 1 - p, in training only.

    What is drawn comes from PyTorch's global random state, as in ``nn.Dropout`` (``rpn-zoo fit``
    seeds it): the one exception among all functions, which draw from generators of their own.

    Of a sparse CSR tensor only the stored values are drawn: what is not stored is 0 either way, so
    the distribution of the result is that of the dense one, at the cost of the stored values.

    Args:
        p: probability, in [0, 1].
        inplace: whether a dense tensor is changed itself.

    Raises:
        ValueError: for p outside [0, 1].

    Example:
        >>> dropout = Dropout(0.5)
        >>> dropout(torch.eye(3).to_sparse_csr()).layout
        torch.sparse_csr
        >>> dropout.eval()(torch.ones(2)).tolist()
        [1.0, 1.0]

    Source: N. Srivastava et al., JMLR 15, 2014.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Drop entries of ``x``, dense of any shape or sparse CSR of shape (b, m)."""
        if x.layout != torch.sparse_csr or not self.training:
            return super().forward(x)
        values = nn.functional.dropout(x.values(), self.p, training=True)
        rows, columns = x.shape
        return csr_tensor(x.crow_indices(), x.col_indices(), values, (rows, columns))
