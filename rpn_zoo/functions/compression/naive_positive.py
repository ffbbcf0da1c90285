"""Random choices of k features of each row, by densities on a part of the real line."""

from __future__ import annotations

import torch

from rpn_zoo.functions.compression.naive_probabilistic import NaiveProbabilisticCompression
from rpn_zoo.functions.compression.sampling import MetricSpec
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class NaiveUniformProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with the uniform density on [low, high] at squashed q.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        low: lower end of the support.
        high: upper end of the support.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: accepted for symmetry with the other densities; always true here.
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option; at the call, if fewer than k features of a row lie in the
            support (only for one that does not cover [0.001, 0.991]).

    Example:
        >>> f = NaiveUniformProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[ 3., -2.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the uniform density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        low: float = 0.0,
        high: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "uniform", "low": low, "high": high}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, True, log_prob,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class NaiveChi2ProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with a chi-squared density, always at squashed q.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        df: degrees of freedom, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: accepted for symmetry with the other densities; always true here.
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveChi2ProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the chi-squared density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        df: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "chi2", "df": df}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, True, log_prob,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class NaiveExponentialProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with an exponential density, always at squashed q.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        rate: rate, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: accepted for symmetry with the other densities; always true here.
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveExponentialProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the exponential density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        rate: float = 0.5,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "exponential", "rate": rate}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, True, log_prob,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip


@register
class NaiveGammaProbabilisticCompression(NaiveProbabilisticCompression):
    """naive_probabilistic_compression with a gamma density, always at squashed q.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        concentration: shape, > 0.
        rate: rate, > 0.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: accepted for symmetry with the other densities; always true here.
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option.

    Example:
        >>> f = NaiveGammaProbabilisticCompression(m=4, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by the gamma density of q; D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        concentration: float = 1.0,
        rate: float = 1.0,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        density = {"name": "gamma", "concentration": concentration, "rate": rate}
        super().__init__(
            m, k, simply_sampling, metric, density, with_replacement, True, log_prob,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip
