"""Batch normalisation with the statistics of a batch that several processes share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

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
        wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        factor = x.numel() // (x.shape[1] * max(shard.count, 1))
        total = factor * shard.rows
        if total == 1:
            raise ValueError("batch_norm needs more than one value per channel in training.")
        var, mean = torch.var_mean(wide, [0, *range(2, x.dim())], correction=0)
        means, variances = gather_rows(
            torch.stack([mean, var]).unsqueeze(0), Shard(shard.ranks, shard.rank, shard.ranks)
        ).unbind(1)
        share = wide.new_tensor(shard.counts).unsqueeze(1) / shard.rows
        mean = (share * means).sum(0)
        var = (share * (variances + (means - mean).square())).sum(0)
        self._follow(mean.detach(), var.detach() * (total / (total - 1)))
        scale = (var + self.eps).rsqrt()
        shape = (-1, *(1 for _ in range(x.dim() - 2)))
        y = (wide - mean.view(shape)) * (
            scale if self.weight is None else scale * self.weight
        ).view(shape)
        return (y if self.bias is None else y + self.bias.view(shape)).to(x.dtype)

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
