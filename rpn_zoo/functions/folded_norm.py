"""LayerNorm over D of an expansion that is never built, folded into its product."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class FoldedNorm(torch.autograd.Function):
    """(z - mean row_sums) / sqrt(variance + eps), as one node with its gradients written out.

    These are several operations on small tensors, where autograd's bookkeeping costs most.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(z: Tensor, mean: Tensor, variance: Tensor, row_sums: Tensor, eps: float) -> Tensor:
        """Normalise z (b, channels, n) by mean and variance (b, 1), row sums (channels, n)."""
        centred = torch.addcmul(z, mean.unsqueeze(-1), row_sums, value=-1)
        return centred * torch.rsqrt(variance + eps).unsqueeze(-1)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep the inputs."""
        *tensors, ctx.eps = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Any, ...]:
        """Gradients of all four; made of ordinary operations, so differentiable again."""
        z, mean, variance, row_sums = ctx.saved_tensors
        mean, scale = mean.unsqueeze(-1), torch.rsqrt(variance + ctx.eps).unsqueeze(-1)
        g_z = g * scale
        centred = torch.addcmul(z, mean, row_sums, value=-1)
        g_mean = -(g_z * row_sums).sum((-2, -1)).unsqueeze(-1)
        g_variance = -0.5 * (g_z * centred * scale.square()).sum((-2, -1)).unsqueeze(-1)
        g_sums = -(g_z * mean).sum(0)
        return (
            g_z.to(z.dtype), g_mean.to(mean.dtype), g_variance.to(variance.dtype),
            g_sums.to(row_sums.dtype), None,
        )  # fmt: skip
