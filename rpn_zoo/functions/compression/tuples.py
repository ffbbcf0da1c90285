"""Choosing k of the r-tuples of the features of each row, by the products of their weights.

A tuple is a combination of r features (with replacement: in which a feature may occur again),
written in increasing order; its weight is the product of the weights of its features. The chosen
tuples, (b, k, r), stand in lexicographic order.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from rpn_zoo.functions.compression.choosing import draw, independent, most_probable
from rpn_zoo.functions.expansion.combinatorial import combination_index

TABLE = 2_000_000
"""The most tuples of which a table is made for a row that cannot do without."""
ROUNDS = 30
"""How often independent tuples are drawn before the remaining rows are drawn from tables."""


def candidates(m: int, r: int, k: int, with_replacement: bool) -> int:
    """How many features, the most probable ones, can occur in the k most probable r-tuples.

    Replacing the feature of rank n in a tuple by a better one that it does not hold gives n - r
    better tuples (with replacement n - 1), so that n <= k + r - 1 (n <= k).

    Example:
        >>> candidates(784, 2, 16, False)
        17
    """
    return min(m, k if with_replacement else k + r - 1)


def most_probable_tuples(log_weights: Tensor, n: int, table: Tensor, k: int) -> Tensor:
    """The k tuples of largest weight of each row; costs O(b (m + K)), K the tuples in the table.

    Args:
        log_weights: of the features, (b, m).
        n: the number of :func:`candidates`.
        table: the r-tuples of the numbers below n, (K, r).
        k: how many.
    """
    features = most_probable(log_weights, n)
    chosen = most_probable(tuple_weights(log_weights.gather(1, features), table), k)
    places = table[chosen]
    return features.gather(1, places.flatten(1)).view(places.shape)


def draw_from_table(
    log_weights: Tensor, table: Tensor, k: int, generator: torch.Generator
) -> Tensor:
    """Draw k tuples of a table (K, r) for each row, each by the weights of those that remain.

    Costs O(b K), so that it is for small tables.
    """
    return table[draw(tuple_weights(log_weights, table), k, generator)]


def tuple_weights(log_weights: Tensor, table: Tensor) -> Tensor:
    """The log weights (b, K) of the tuples of a table (K, r)."""
    total = log_weights.index_select(1, table[:, 0])
    for place in table.unbind(1)[1:]:
        total = total + log_weights.index_select(1, place)
    return total


def draw_tuples(
    log_weights: Tensor, r: int, k: int, with_replacement: bool, generator: torch.Generator
) -> Tensor:
    """Draw k r-tuples of each row, each by the weights of those that remain, without a table.

    Tuples are drawn independently and repeated ones passed over, which is the same law. Costs
    O(b (m + k)) while the weights of a row do not differ by orders of magnitude; a row for which it
    takes too long is finished from a table of all its tuples.

    Args:
        log_weights: of the features, (b, m); m^r must be below 2^63.
        r: the length of a tuple.
        k: how many.
        with_replacement: whether a feature may occur in a tuple more than once.
        generator: a generator of the CPU.

    Raises:
        ValueError: if a row needs a table that would be too large, or has fewer than k tuples with
            a weight above 0.
    """
    b, m = log_weights.shape
    device = log_weights.device
    powers = m ** torch.arange(r - 1, -1, -1, device=device)
    # A tuple as one number, which orders it; -1 is a place that is not filled yet.
    found = torch.full((b, k), -1, device=device)
    rows = torch.arange(b, device=device)
    at_once = 2 * (k + 8) * (math.factorial(r) if with_replacement else 1)
    for _ in range(ROUNDS):
        if not len(rows):
            break
        draws = independent(log_weights[rows], at_once * r, generator).view(len(rows), at_once, r)
        keys = _keys(draws, powers, with_replacement)
        found[rows] = filled = _first_distinct(torch.cat([found[rows], keys], dim=1), k)
        rows = rows[(filled < 0).any(1)]
    for row in rows.tolist():
        table = _whole_table(m, r, with_replacement).to(device)
        found[row] = _finish(log_weights[row], found[row], table, powers, generator)
    return found.sort(dim=1).values.unsqueeze(-1) // powers % m


def _keys(draws: Tensor, powers: Tensor, with_replacement: bool) -> Tensor:
    """The numbers (b, T) of drawn tuples (b, T, r); -1 for those that do not count.

    Without replacement a combination has as many orders as any other, so it counts in all of them;
    with replacement it counts in its increasing order only.
    """
    tuples = draws if with_replacement else draws.sort(dim=-1).values
    steps = tuples.diff(dim=-1)
    valid = ((steps >= 0) if with_replacement else (steps > 0)).all(-1)
    return torch.where(valid, (tuples * powers).sum(-1), -1)


def _first_distinct(numbers: Tensor, k: int) -> Tensor:
    """The first k distinct numbers >= 0 of each row, (b, k); -1 where there are fewer.

    Example:
        >>> _first_distinct(torch.tensor([[5, -1, 5, 2, 7], [1, 1, -1, 1, -1]]), 2)
        tensor([[ 5,  2],
                [ 1, -1]])
    """
    values, order = numbers.sort(dim=1, stable=True)
    new = values >= 0
    new[:, 1:] &= values[:, 1:] != values[:, :-1]
    first = torch.zeros_like(new).scatter(1, order, new)
    place = first.cumsum(1) - 1
    place = torch.where(first & (place < k), place, k)  # column k takes what is left over
    result = torch.full((len(numbers), k + 1), -1, device=numbers.device)
    return result.scatter(1, place, numbers)[:, :k]


def _whole_table(m: int, r: int, with_replacement: bool) -> Tensor:
    count = math.comb(m + r - 1 if with_replacement else m, r)
    if count > TABLE:
        raise ValueError(
            f"the weights of a row differ too much to draw k different {r}-tuples of m = {m} "
            "features: use require_normalization, a smaller k, or fewer features."
        )
    return combination_index(m, r, with_replacement)


def _finish(
    log_weights: Tensor, found: Tensor, table: Tensor, powers: Tensor, generator: torch.Generator
) -> Tensor:
    """Draw what a row (m) still lacks from the tuples that it has not found yet."""
    keys = (table * powers).sum(1)
    weights = tuple_weights(log_weights.unsqueeze(0), table)
    weights = weights.masked_fill(torch.isin(keys, found), -torch.inf)
    missing = found < 0
    count = int(missing.sum())
    if int((weights != -torch.inf).sum()) < count:
        raise ValueError(
            f"a row has fewer than k = {len(found)} tuples with a probability above 0: use "
            "require_normalization or a smaller k."
        )
    return found.masked_scatter(missing, keys[draw(weights, count, generator)[0]])
