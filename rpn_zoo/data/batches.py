"""Small data in memory, handed out by whole batches: no Python code runs per sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from rpn_zoo.data.shards import Indices, Shard, Sharded, check_ranks, process_rank
from rpn_zoo.functions.checks import check_positive_int

Transform = Callable[[Tensor], Tensor]
Augment = Callable[[Tensor, torch.Generator, Shard], Tensor]
"""Maps a process's rows of a batch, with a generator of draws for all rows of the batch."""


class NodeBatch(NamedTuple):
    """A whole graph as one batch, of which only some rows are scored.

    A network that passes messages needs all N nodes at once; loss and metrics are those of
    some of them.

    Attributes:
        x: features of all nodes, (N, m), dense or sparse CSR.
        y: classes of the scored nodes, int64, (k,).
        nodes: which nodes these are, int64, (k,).

    Example:
        >>> batch = NodeBatch(torch.ones(3, 2), torch.tensor([1]), torch.tensor([2]))
        >>> batch.select(torch.tensor([[0.0], [1.0], [5.0]]))
        tensor([[5.]])
    """

    x: Tensor
    y: Tensor
    nodes: Tensor

    def select(self, outputs: Tensor) -> Tensor:
        """The scored rows (k, ...) of a network's outputs (N, ...)."""
        return outputs.index_select(0, self.nodes)


class InMemoryDataset(Dataset["tuple[Tensor, Tensor] | Sharded"]):
    """Inputs and targets held as tensors and indexed by a tensor of indices.

    Use it as ``DataLoader(dataset, sampler=BatchIndexSampler(...), batch_size=None)``.

    Args:
        inputs: shape (N, ...), any dtype.
        targets: shape (N, ...), any dtype.
        transform: applied to each batch of inputs, (b, ...) -> (b, ...), or None.
        augment: applied after it, to (rows, generator, shard). The generator is seeded by ``seed``
            and the indices of the whole batch: what is drawn depends on nothing else, so that a
            resumed run repeats it. It should draw for all ``shard.rows`` rows and use
            ``shard.take`` of it: then it does not matter how many processes share a batch.
        seed: the seed of the augmentation.

    Raises:
        ValueError: inputs and targets differ in length.

    Example:
        >>> inputs, targets = torch.arange(6).view(3, 2), torch.tensor([0, 1, 2])
        >>> data = InMemoryDataset(inputs, targets, transform=Tensor.float)
        >>> data[torch.tensor([2, 0])]
        (tensor([[4., 5.],
                [0., 1.]]), tensor([2, 0]))
    """

    def __init__(
        self,
        inputs: Tensor,
        targets: Tensor,
        transform: Transform | None = None,
        augment: Augment | None = None,
        seed: int = 0,
    ) -> None:
        """Keep the tensors; nothing is copied."""
        if inputs.dim() == 0 or targets.dim() == 0 or len(inputs) != len(targets):
            raise ValueError(
                "inputs and targets must have the same first dimension, got shapes "
                f"{tuple(inputs.shape)} and {tuple(targets.shape)}."
            )
        self.inputs = inputs
        self.targets = targets
        self.transform = transform
        self.augment = augment
        self.seed = seed

    def __len__(self) -> int:
        """The number of rows N."""
        return len(self.inputs)

    def __getitem__(self, indices: Tensor | int | Indices) -> tuple[Tensor, Tensor] | Sharded:
        """Return the batch of the rows ``indices``.

        Args:
            indices: int64, shape (b,), or a process's part of such a batch. One int is a batch of
                one row, which is what a trainer that puts its own sampler in place
                (``overfit_batches``) asks for.

        Returns:
            The transformed inputs, (b, ...), and the targets, (b, ...); of a part of a batch its
            own rows, with the part.
        """
        if isinstance(indices, Indices):
            return Sharded(self._rows(*indices), indices.shard)
        whole = torch.tensor([indices]) if isinstance(indices, int) else indices
        return self._rows(whole, Shard(len(whole)))

    def _rows(self, whole: Tensor, shard: Shard) -> tuple[Tensor, Tensor]:
        """The rows of a part of the batch of the rows ``whole``."""
        indices = shard.take(whole)
        inputs = self.inputs.index_select(0, indices)
        targets = self.targets.index_select(0, indices)
        if self.transform is not None:
            inputs = self.transform(inputs)
        if self.augment is not None:
            inputs = self.augment(inputs, self._generator(whole), shard)
        return inputs, targets

    def _generator(self, indices: Tensor) -> torch.Generator:
        """A generator that is a function of the seed and the batch; orders differ by epoch."""
        places = torch.arange(1, indices.numel() + 1)
        key = int((indices * places * 2_654_435_761).sum()) ^ (self.seed * 0x9E3779B97F4A7C15)
        return torch.Generator().manual_seed(key % 2**63)


