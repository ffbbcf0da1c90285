"""t-SNE."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.compression.manifold_base import TransductiveEmbedding
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

LARGEST_D = 3


@register
class TsneManifoldCompression(TransductiveEmbedding):
    r"""The t-SNE embedding of the rows of a batch, by scikit-learn.

    The probabilities with which rows are neighbours, Gaussian in x with the given perplexity and
    Student-t in y, are brought together (least Kullback-Leibler divergence) by gradient descent
    with Barnes-Hut sums, from the principal components: 1000 steps with automatic learning rate.

    Training and evaluation mode are alike: every call embeds the batch it gets by itself, and
    nothing is kept; equal batches give equal results. There is no gradient. Costs O(b^2 m) and 1000
    steps of O(b log b), on the host.

    Args:
        m: input width.
        D: output width, <= m and <= 3; a batch needs more rows.
        perplexity: the effective number of neighbours, > 0; a batch needs more rows.
        random_state: seed of the randomised principal components.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad option; at the call, if a batch has no more rows than D or the
            perplexity, or is not finite.

    Example:
        >>> f = TsneManifoldCompression(m=4, D=2, perplexity=3.0)
        >>> f(torch.rand(8, 4, generator=torch.Generator().manual_seed(0))).shape
        torch.Size([8, 2])
    """

    formula = "kappa(x) = argmin_y KL(p(x) || q(y)) of the neighbourhood probabilities"
    source = "van der Maaten, Hinton, JMLR 9 (2008); RPN 2, arXiv:2411.11162, section 4"
    random = True

    def __init__(
        self,
        m: int,
        D: int,
        perplexity: float,
        random_state: int = 0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        if D > LARGEST_D:
            raise ValueError(f"D must be <= {LARGEST_D} for t-SNE, got D = {D}.")
        self.perplexity = check_finite("perplexity", perplexity)
        if self.perplexity <= 0:
            raise ValueError(f"perplexity must be > 0, got {perplexity!r}.")
        self.random_state = check_positive_int("random_state", random_state, minimum=0)

    def check_rows(self, rows: int) -> None:
        """Raise a ValueError if a batch has too few rows."""
        super().check_rows(rows)
        if rows <= self.perplexity:
            raise ValueError(
                f"{self.key()} needs batches of more rows than perplexity = {self.perplexity}, "
                f"got {rows} rows."
            )

    def embed(self, x: Tensor) -> Tensor:
        """Embed the rows of a batch: (b, m) -> (b, D)."""
        from sklearn.manifold import TSNE

        estimator = TSNE(
            n_components=self.D,
            perplexity=self.perplexity,
            init="pca",
            learning_rate="auto",
            random_state=self.random_state,
        )
        return torch.from_numpy(estimator.fit_transform(x.cpu().numpy()))
