"""Batch normalisation with the statistics of a batch that several processes share."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn

from rpn_zoo.data.shards import Shard
from rpn_zoo.training.collectives import gather_rows


class CurrentShard:
    """Which part of a batch a network is at work on; None: rows that are a batch of their own."""

    shard: Shard | None = None


class SyncBatchNorm(nn.BatchNorm1d):
    r"""``nn.BatchNorm1d`` over the rows of all processes, on any device.

    Each process contributes the mean and the variance of its rows; with the share
    :math:`p_r` of its rows, :math:`\mu = \sum_r p_r \mu_r` and
    :math:`\sigma^2 = \sum_r p_r (\sigma_r^2 + (\mu_r - \mu)^2)`. Values, gradients and running
    statistics are those of one process with the whole batch (torch's SyncBatchNorm does not run on
    CPUs). One exchange of 2 n numbers forward and one backward.

    Args:
        norm: the normalisation whose parameters and buffers it takes over, as they are.
        current: tells the part of the batch; without one this is ``nn.BatchNorm1d``.
    """

    def __init__(self, norm: nn.BatchNorm1d, current: CurrentShard) -> None:
        super().__init__(
            norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats,
            device="meta",
        )  # fmt: skip
        self.current = current
        self._parameters = norm._parameters
        self._buffers = norm._buffers
        self.train(norm.training)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x of shape (b, n) or (b, n, L), this process's rows of a batch."""
        shard = self.current.shard
        if shard is None or not (self.training or self.running_mean is None):
            return super().forward(x)
        self._check_input_dim(x)
        total = x.numel() // (x.shape[1] * len(x)) * (len(x) // max(shard.size, 1)) * shard.rows
        if total == 1:
            raise ValueError("batch_norm needs more than one value per channel in training.")
        wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        affine = (None if p is None else p.to(wide.dtype) for p in (self.weight, self.bias))
        y, mean, var = Normalize.apply(wide, *affine, shard, total, self.eps)
        self._follow(mean, var * (total / (total - 1)))
        return y.to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, var: Tensor) -> None:
        """Move the running statistics towards those of the batch."""
        if not self.training or self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        step = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean), step)
        self.running_var.lerp_(var.to(self.running_var), step)


class Normalize(torch.autograd.Function):
    """The normalisation as one node, by torch's kernels for fixed statistics.

    Recorded operation by operation it would take half as long again as a whole training step.
    """

    @staticmethod
    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        shard: Shard,
        total: int,
        eps: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The normalised rows, and mean and (population) variance of the whole batch, (n,).

        Args:
            ctx: what is kept for the gradient.
            x: this process's rows, (b, n) or (b, n, L).
            weight: (n,) or None.
            bias: (n,) or None.
            shard: which part of the batch they come from.
            total: the values of a channel in the whole batch.
            eps: is added to the variance.
        """
        own = torch.stack(torch.batch_norm_update_stats(x, None, None, 0.0)).unsqueeze(0)
        every = Shard(shard.ranks, shard.rank, shard.ranks)
        means, variances = gather_rows(own, every).unbind(1)
        share = x.new_tensor(shard.sizes).unsqueeze(1) / shard.rows
        mean = (share * means).sum(0)
        var = (share * (variances + (means - mean).square())).sum(0)
        y = torch.native_batch_norm(x, weight, bias, mean, var, False, 0.0, eps)[0]
        ctx.save_for_backward(x, weight, mean, var)
        ctx.shard, ctx.total, ctx.eps = shard, total, eps
        ctx.mark_non_differentiable(mean, var)
        return y, mean, var

    @staticmethod
    @torch.autograd.function.once_differentiable
    @torch.compiler.disable  # type: ignore[untyped-decorator]
    def backward(  # type: ignore[override]
        ctx: Any, *gradients: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Gradients of x, weight and bias; the last two are this process's share."""
        g, (x, weight, mean, var) = gradients[0].contiguous(), ctx.saved_tensors
        # With fixed statistics the kernel gives sum(g xhat) and sum(g) over this process's rows.
        _, g_weight, g_bias = torch.ops.aten.native_batch_norm_backward(
            g, x, weight, mean, var, None, None, False, ctx.eps, [False, True, True]
        )
        sums = torch.stack([g_weight, g_bias])
        distributed.all_reduce(sums)
        scale = (var + ctx.eps).rsqrt()
        outer = scale if weight is None else scale * weight
        along, level = (outer * sums[0] * scale / ctx.total), outer * sums[1] / ctx.total
        shape = (-1, *(1 for _ in range(x.dim() - 2)))
        if ctx.shard.size:  # g_x = outer (g - mean(g) - xhat mean(g xhat)) over the whole batch
            offset = (along * mean - level).view(shape)
            g_x = torch.addcmul(offset, x, along.view(shape), value=-1)
            g_x.addcmul_(g, outer.view(shape))
        else:
            g_x = g * outer.view(shape)
        affine = (None, None) if weight is None else (g_weight, g_bias)
        return g_x, *affine, None, None, None
