"""Random choices of k of the combinations of up to d features of each row."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.compression.choosing import draw, most_probable
from rpn_zoo.functions.compression.sampling import MetricSpec, SamplingCompression, check_flags
from rpn_zoo.functions.compression.tuples import (
    candidates,
    draw_from_table,
    draw_tuples,
    most_probable_tuples,
)
from rpn_zoo.functions.expansion.combinatorial import combination_counts, combination_index
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

DENSE = 20
"""A table of all tuples is drawn from where it holds at most this many times k: it is faster."""


@register
class CombinatorialCompression(SamplingCompression):
    r"""k of the combinations of r features of each row, for r = 1..d, chosen at random.

    With q as for naive_probabilistic_compression, a combination has a probability proportional to
    the standard normal density of its q's, :math:`\prod_j \exp(-q_{i_j}^2 / 2)`. Combinations are
    drawn one after the other, each by the weights of those that remain, independently for each r
    and row; the chosen ones stand in lexicographic order. The result is

    - x (or q) of their features, D = k d (d + 1) / 2: all of rank 1 (the single feature, then the
      pair, ...), then all of rank 2, ...;
    - or their log densities, D = d k: those of the k single features, then those of the k pairs.

    In training mode each call draws anew, in evaluation mode the most probable combinations are
    taken. No table of all C(m, r) combinations is made unless it is small: training costs
    O(b d (m + k)) where q is normalised, evaluation O(b (m + C(k + r - 1, r))).

    Args:
        m: input width.
        d: largest number r of features in a combination.
        k: number of combinations for each r, at most the number that there are.
        simply_sampling: whether the result is x itself.
        metric: a map of x that keeps its shape, applied before the density: names as for
            ``preprocess_functions``, or a function (which no config can hold).
        with_replacement: whether a feature may occur more than once in a combination.
        require_normalization: whether q is squashed into (0.001, 0.991).
        log_prob: whether the result is the log densities where it is not x.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: for a bad option, and if there are fewer than k combinations; at the call, if a
            metric changes the shape, or if q is not normalised and a row has fewer than k possible
            combinations.

    Example:
        >>> f = CombinatorialCompression(m=3, d=2, k=2).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0]]))  # -2, then (3, -2), then 1, then (-2, 1)
        tensor([[-2.,  3., -2.,  1., -2.,  1.]])
    """

    formula = "kappa(x)_r = x[r, I], I = k r-tuples drawn by prod_j N(q_ij; 0, 1) for r = 1..d"
    size_formula = "D = k d (d + 1) / 2, or d k with log_prob"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: combinatorial)"

    def __init__(
        self,
        m: int,
        d: int = 1,
        k: int = 1,
        simply_sampling: bool = True,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        log_prob: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_flags(
            simply_sampling=simply_sampling,
            require_normalization=require_normalization,
            log_prob=log_prob,
        )
        counts = combination_counts(m, d, with_replacement)
        check_positive_int("k", k)
        for r, count in enumerate(counts, 1):
            if k > count:
                raise ValueError(
                    f"k must be <= {count}, the number of combinations of {r} of m = {m} features, "
                    f"got k = {k}."
                )
        if m**d >= 2**63:
            raise ValueError(f"m^d must be below 2^63, got m = {m}, d = {d}.")
        log_prob = log_prob and not simply_sampling
        super().__init__(
            m, d * k if log_prob else k * d * (d + 1) // 2, metric, "normal",
            require_normalization, preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip
        self.d, self.k, self.with_replacement = d, k, with_replacement
        self.simply_sampling, self.log_prob = simply_sampling, log_prob
        self.counts = counts
        for r in range(2, d + 1):
            n = candidates(m, r, k, with_replacement)
            self._table(f"best_{r}", n, r)
            if self._dense(r):
                self._table(f"all_{r}", m, r)

    def _dense(self, r: int) -> bool:
        return self.counts[r - 1] <= DENSE * self.k

    def _table(self, name: str, n: int, r: int) -> None:
        # It follows from the options: not saved.
        table = combination_index(n, r, self.with_replacement)
        self.register_buffer(name, table, persistent=False)

    @torch.no_grad()
    def choose(self, x: Tensor) -> list[Tensor]:
        """The chosen r-tuples of features for r = 1..d, (b, k, r) each, in lexicographic order."""
        log_weights = self.log_weights(x)
        choose = self._draw if self.training else self._most_probable
        return [choose(log_weights, r) for r in range(1, self.d + 1)]

    def _draw(self, log_weights: Tensor, r: int) -> Tensor:
        k, generator = self.k, self.sample_generator
        if r == 1:
            return draw(log_weights, k, generator).unsqueeze(-1)
        if self._dense(r):
            return draw_from_table(log_weights, self.get_buffer(f"all_{r}"), k, generator)
        return draw_tuples(log_weights, r, k, self.with_replacement, generator)

    def _most_probable(self, log_weights: Tensor, r: int) -> Tensor:
        if r == 1:
            return most_probable(log_weights, self.k).unsqueeze(-1)
        n = candidates(self.m, r, self.k, self.with_replacement)
        return most_probable_tuples(log_weights, n, self.get_buffer(f"best_{r}"), self.k)

    def expand(self, x: Tensor) -> Tensor:
        """The chosen combinations: (b, m) -> (b, D)."""
        tuples = self.choose(x)
        values = x if self.simply_sampling else self.measure(x)
        chosen = [values.gather(1, places.flatten(1)).view(places.shape) for places in tuples]
        if not self.simply_sampling:
            chosen = [self.normalize(z) for z in chosen]
        if self.log_prob:
            sums = [self.log_density(q).sum(-1) for q in chosen]
            return torch.cat(sums, dim=1).to(x.dtype)
        return torch.cat(chosen, dim=-1).flatten(1).to(x.dtype)


@register
class CombinatorialProbabilisticCompression(CombinatorialCompression):
    """Log densities of k combinations of r features, r = 1..d, chosen at random; D = d k.

    combinatorial_compression with ``simply_sampling=False`` and ``log_prob=True``: see there.

    Args:
        m: input width.
        d: largest number r of features in a combination.
        k: number of combinations for each r, at most the number that there are.
        metric: a map of x that keeps its shape, applied before the density.
        with_replacement: whether a feature may occur more than once in a combination.
        require_normalization: whether q is squashed into (0.001, 0.991).
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.
        generator: source of the seed of the draws; None: a new one with seed 0.

    Raises:
        ValueError: as combinatorial_compression.

    Example:
        >>> f = CombinatorialProbabilisticCompression(m=3, d=2, k=1).eval()
        >>> f(torch.tensor([[3.0, -2.0, 1.0]]))
        tensor([[-0.9260, -2.1076]])
    """

    formula = "kappa(x)_r = ln N(q_I; 0, 1), I = k r-tuples drawn by this density for r = 1..d"
    size_formula = "D = d k"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: combinatorial)"

    def __init__(
        self,
        m: int,
        d: int = 1,
        k: int = 1,
        metric: MetricSpec = None,
        with_replacement: bool = False,
        require_normalization: bool = True,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            m, d, k, False, metric, with_replacement, require_normalization, True,
            preprocess_functions, postprocess_functions, generator,
        )  # fmt: skip
