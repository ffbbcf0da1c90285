"""Kronecker powers of rows, and their moments without building them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def kron_powers(x: Tensor, d: int) -> Tensor:
    r"""Concatenate x, x (x) x, ..., the d-fold Kronecker power of each row.

    Args:
        x: data of shape (b, m).
        d: highest order, >= 1.

    Returns:
        (b, m + m^2 + ... + m^d); the product :math:`x_{i_1} \cdots x_{i_p}` stands in block p at
        position :math:`i_1 m^{p-1} + \dots + i_p`. Costs b D products and numbers of memory.

    Example:
        >>> kron_powers(torch.tensor([[2.0, 3.0]]), 2)
        tensor([[2., 3., 4., 6., 6., 9.]])
    """
    powers = [x]
    for _ in range(d - 1):
        powers.append((powers[-1].unsqueeze(-1) * x.unsqueeze(-2)).flatten(1))
    return torch.cat(powers, dim=-1) if d > 1 else x


def kron_powers_moments(x: Tensor, d: int) -> tuple[Tensor, Tensor]:
    r"""Mean and population variance over the entries of :func:`kron_powers`, without building them.

    With mean mu and variance v of a row, block p has mean :math:`\mu^p` and variance
    :math:`(v+\mu^2)^p - \mu^{2p} = v \sum_j (v+\mu^2)^j \mu^{2(p-1-j)}`; the variance of all is the
    mean of the blocks' variances plus the variance of the blocks' means. Every term is
    non-negative, so nothing cancels, constant rows included. Costs O(b (m + d^2)).

    Args:
        x: data of shape (b, m).
        d: highest order, >= 1.

    Returns:
        mean and variance, each (b, 1).

    Example:
        >>> mean, var = kron_powers_moments(torch.tensor([[1.0, 1.0, 1.0]]), 2)
        >>> mean.item(), var.item()
        (1.0, 0.0)
    """
    mean, variance = PowerMoments.apply(x, d)
    return mean, variance


class PowerMoments(torch.autograd.Function):
    """:func:`kron_powers_moments` with its gradients written out.

    These are many operations on tiny tensors, where autograd's bookkeeping costs most of the time.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, d: int) -> tuple[Tensor, Tensor]:
        """Mean and variance over all blocks, each (b, 1)."""
        _, mu, v = _row_moments(x)
        weights, means, mean = _blocks(mu, x.shape[-1], d)
        square = mu * mu
        block, power = v, square
        variance = weights[0] * v
        for p in range(1, d):  # the variance of block p + 1: (v + mu^2) block_p + v mu^(2p)
            block = (v + square) * block + v * power
            power = power * square
            variance = variance + weights[p] * block
        for weight, value in zip(weights, means, strict=True):
            variance = variance + weight * (value - mean).square()
        return mean, variance

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the inputs."""
        x, ctx.d = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, g_mean: Tensor, g_variance: Tensor) -> tuple[Any, ...]:
        """The gradient of x; made of ordinary operations, so differentiable again."""
        (x,) = ctx.saved_tensors
        centred, mu, v = _row_moments(x)
        weights, means, mean = _blocks(mu, x.shape[-1], ctx.d)
        orders = range(1, ctx.d + 1)
        slopes = [torch.ones_like(mu)] + [p * means[p - 2] for p in orders[1:]]  # p mu^(p-1)
        mean_slope = sum(w * s for w, s in zip(weights, slopes, strict=True))
        square, raw = mu * mu, v + mu * mu
        by_mu, by_v = torch.zeros_like(mu), torch.zeros_like(mu)
        for p, weight, value, slope in zip(orders, weights, means, slopes, strict=True):
            by_v = by_v + weight * p * raw ** (p - 1)
            # (v + mu^2)^(p-1) - mu^(2p-2) = v times a sum of non-negative terms: nothing cancels.
            rest = [raw**j * square ** (p - 2 - j) for j in range(p - 1)]
            by_mu = by_mu + 2 * weight * p * mu * v * sum(rest, torch.zeros_like(mu))
            by_mu = by_mu + 2 * weight * (value - mean) * (slope - mean_slope)
        # What rounding left of the mean is large beside an almost constant row.
        centred = centred - centred.mean(-1, keepdim=True)
        g_mu = g_mean * mean_slope + g_variance * by_mu
        return (g_mu + 2 * g_variance * by_v * centred) / x.shape[-1], None


def _row_moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Centred rows x - mu, their means mu and variances v."""
    mu = x.mean(-1, keepdim=True)  # torch.var_mean is several times slower on the CPU
    centred = x - mu
    return centred, mu, centred.square().mean(-1, keepdim=True)


def _blocks(mu: Tensor, m: int, d: int) -> tuple[list[float], list[Tensor], Tensor]:
    """The share of each block in D, the blocks' means mu^p, and the mean over all."""
    total = sum(m**p for p in range(1, d + 1))
    weights = [m**p / total for p in range(1, d + 1)]
    means = [mu]
    for _ in range(d - 1):
        means.append(means[-1] * mu)
    mean = weights[0] * mu
    for weight, value in zip(weights[1:], means[1:], strict=True):
        mean = mean + weight * value
    return weights, means, mean
