"""Random choices of k features of each row, by densities on all real numbers."""

from __future__ import annotations

import torch

from rpn_zoo.functions.compression.naive_probabilistic import NaiveProbabilisticCompression
from rpn_zoo.functions.compression.sampling import MetricSpec
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class NaiveNormalProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with a normal density.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        mean: mean.
        std: standard deviation, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: whether q is squashed into (0.001, 0.991).
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveNormalProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the normal density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        mean: float = 0.0,
        std: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "normal", "mean": mean, "std": std}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, require_normalization,
            log_prob, preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class NaiveCauchyProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with a Cauchy density.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        loc: median.
        scale: half width at half maximum, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: whether q is squashed into (0.001, 0.991).
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveCauchyProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the Cauchy density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        loc: float = 0.0,
        scale: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "cauchy", "loc": loc, "scale": scale}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, require_normalization,
            log_prob, preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class NaiveLaplaceProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with a Laplace density.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        loc: mean.
        scale: scale, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: whether q is squashed into (0.001, 0.991).
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveLaplaceProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the Laplace density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        loc: float = 0.0,
        scale: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "laplace", "loc": loc, "scale": scale}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, require_normalization,
            log_prob, preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip
