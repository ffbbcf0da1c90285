"""A random choice of k features of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.compression.base import check_at_most_m
from rpn_zoo.functions.compression.choosing import (
    check_choice_of,
    draw,
    draw_with_replacement,
    most_probable,
    most_probable_with_replacement,
)
from rpn_zoo.functions.compression.sampling import (
    Distribution,
    MetricSpec,
    SamplingCompression,
    check_flags,
)
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class NaiveProbabilisticCompression(SamplingCompression):
    r"""k features of each row, chosen at random by a density of their values; D = k.

    .. math::
        z = metric(x), \quad q = 0.99\, \sigma(z) + 0.001 \;\text{or}\; z, \quad
        w_i = \frac{p(q_i)}{\sum_j p(q_j)}

    Places are drawn one after the other, each by the weights of those that remain (or
    independently, with replacement), and sorted; the result is x, q or ln p(q) there. Every row
    draws its own places, in training mode anew at each call. In evaluation mode the most probable
    places are taken: those of the k largest weights, the first of equal ones (so the first k with
    the uniform density, for which all weights are equal). Gradients reach the chosen entries.
    Costs O(b m), with a random number for each
    entry in training.

    Args:
        m: input width.
        k: number of features, 1 <= k <= m.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density: names as for
            ``preprocess_functions``, or a function (which no config can hold).
        distribution_function: the density p: ``uniform`` (on [0, 1]; the default), ``normal``,
            ``cauchy``, ``laplace``, ``chi2``, ``exponential`` or ``gamma``, or a dict of the name
            and parameters, or a torch distribution (which no config can hold).
        with_replacement: whether a feature may be chosen more than once.
        require_normalization: whether q is squashed into (0.001, 0.991).
        log_prob: whether the result is ln p(q) where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option; at the call, if a metric changes the shape or fewer than k
            features of a row lie in the density's support.

    Example:
        >>> f = NaiveProbabilisticCompression(m=4, k=2, distribution_function="normal").eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0, -1.0]]))
        tensor([[-2., -1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k places drawn by p(q), q = 0.99 sigmoid(x) + 0.001; D = k"
    size_formula = "D = k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: probabilistic)"

    def __init__(
        self,
        m: int,
        k: int,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        distribution_function: Distribution | None = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_at_most_m("k", k, m)
        check_flags(
            simply_sampling=simply_sampling,
            with_replacement=with_replacement,
            require_normalization=require_normalization,
            log_prob=log_prob,
        )
        density = "uniform" if distribution_function is None else distribution_function
        super().__init__(
            m, k, metric, density, require_normalization,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip
        self.k, self.with_replacement = k, with_replacement
        self.simply_sampling = simply_sampling
        self.log_prob = log_prob and not simply_sampling

    @torch.no_grad()
    def choose(self, x: Tensor) -> Tensor:
        """The chosen places of pre-processed x: (b, m) -> (b, k), increasing in each row."""
        log_weights = self.log_weights(x)
        if not self.all_possible:
            check_choice_of(log_weights, 1 if self.with_replacement else self.k)
        if self.training:
            sample = draw_with_replacement if self.with_replacement else draw
            return sample(log_weights, self.k, self.sample_generator)
        best = most_probable_with_replacement if self.with_replacement else most_probable
        return best(log_weights, self.k)

    def expand(self, x: Tensor) -> Tensor:
        """The chosen features, or their q or log densities: (b, m) -> (b, k)."""
        places = self.choose(x)
        if self.simply_sampling:
            return x.gather(1, places)
        q = self.normalize(self.measure(x).gather(1, places))
        return (self.log_density(q) if self.log_prob else q).to(x.dtype)
