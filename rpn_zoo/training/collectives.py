"""Exchanging rows among processes: with a gradient in training, in order for predictions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from rpn_zoo.data.shards import Shard


def gather_rows(x: Tensor, shard: Shard) -> Tensor:
    """The rows of all processes in the order of the batch; the gradient flows to all of them.

    Every process of the group must call it, with its own rows of the same batch. In the backward
    pass the gradients that all processes have for a row are added up at the process it came from.

    Args:
        x: the rows of this process's part of a batch, (f count, ...), where each row of the batch
            may have become f rows (positions); of a stand-in (f, ...).
        shard: the part.

    Returns:
        (f b, ...). Costs one exchange forward and one backward.
    """
    gathered: Tensor = _GatherRows.apply(x, shard)
    return gathered


class _GatherRows(torch.autograd.Function):
    @staticmethod
    @torch.compiler.disable
    def forward(ctx: Any, x: Tensor, shard: Shard) -> Tensor:
        factor = len(x) // max(shard.count, 1)
        sizes = [factor * count for count in shard.counts]
        own = x.new_zeros(max(sizes), *x.shape[1:])
        own[: sizes[shard.rank]] = x[: sizes[shard.rank]]
        parts = [torch.empty_like(own) for _ in sizes]
        distributed.all_gather(parts, own)
        ctx.start, ctx.size = factor * shard.start, sizes[shard.rank]
        ctx.rows = len(x)
        return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])

    @staticmethod
    @torch.compiler.disable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        total = gradients[0].clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        if ctx.size:
            return total[ctx.start : ctx.start + ctx.size], None
        return total.new_zeros(ctx.rows, *total.shape[1:]), None


def gather_parts(x: Tensor) -> list[Tensor]:
    """Rows of every process, (k_r, ...) with any numbers k_r, at every process; no gradient.

    Args:
        x: this process's rows.
    """
    ranks = distributed.get_world_size()
    sizes = x.new_zeros(ranks, dtype=torch.int64)
    sizes[distributed.get_rank()] = len(x)
    distributed.all_reduce(sizes)
    own = x.new_zeros(int(sizes.max()), *x.shape[1:])
    own[: len(x)] = x
    parts = [torch.empty_like(own) for _ in range(ranks)]
    distributed.all_gather(parts, own)
    return [part[: int(size)] for part, size in zip(parts, sizes, strict=True)]
