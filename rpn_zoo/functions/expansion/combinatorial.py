"""Combinations of inputs: the tuples themselves, and their joint normal log density."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


def combination_counts(m: int, d: int, with_replacement: bool) -> list[int]:
    """How many combinations of r = 1..d out of m features there are.

    Raises:
        ValueError: if d > m without replacement: there are no such combinations.

    Example:
        >>> combination_counts(4, 2, False), combination_counts(4, 2, True)
        ([4, 6], [4, 10])
    """
    check_positive_int("m", m)
    check_positive_int("d", d)
    if not isinstance(with_replacement, bool):
        raise ValueError(f"with_replacement must be true or false, got {with_replacement!r}.")
    if with_replacement:
        return [math.comb(m + r - 1, r) for r in range(1, d + 1)]
    if d > m:
        raise ValueError(f"d must be <= m = {m} without replacement, got d = {d}.")
    return [math.comb(m, r) for r in range(1, d + 1)]


def combination_index(m: int, r: int, with_replacement: bool) -> Tensor:
    """The combinations of r out of m features in lexicographic order: (count, r), integers.

    Example:
        >>> combination_index(3, 2, False).tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    kind = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    tuples: Iterator[tuple[int, ...]] = kind(range(m), r)
    numbers = np.fromiter(itertools.chain.from_iterable(tuples), dtype=np.int64)
    return torch.from_numpy(numbers).reshape(-1, r)


@register
class CombinatorialExpansion(Expansion):
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
        orders = [combination_index(m, r, with_replacement).flatten() for r in range(1, d + 1)]
        # It follows from the options: not saved.
        self.register_buffer("index", torch.cat(orders), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """All combinations of every row: (b, m) -> (b, D)."""
        return x.index_select(1, self.index)


@register
class CombinatorialNormalExpansion(Expansion):
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
    source = "RPN, arXiv:2407.04819, section 5.1 (combinatorial normal expansion)"
    index: Tensor

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
        # The j-th features of all combinations of r, for j = 1..r, r = 2..d; follows from the
        # options: not saved.
        orders = [combination_index(m, r, with_replacement).T for r in range(2, d + 1)]
        index = torch.cat([torch.empty(0, dtype=torch.int64), *(o.flatten() for o in orders)])
        self.register_buffer("index", index, persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """The log densities of all combinations: (b, m) -> (b, D)."""
        single = -0.5 * x.square() - 0.5 * math.log(2 * math.pi)
        if self.d == 1:
            return single
        orders, start = [single], 0
        for r, count in enumerate(self.counts[1:], 2):
            places = self.index[start : start + r * count].split(count)
            start += r * count
            total = single.index_select(1, places[0])
            for place in places[1:]:
                total = total + single.index_select(1, place)
            orders.append(total)
        return torch.cat(orders, dim=-1)
