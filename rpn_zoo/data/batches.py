"""Small data in memory, handed out by whole batches: no Python code runs per sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from rpn_zoo.functions.checks import check_positive_int

Transform = Callable[[Tensor], Tensor]
Augment = Callable[[Tensor, torch.Generator], Tensor]


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


class InMemoryDataset(Dataset[tuple[Tensor, Tensor]]):
    """Inputs and targets held as tensors and indexed by a tensor of indices.

    Use it as ``DataLoader(dataset, sampler=BatchIndexSampler(...), batch_size=None)``.

    Args:
        inputs: shape (N, ...), any dtype.
        targets: shape (N, ...), any dtype.
        transform: applied to each batch of inputs, (b, ...) -> (b, ...), or None.
        augment: applied after it with a generator seeded by ``seed`` and the batch's indices: what
            is drawn depends on nothing else, so a resumed run repeats it.
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

    def __getitem__(self, indices: Tensor | int) -> tuple[Tensor, Tensor]:
        """Return the batch of the rows ``indices``.

        Args:
            indices: int64, shape (b,). One int is a batch of one row, which is what a trainer that
                puts its own sampler in place (``overfit_batches``) asks for.

        Returns:
            The transformed inputs, (b, ...), and the targets, (b, ...).
        """
        if isinstance(indices, int):
            indices = torch.tensor([indices])
        inputs = self.inputs.index_select(0, indices)
        targets = self.targets.index_select(0, indices)
        if self.transform is not None:
            inputs = self.transform(inputs)
        if self.augment is not None:
            inputs = self.augment(inputs, self._generator(indices))
        return inputs, targets

    def _generator(self, indices: Tensor) -> torch.Generator:
        """A generator that is a function of the seed and the batch; orders differ by epoch."""
        places = torch.arange(1, indices.numel() + 1)
        key = int((indices * places * 2_654_435_761).sum()) ^ (self.seed * 0x9E3779B97F4A7C15)
        return torch.Generator().manual_seed(key % 2**63)


class BatchIndexSampler(Sampler[Tensor]):
    """Batches of indices whose order is a function of (seed, epoch) and of nothing else.

    A resumed run therefore repeats the order of an uninterrupted one. Lightning calls
    :meth:`set_epoch` at the start of every epoch; a loop of your own has to do that itself, or each
    pass has the same order. The last batch may be short; nothing is dropped.

    Args:
        size: number of rows N.
        batch_size: number of rows b of a batch.
        shuffle: draw a new order in every epoch; otherwise 0, 1, 2, ...
        seed: any integer >= 0. No global random state is read or changed.

    Raises:
        ValueError: ``size`` or ``seed`` below 0, ``batch_size`` below 1, or not an integer.

    Example:
        >>> sampler = BatchIndexSampler(5, batch_size=2, shuffle=False)
        >>> [batch.tolist() for batch in sampler]
        [[0, 1], [2, 3], [4]]
        >>> len(sampler)
        3
    """

    def __init__(self, size: int, batch_size: int, shuffle: bool, seed: int = 0) -> None:
        """Check the arguments; the epoch is 0."""
        self.size = check_positive_int("size", size, minimum=0)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.seed = check_positive_int("seed", seed, minimum=0)
        self.shuffle = shuffle
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch (>= 0) whose order the next pass has."""
        self.epoch = check_positive_int("epoch", epoch, minimum=0)

    def order(self) -> Tensor:
        """The order of this epoch: int64, shape (N,), each index once."""
        if not self.shuffle:
            return torch.arange(self.size)
        generator = np.random.default_rng((self.seed, self.epoch))
        return torch.from_numpy(generator.permutation(self.size))

    def __iter__(self) -> Iterator[Tensor]:
        """Yield int64 tensors of shape (batch_size,), the last one possibly shorter."""
        if self.size:
            yield from self.order().split(self.batch_size)

    def __len__(self) -> int:
        """The number of batches, ceil(N / b)."""
        return -(-self.size // self.batch_size)
