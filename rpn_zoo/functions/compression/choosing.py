"""Choosing k of many entries of each row by their weights: at random, or the most probable ones.

All functions take the logarithms of the weights, (b, K), up to a number that a row has in common;
-inf is the weight 0. They return the chosen places, (b, k), in increasing order. NaN counts as the
largest weight, so that it shows in the result of its row.
"""

from __future__ import annotations

import torch
from torch import Tensor


def draw(log_weights: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Draw k entries of each row one after the other, each by the weights of those that remain.

    The k largest of log w + g with independent standard Gumbel numbers g are such a draw
    (Kool et al., Stochastic beams and where to find them, ICML 2019).

    Args:
        log_weights: (b, K), K >= k.
        k: how many.
        generator: a generator of the CPU.
    """
    keys = log_weights + gumbel(log_weights, generator)
    return keys.topk(k, dim=1, sorted=False).indices.sort(dim=1).values


def draw_with_replacement(log_weights: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Draw k entries of each row independently by the weights."""
    return independent(log_weights, k, generator).sort(dim=1).values


def independent(log_weights: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Draw k entries of each row independently by the weights, in the order of the draws."""
    largest = log_weights.nan_to_num(nan=torch.inf).amax(1, keepdim=True)
    # Where the largest is infinite (it stands for NaN), infinity - infinity must count as 0.
    weights = (log_weights - largest).exp().nan_to_num(nan=1.0).double()
    sums = weights.cumsum(1)
    u = torch.rand(sums.shape[0], k, generator=generator, dtype=torch.float64).to(sums.device)
    # right: a place of weight 0 has the same sum as the one before it and is passed over.
    places = torch.searchsorted(sums, u * sums[:, -1:], right=True)
    last = (sums < sums[:, -1:]).sum(1, keepdim=True)
    return torch.minimum(places, last)  # a product that was rounded up to the total


def most_probable(log_weights: Tensor, k: int) -> Tensor:
    """The k largest weights of each row; of equal ones the first.

    They are the most probable outcome of :func:`draw`.

    Example:
        >>> most_probable(torch.tensor([[0.1, 0.4, 0.2, 0.4]]).log(), 2)
        tensor([[1, 3]])
    """
    weights = log_weights.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
    # A stable sort of whole rows would take five times as long.
    limit = weights.topk(k, dim=1).values[:, -1:]
    above, tied = weights > limit, weights == limit
    room = k - above.sum(1, keepdim=True)
    chosen = above | (tied & (tied.cumsum(1, dtype=torch.int32) <= room))
    count = chosen.cumsum(1, dtype=torch.int32)
    wanted = torch.arange(1, k + 1, device=count.device, dtype=count.dtype)
    wanted = wanted.expand(count.shape[0], -1)
    return torch.searchsorted(count, wanted.contiguous())


def most_probable_with_replacement(log_weights: Tensor, k: int) -> Tensor:
    """The most probable outcome of :func:`draw_with_replacement`.

    A multiset in which entry i occurs n_i times has the probability k! prod w_i^n_i / n_i!, so that
    its n-th copy contributes the factor w_i / n: the k largest factors make the largest product.

    Example:
        >>> most_probable_with_replacement(torch.tensor([[0.1, 0.6, 0.3]]).log(), 3)
        tensor([[1, 1, 2]])
    """
    features = most_probable(log_weights, min(k, log_weights.shape[1]))
    copies = torch.arange(1, k + 1, device=log_weights.device, dtype=log_weights.dtype)
    factors = log_weights.gather(1, features).unsqueeze(-1) - copies.log()
    return features.gather(1, most_probable(factors.flatten(1), k) // k)


def gumbel(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard Gumbel numbers of the shape and on the device of ``like``."""
    noise = torch.empty(like.shape, dtype=torch.float32).exponential_(generator=generator)
    return -noise.to(like.device).log()


def check_choice_of(log_weights: Tensor, k: int) -> None:
    """Check that k entries of each row have a weight above 0.

    What a compiler traces and what lies on the meta device has no values and is not checked.

    Raises:
        ValueError: if a row has fewer.
    """
    if torch.compiler.is_compiling() or log_weights.is_meta:
        return
    if bool(((log_weights != -torch.inf).sum(1) < k).any()):
        raise ValueError(
            f"fewer than k = {k} features of a row lie in the support of the distribution: use "
            "require_normalization, or a distribution whose support covers the data."
        )
