"""Combinations of inputs: the tuples themselves, and their joint normal log density."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rpn_zoo.functions.checks import MAX_INT, check_positive_int
from rpn_zoo.functions.expansion.folded import FoldedExpansion
from rpn_zoo.functions.memory import check_table
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


def combination_counts(m: int, d: int, with_replacement: bool) -> list[int]:
    """How many combinations of r = 1..d out of m features there are.

    Raises:
        ValueError: if d > m without replacement: there are no such combinations; if there are more
            than any machine can list.

    Example:
        >>> combination_counts(4, 2, False), combination_counts(4, 2, True)
        ([4, 6], [4, 10])
    """
    check_positive_int("m", m)
    check_positive_int("d", d)
    if not isinstance(with_replacement, bool):
        raise ValueError(f"with_replacement must be true or false, got {with_replacement!r}.")
    if not with_replacement and d > m:
        raise ValueError(f"d must be <= m = {m} without replacement, got d = {d}.")
    counts: list[int] = []
    for r in range(1, d + 1):
        # Each from the one before: that of large m and r would be beyond Python's patience.
        before, more = counts[-1] if counts else 1, m + r - 1 if with_replacement else m - r + 1
        counts.append(before * more // r)
        if counts[-1] > MAX_INT:
            raise ValueError(
                f"d must keep the number of combinations <= {MAX_INT:,}, got d = {d} for m = {m:,}."
            )
    return counts


def combination_index(m: int, r: int, with_replacement: bool) -> Tensor:
    """The combinations of r out of m features in lexicographic order: (count, r), integers.

    Example:
        >>> combination_index(3, 2, False).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    count = math.comb(m + r - 1 if with_replacement else m, r)
    check_table(f"the table of all {count:,} combinations of {r} of {m:,} features", 2 * count * r)
    kind = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    tuples: Iterator[tuple[int, ...]] = kind(range(m), r)
    numbers = np.fromiter(itertools.chain.from_iterable(tuples), dtype=np.int64)
    return torch.from_numpy(numbers).reshape(-1, r)


