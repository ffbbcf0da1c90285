"""Isomap: classical scaling of the distances along a neighbourhood graph."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.compression.manifold_base import NeighbourEmbedding, positive_largest
from rpn_zoo.functions.expansion.exact import to_bits
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class IsomapManifoldCompression(NeighbourEmbedding):
    r"""The Isomap embedding of the rows of a batch.

    With G the lengths of the shortest paths in the graph of the ``n_neighbors`` nearest neighbours
    (joined by Euclidean distances, in either direction), the columns are
    :math:`\sqrt{\lambda_c}\, u_c` for the D largest eigenvalues of
    :math:`-\tfrac12 J G^2 J` (J removes means), the largest entry of each made positive. A graph
    in several pieces is joined by the shortest connections, with a warning.

    In training mode every call embeds its batch and keeps it as the reference. In evaluation mode
    each row is linked to its nearest neighbours in the reference, and its path lengths g are
    projected:

    .. math:: y_c = -\tfrac12 \sum_j (g_j^2 - \overline{G_j^2})\, u_{jc} / \sqrt{\lambda_c}

    There is no gradient. Fitting costs O(b^2 (m + log b) + b^3) and works on the host; placing a
    row O(B m + B n_neighbors) for a reference of B rows.

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
        >>> f = IsomapManifoldCompression(m=2, D=1, n_neighbors=1)
        >>> x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.5, 0.0]])
        >>> f(x).squeeze(1)
        tensor([-1.1667, -0.1667,  1.3333])
        >>> f.eval()(torch.tensor([[4.0, 0.0]]))
        tensor([[2.8333]])
    """

    formula = "kappa(x) = sqrt(l) u, eigenpairs of -J G^2 J / 2, G the path lengths of the rows"
    source = "Tenenbaum, de Silva, Langford, Science 290 (2000); RPN 2, arXiv:2411.11162, section 4"
    growing = ("reference_bits", "embedding_bits", "geodesic_bits", "projection_bits")
    geodesic_bits: Tensor
    projection_bits: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        n_neighbors: int = 5,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, D, n_neighbors, preprocess_functions, postprocess_functions)
        self.register_buffer("geodesic_bits", torch.zeros(0, 0, dtype=torch.int64))
        self.register_buffer("projection_bits", torch.zeros(0, D, dtype=torch.int64))

    @property
    def geodesics(self) -> Tensor:
        """The path lengths between the rows of the reference, (B, B) in float64."""
        return self.geodesic_bits.view(torch.float64)

    def update(self, x: Tensor) -> None:
        """Embed the batch x (b, m) and keep it as the reference."""
        self.check_rows(x.shape[0])
        from sklearn.manifold import Isomap

        # scikit-learn joins the pieces of a graph. Its own eigenvectors are not used.
        graph = Isomap(n_neighbors=self.n_neighbors, n_components=1, eigen_solver="dense")
        G = torch.from_numpy(graph.fit(x.cpu().numpy()).dist_matrix_).to(x)
        K = -0.5 * G.square()
        centred = K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()
        values, vectors = torch.linalg.eigh(centred)
        roots = values[-self.D :].flip(0).clamp(min=0).sqrt()
        u = positive_largest(vectors[:, -self.D :].flip(1))
        self.reference_bits = to_bits(x)
        self.geodesic_bits = to_bits(G)
        self.embedding_bits = to_bits(u * roots)
        self.projection_bits = to_bits(torch.where(roots > 0, u / roots, 0.0))
        self.t += 1

    def place(self, x: Tensor, distances: Tensor, neighbours: Tensor) -> Tensor:
        """Project the lengths of the shortest paths from x to the reference."""
        g = (self.geodesics[neighbours] + distances.unsqueeze(-1)).amin(1)
        centred = self.geodesics.square().mean(0) - g.square()
        return 0.5 * centred @ self.projection_bits.view(torch.float64)
