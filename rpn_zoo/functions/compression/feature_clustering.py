"""The means of D clusters of features."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.compression.base import check_at_most_m
from rpn_zoo.functions.compression.running import RunningMean
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class IncrementalFeatureClusteringBasedCompression(RunningMean):
    r"""The means of D clusters of features, by spectral clustering of their distances.

    In training mode the distances of the features (the Euclidean distances of the columns of a
    batch) are averaged over the batches; from their mean :math:`\Delta` the similarities
    :math:`\exp(-\Delta^2 / 2)` are clustered anew after each batch. Once ``t_threshold`` batches
    were seen, or a step changes the mean by less than ``incremental_stop_threshold`` (in the
    Frobenius norm), the clusters are frozen for good. They are numbered by their smallest feature,
    so that equal partitions give equal columns; a cluster without features (D distinct ones cannot
    be found) gives zeros. A batch without rows changes nothing.

    An update costs O(m^2 (b + D)) and a clustering by scikit-learn on the host; the transform is
    one product with an averaging matrix (m, D).

    Args:
        m: input width.
        D: number of clusters, <= m.
        t_threshold: largest number of batches.
        incremental_stop_threshold: smallest change that keeps the clusters from being frozen.
        random_state: seed of the clustering (start vectors and centres).
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad option; at the call, if the first batch is empty, if a batch to fit is
            not finite, or in evaluation mode if it was never fitted.

    Example:
        >>> f = IncrementalFeatureClusteringBasedCompression(m=4, D=2)
        >>> f(torch.tensor([[0.0, 9.0, 0.1, 9.1], [1.0, 7.0, 1.1, 7.1]]))
        tensor([[0.0500, 9.0500],
                [1.0500, 7.0500]])
    """

    formula = "kappa(x)[c] = mean of x_i over the features i of cluster c"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: feature selection)"
    labels: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        t_threshold: int = 100,
        incremental_stop_threshold: float = 0.01,
        random_state: int = 42,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_at_most_m("D", D, m)
        super().__init__(
            m, D, (m, m), t_threshold, incremental_stop_threshold,
            preprocess_functions, postprocess_functions,
        )  # fmt: skip
        self.random_state = check_positive_int("random_state", random_state, minimum=0)
        self.register_buffer("labels", torch.zeros(m, dtype=torch.int64))

    def statistic(self, x: Tensor) -> Tensor:
        """The Euclidean distances of the columns of the batch, (m, m)."""
        columns = x.T.contiguous()
        return torch.cdist(columns, columns)

    def select(self) -> None:
        """Cluster the features; number the clusters by their smallest feature."""
        if self.D == 1:
            return
        if self.m == self.D:
            self.labels.copy_(torch.arange(self.m))
            return
        from sklearn.cluster import SpectralClustering

        similarity = (-self.running_mean.square() / 2).exp()
        clustering = SpectralClustering(
            n_clusters=self.D, affinity="precomputed", random_state=self.random_state
        )
        found = torch.from_numpy(clustering.fit_predict(similarity.cpu().numpy()))
        self.labels.copy_(_by_first_member(found.long(), self.D))

    def transform(self, x: Tensor) -> Tensor:
        """The means of the clusters: (b, m) -> (b, D)."""
        clusters = torch.arange(self.D, device=self.labels.device)
        member = (self.labels.unsqueeze(1) == clusters).to(x)
        return x @ (member / member.sum(0).clamp(min=1))


def _by_first_member(labels: Tensor, count: int) -> Tensor:
    """Renumber clusters in the order of their smallest members.

    Example:
        >>> _by_first_member(torch.tensor([2, 0, 2, 1]), 3)
        tensor([0, 1, 0, 2])
    """
    places = torch.arange(len(labels))
    first = torch.full((count,), len(labels)).scatter_reduce(0, labels, places, "amin")
    number = torch.empty(count, dtype=torch.int64)
    number[first.argsort(stable=True)] = torch.arange(count)
    return number[labels]