@register
class CombinatorialExpansion(FoldedExpansion):
    r"""All combinations of up to d inputs, written out one after the other.

    First all of one input, then all pairs in lexicographic order, ...: a gather of columns with a
    fixed index. Costs b D copies, D = sum over r of r times the number of combinations.

    Args:
        m: input width.
        d: largest number r of inputs in a combination, >= 1 (<= m without replacement).
        with_replacement: whether an input may occur more than once in a combination.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> CombinatorialExpansion(m=3)(torch.tensor([[1.0, 2.0, 3.0]]))
        tensor([[1., 2., 3., 1., 2., 1., 3., 2., 3.]])
    """

    formula = "kappa(x) = all r-tuples x[i1], ..., x[ir] with i1 < ... < ir, r = 1..d"
    size_formula = (
        "D = sum(r C(m, r), r = 1..d), or sum(r C(m + r - 1, r), r = 1..d) with_replacement"
    )
    closed_form_moments = True
    source = "RPN, arXiv:2407.04819, section 5.1 (combinatorial expansion)"
    index: Tensor

    def __init__(
        self,
        m: int,
        d: int = 2,
        with_replacement: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        counts = combination_counts(m, d, with_replacement)
        width = sum(r * count for r, count in enumerate(counts, 1))
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.d, self.with_replacement = d, with_replacement
        self.folds = d > 1
        orders = [combination_index(m, r, with_replacement).flatten() for r in range(1, d + 1)]
        # It follows from the options: not saved.
        self.register_buffer("index", torch.cat(orders), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """All combinations of every row: (b, m) -> (b, D)."""
        return x.index_select(1, self.index)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Those of x itself: in every block all inputs stand equally often."""
        return x.mean(-1, keepdim=True), x.var(-1, correction=0, keepdim=True)

    def features(self, x: Tensor) -> Tensor:
        """The data themselves."""
        return x

    def fold(self, W: Tensor) -> tuple[Tensor, None]:
        """For every input the sum over its places: (n, D) -> (n, m)."""
        return W.new_zeros(W.shape[0], self.m).index_add(-1, self.index, W), None


@register
class CombinatorialNormalExpansion(FoldedExpansion):
    r"""The log density of the standard normal for all combinations of up to d inputs.

    .. math::
        \kappa(x)_{(i_1 \dots i_r)} = \sum_{j=1}^r \ell(x_{i_j}), \quad
        \ell(x) = -\tfrac12 x^2 - \tfrac12 \ln 2 \pi

    First all of one input, then all pairs in lexicographic order, ... The summands are computed
    once per input. Costs b sum_r r C(m, r) additions.

    Args:
        m: input width.
        d: largest number r of inputs in a combination, >= 1 (<= m without replacement).
        with_replacement: whether an input may occur more than once in a combination.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> CombinatorialNormalExpansion(m=2, d=2)(torch.tensor([[0.0, 1.0]]))
        tensor([[-0.9189, -1.4189, -2.3379]])
    """

    formula = "kappa(x) = ln N(x[i1], ..., x[ir]; 0, I), i1 < ... < ir, r = 1..d"
    size_formula = "D = sum(C(m, r), r = 1..d), or sum(C(m + r - 1, r), r = 1..d) with_replacement"
    closed_form_moments = True
    source = "RPN, arXiv:2407.04819, section 5.1 (combinatorial normal expansion)"
    index: Tensor
    containing: Tensor

    def __init__(
        self,
        m: int,
        d: int = 1,
        with_replacement: bool = False,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        self_counts = combination_counts(m, d, with_replacement)
        super().__init__(m, sum(self_counts), preprocess_functions, postprocess_functions)
        self.d, self.with_replacement, self.counts = d, with_replacement, self_counts
        self.folds = d > 1
        # The j-th features of all combinations of r, for j = 1..r, r = 2..d; follows from the
        # options: not saved.
        orders = [combination_index(m, r, with_replacement).T for r in range(2, d + 1)]
        index = torch.cat([torch.empty(0, dtype=torch.int64), *(o.flatten() for o in orders)])
        self.register_buffer("index", index, persistent=False)
        self.register_buffer("containing", self._containing(), persistent=False)

    def _containing(self) -> Tensor:
        """The places in the expansion of the combinations with each input, (m, their number)."""
        columns, start = [torch.arange(self.m).unsqueeze(1)], self.m
        for r, count in enumerate(self.counts[1:], 2):
            tuples = combination_index(self.m, r, self.with_replacement).flatten()
            places = tuples.argsort(stable=True) // r  # all inputs stand equally often
            columns.append(start + places.view(self.m, -1))
            start += count
        return torch.cat(columns, dim=1)

    def expand(self, x: Tensor) -> Tensor:
        """The log densities of all combinations: (b, m) -> (b, D)."""
        single = self.features(x)
        if self.d == 1:
            return single
        constants = self.index, self.containing, tuple(self.counts)
        return with_gradient(tuple_sums, tuple_sums_pullback, single, *constants)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        r"""Mean and variance over D in closed form, each (b, 1).

        With the mean mu of the summands and their centred squares c, a block of r-tuples has the
        mean r mu and the variance :math:`a_r \overline{c^2}`, where :math:`a_r` counts how often
        an input stands in a tuple, squared, less what pairs take away: no cancellation.
        """
        single = self.features(x)
        mu = single.mean(-1, keepdim=True)
        square = (single - mu).square().mean(-1, keepdim=True)
        orders = range(1, self.d + 1)
        shares = [count / self.D for count in self.counts]
        mean_order = sum(share * r for share, r in zip(shares, orders, strict=True))
        between = sum(
            share * (r - mean_order) ** 2 for share, r in zip(shares, orders, strict=True)
        )
        within = sum(
            share * spread(self.m, r, self.with_replacement)
            for share, r in zip(shares, orders, strict=True)
        )
        return mean_order * mu, between * mu.square() + within * square

    def features(self, x: Tensor) -> Tensor:
        """The log density of the standard normal at every input, (b, m)."""
        return -0.5 * x.square() - 0.5 * math.log(2 * math.pi)

    def fold(self, W: Tensor) -> tuple[Tensor, None]:
        """For every input the sum over the combinations that contain it: (n, D) -> (n, m)."""
        return W if self.d == 1 else sums_over(self.containing, W), None


def tuple_sums(x: Tensor, index: Tensor, containing: Tensor, counts: tuple[int, ...]) -> Tensor:
    """The sums over all tuples of up to d entries, one order after the other.

    Args:
        x: (..., m).
        index: the j-th entries of all r-tuples, for j = 1..r, r = 2..d.
        containing: see :func:`sums_over`; here unused.
        counts: how many r-tuples there are, r = 1..d.

    Returns:
        (..., D), D the sum of counts.
    """
    orders, start = [x], 0
    for r, count in enumerate(counts[1:], 2):
        first, *others = index[start : start + r * count].split(count)
        start += r * count
        total = x.index_select(-1, first)
        for place in others:
            total += x.index_select(-1, place)
        orders.append(total)
    return torch.cat(orders, dim=-1)


def tuple_sums_pullback(
    x: Tensor, y: Tensor, g: Tensor, index: Tensor, containing: Tensor, counts: tuple[int, ...]
) -> Tensor:
    """The gradient of x: for every entry the sum over the tuples that contain it."""
    return sums_over(containing, g)


def sums_over(places: Tensor, W: Tensor) -> Tensor:
    """The sums of the entries of W (..., D) at the places (m, k): (..., m).

    Gathered, not scattered: three times faster.

    Example:
        >>> sums_over(torch.tensor([[0, 2], [1, 2]]), torch.tensor([1.0, 10.0, 100.0]))
        tensor([101., 110.])
    """
    return W.index_select(-1, places.flatten()).unflatten(-1, places.shape).sum(-1)


def spread(m: int, r: int, with_replacement: bool) -> float:
    r"""The variance of a sum over a random r-tuple, in units of the inputs' mean square.

    For centred values c the mean over all tuples of :math:`(\sum_j c_{i_j})^2` is this number times
    :math:`\overline{c^2}`.

    Example:
        >>> spread(5, 1, False), spread(2, 2, False), spread(2, 2, True)
        (1.0, 0.0, 2.6666666666666665)
    """
    if m == 1:
        return 0.0  # centred, a single value is 0
    if not with_replacement:  # r (m - r) / (m - 1), as for draws from an urn
        return r * (m - r) / (m - 1)
    # How often each input stands in a tuple is uniform over all compositions (Bose-Einstein).
    return r * (m + r) / (m + 1)