class BatchIndexSampler(Sampler["Tensor | Indices"]):
    """Batches of indices whose order is a function of (seed, epoch) and of nothing else.

    A resumed run therefore repeats the order of an uninterrupted one. Lightning calls
    :meth:`set_epoch` at the start of every epoch; a loop of your own has to do that itself, or each
    pass has the same order. The last batch may be short; nothing is dropped.

    Where several processes work together, all go through the same batches, and each gets its part
    of every one (:class:`~rpn_zoo.data.shards.Shard`): nothing is dropped or handed out twice.

    Args:
        size: number of rows N.
        batch_size: number of rows b of a batch.
        shuffle: draw a new order in every epoch; otherwise 0, 1, 2, ...
        seed: any integer >= 0. No global random state is read or changed.
        rank: which of the processes this is; None: as torch.distributed says when a pass begins.
        ranks: the number of processes, given together with ``rank``.

    Raises:
        ValueError: ``size`` or ``seed`` below 0, ``batch_size`` below 1, or not an integer; a rank
            that is not below ``ranks``.

    Example:
        >>> sampler = BatchIndexSampler(5, batch_size=2, shuffle=False)
        >>> [batch.tolist() for batch in sampler]
        [[0, 1], [2, 3], [4]]
        >>> len(sampler)
        3
        >>> next(iter(BatchIndexSampler(5, 4, shuffle=False, rank=1, ranks=2)))
        Indices(whole=tensor([0, 1, 2, 3]), shard=Shard(rows=4, rank=1, ranks=2))
    """

    def __init__(
        self,
        size: int,
        batch_size: int,
        shuffle: bool,
        seed: int = 0,
        rank: int | None = None,
        ranks: int | None = None,
    ) -> None:
        """Check the arguments; the epoch is 0."""
        self.size = check_positive_int("size", size, minimum=0)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.seed = check_positive_int("seed", seed, minimum=0)
        self.shuffle = shuffle
        self.epoch = 0
        self.skip = 0
        """Number of batches that the next pass leaves out at its beginning; then 0 again."""
        self._place = check_ranks(rank, ranks)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch (>= 0) whose order the next pass has."""
        self.epoch = check_positive_int("epoch", epoch, minimum=0)

    def order(self) -> Tensor:
        """The order of this epoch: int64, shape (N,), each index once."""
        if not self.shuffle:
            return torch.arange(self.size)
        generator = np.random.default_rng((self.seed, self.epoch))
        return torch.from_numpy(generator.permutation(self.size))

    def __iter__(self) -> Iterator[Tensor | Indices]:
        """Yield int64 tensors of shape (batch_size,), the last one possibly shorter.

        With several processes: :class:`~rpn_zoo.data.shards.Indices`, this process's part of them.
        """
        skip, self.skip = self.skip, 0
        return self._batches(skip)

    def _batches(self, skip: int) -> Iterator[Tensor | Indices]:
        # Drawn at the first batch: by then the epoch is known.
        rank, ranks = process_rank() if self._place is None else self._place
        batches = self.order().split(self.batch_size) if self.size else ()
        for batch in batches[skip:]:
            yield batch if ranks == 1 else Indices(batch, Shard(len(batch), rank, ranks))

    def __len__(self) -> int:
        """The number of batches, ceil(N / b), the same for every process."""
        return -(-self.size // self.batch_size)
