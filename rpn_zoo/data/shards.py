"""Batches divided among processes: which rows of a batch a process works on, and their weight."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor, distributed

from rpn_zoo.functions.checks import check_positive_int


class Shard(NamedTuple):
    """The part of a batch of b rows that one of R processes works on.

    The parts are consecutive, cover every row once, and differ by one row at most: the first
    b mod R processes have one more. A process without any (b < R) is given the first row of the
    batch as a stand-in, whose weight is 0: it takes part in every exchange and counts for nothing.

    Attributes:
        rows: b, the rows of the whole batch, >= 1.
        rank: which process this is, from 0.
        ranks: R, the number of processes.

    Example:
        >>> import torch
        >>> parts = [Shard(7, rank, 3) for rank in range(3)]
        >>> parts[0].counts
        [3, 2, 2]
        >>> [part.take(torch.arange(7)).tolist() for part in parts]
        [[0, 1, 2], [3, 4], [5, 6]]
        >>> round(sum(part.weight for part in parts) / 3, 12)
        1.0
    """

    rows: int
    rank: int = 0
    ranks: int = 1

    @property
    def counts(self) -> list[int]:
        """The rows of every process; their sum is b."""
        few, more = divmod(self.rows, self.ranks)
        return [few + (rank < more) for rank in range(self.ranks)]

    @property
    def count(self) -> int:
        """The rows of this process."""
        return self.counts[self.rank]

    @property
    def start(self) -> int:
        """The place of this process's first row in the batch."""
        return sum(self.counts[: self.rank])

    @property
    def weight(self) -> float:
        """The factor of this process's mean over its rows: count * R / b.

        Averaged over the processes, means with this factor are the mean over the whole batch.
        """
        return self.count * self.ranks / self.rows

    def take(self, x: Tensor) -> Tensor:
        """This process's rows of x (b, ...): (max(count, 1), ...)."""
        if not self.count:
            return x[:1]
        return x[self.start : self.start + self.count]


class Indices(NamedTuple):
    """Places of the rows of a batch in the data, and the part of it that is wanted.

    Attributes:
        whole: the places of all rows of the batch, int64, (b,).
        shard: the part.
    """

    whole: Tensor
    shard: Shard


class Sharded(NamedTuple):
    """A process's part of a batch.

    Attributes:
        batch: what the process works on, such as a pair (x, y) of its own rows.
        shard: which rows these are.
    """

    batch: Any
    shard: Shard


def process_rank() -> tuple[int, int]:
    """The rank of this process and their number, (0, 1) where there is no group of processes.

    Example:
        >>> process_rank()
        (0, 1)
    """
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1


def check_ranks(rank: int | None, ranks: int | None) -> tuple[int, int] | None:
    """Check a rank and a number of processes that are given together, or neither.

    Raises:
        ValueError: if only one is given, or rank is not in [0, ranks).
    """
    if rank is None and ranks is None:
        return None
    if rank is None or ranks is None:
        raise ValueError(f"rank and ranks go together, got rank={rank!r} and ranks={ranks!r}.")
    check_positive_int("ranks", ranks)
    if check_positive_int("rank", rank, minimum=0) >= ranks:
        raise ValueError(f"rank must be below ranks = {ranks}, got {rank}.")
    return rank, ranks
