"""Metric multidimensional scaling."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.compression.manifold_base import TransductiveEmbedding, positive_largest
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

STEPS = 300
TOLERANCE = 1e-6
"""The search ends with a step that lowers the stress by less than this share of sum d^2."""


@register
class MdsManifoldCompression(TransductiveEmbedding):
    r"""Metric multidimensional scaling of the rows of a batch.

    Minimises the stress :math:`\sum_{i<j} (d_{ij} - \delta_{ij})^2` between the distances
    :math:`\delta` of the rows and d of their images by SMACOF (at most 300 steps), from the
    classical solution: so it is exact where D dimensions suffice, and the same at every call.
    Further random starts may be tried, of which the result of least stress is taken.

    Training and evaluation mode are alike: every call embeds the batch it gets by itself, and
    nothing is kept. There is no gradient. Costs O(b^2 m) and up to 300 steps of O(b^2 D) for each
    start.

    Args:
        m: input width.
        D: output width, <= m; a batch needs more rows.
        random_starts: number of further starts.
        random_state: seed of the further starts.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad size; at the call, if a batch has no more than D rows or is not
            finite.

    Example:
        >>> x = torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])  # on a line
        >>> torch.pdist(MdsManifoldCompression(m=2, D=1)(x))
        tensor([ 5., 10.,  5.])
    """

    formula = "kappa(x) = argmin_y sum_ij (|y_i - y_j| - |x_i - x_j|)^2"
    source = (
        "Borg, Groenen, Modern Multidimensional Scaling (2005), chapters 8 and 12; "
        "RPN 2, arXiv:2411.11162, section 4"
    )

    def __init__(
        self,
        m: int,
        D: int,
        random_starts: int = 0,
        random_state: int = 0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.random_starts = check_positive_int("random_starts", random_starts, minimum=0)
        self.random_state = check_positive_int("random_state", random_state, minimum=0)

    def embed(self, x: Tensor) -> Tensor:
        """Embed the rows of a batch: (b, m) -> (b, D)."""
        delta = _distances(x)
        start = classical_scaling(x, self.D)
        y, least = smacof(delta, start)
        generator = torch.Generator().manual_seed(self.random_state)
        for _ in range(self.random_starts):
            draw = torch.rand(start.shape, generator=generator, dtype=torch.float64).to(x)
            other, stress = smacof(delta, draw)
            y, least = (other, stress) if stress < least else (y, least)
        return y


def smacof(delta: Tensor, y: Tensor) -> tuple[Tensor, float]:
    r"""Lower the stress of images y (b, D) by Guttman transforms.

    .. math:: y \leftarrow \tfrac1b B y, \quad B_{ij} = -\delta_{ij} / d_{ij}, \quad
        B_{ii} = \textstyle\sum_j \delta_{ij} / d_{ij}

    Args:
        delta: the distances wanted, (b, b).
        y: where to start.

    Returns:
        The images and their stress, the sum over all pairs of (d - delta)^2.

    Example:
        >>> y, stress = smacof(torch.tensor([[0.0, 2.0], [2.0, 0.0]]), torch.tensor([[0.0], [1.0]]))
        >>> (y[1] - y[0]).item(), stress
        (2.0, 0.0)
    """
    d, last, stress = _distances(y), None, 0.0
    for _ in range(STEPS):
        ratio = delta / d.masked_fill(d == 0, 1e-5)  # images that coincide come apart
        y = (ratio.sum(1, keepdim=True) * y - ratio @ y) / len(y)
        d = _distances(y)
        stress = float((d - delta).square().sum()) / 2
        if last is not None and last - stress < TOLERANCE * float(d.square().sum()) / 2:
            break
        last = stress
    return y, stress


def classical_scaling(x: Tensor, D: int) -> Tensor:
    """The principal coordinates of the rows of x, (b, D); those beyond the rank are 0."""
    U, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    y = x.new_zeros(x.shape[0], D)
    count = min(D, len(s))
    y[:, :count] = positive_largest(U[:, :count]) * s[:count]
    return y


def _distances(x: Tensor) -> Tensor:
    return torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
