"""Networks whose rows depend on one another, where several processes share a batch.

What a batch means does not change with the number of processes: it is the batch of the config. So
whatever looks at several rows is shown the rows of all processes, with the gradient flowing back
to where they came from:

- batch normalisation exchanges statistics (:mod:`rpn_zoo.training.sync_batch_norm`);
- an interdependence that mixes rows, or computes its matrix from them, gets the gathered rows, and
  each process keeps its own of the result;
- a head with another function that looks at several rows, learns from them or draws for each
  (fitted and sampling compressions, normalisation of columns, and the like) is evaluated on the
  gathered rows by every process.

Everything else, such as expansions and products, works on a process's own rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from rpn_zoo.data.shards import Shard
from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.functions.matrix_normalization import (
    DegreeBasedNormalizeMatrix,
    MeanStdBasedNormalizeMatrix,
    OperatorBasedNormalizeMatrix,
)
from rpn_zoo.functions.transformation import Transformation
from rpn_zoo.nn import RPN
from rpn_zoo.nn.head import Head
from rpn_zoo.training.collectives import gather_rows
from rpn_zoo.training.sync_batch_norm import CurrentShard, SyncBatchNorm

NORMALIZATIONS = (
    DegreeBasedNormalizeMatrix, MeanStdBasedNormalizeMatrix, OperatorBasedNormalizeMatrix,
)  # fmt: skip


class GlobalBatch:
    """Makes a network see whole batches while it is given a process's part of them.

    The network's parameters, buffers and state dict stay what they are. Outside of :meth:`part_of`
    it behaves as before.

    Args:
        network: the network; it is prepared in place.
    """

    def __init__(self, network: RPN) -> None:
        self._current = CurrentShard()
        for layer in network.layers:
            for head in layer.get_submodule("heads").children():
                assert isinstance(head, Head)
                if needs_whole_batch(head):
                    self._gather(head)
                    continue
                for A in mixes_rows(head):
                    self._gather(A)
                for part in head.children():
                    self._synchronise(part)
            self._synchronise(layer, skip="heads")

    @contextmanager
    def part_of(self, shard: Shard | None) -> Iterator[None]:
        """Within, the network's rows are this part of a batch; None: a batch of their own."""
        self._current.shard = shard
        try:
            yield
        finally:
            self._current.shard = None

    def _gather(self, module: nn.Module) -> None:
        """Call the module with the rows of all processes, and keep this process's own."""

        def before(module: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...] | None:
            shard = self._current.shard
            if shard is None:
                return None
            return tuple(gather_rows(x, shard) if isinstance(x, Tensor) else x for x in arguments)

        def after(module: nn.Module, arguments: tuple[Any, ...], y: Tensor) -> Tensor | None:
            shard = self._current.shard
            if shard is None:
                return None
            if len(y) != shard.rows:
                raise ValueError(
                    f"{type(module).__name__} turns a batch of {shard.rows} rows into {len(y)}: "
                    "which process a row belongs to is not defined; train on one device."
                )
            return shard.take(y)

        module.register_forward_pre_hook(before)
        module.register_forward_hook(after)

    def _synchronise(self, module: nn.Module, skip: str = "") -> None:
        """Replace the batch normalisations within that see rows of the batch."""
        for name, child in module.named_children():
            if isinstance(child, Interdependence) or name == skip:
                continue  # what is within normalises matrices, not rows
            if isinstance(child, nn.BatchNorm1d):
                setattr(module, name, SyncBatchNorm(child, self._current))
            else:
                self._synchronise(child)


def mixes_rows(head: Head) -> list[Interdependence]:
    """The interdependences of a head whose result for a row depends on other rows of the batch."""
    found: list[Interdependence] = []
    for A in head.modules():
        if not isinstance(A, Interdependence):
            continue
        direct = any(A in slot for slot in _slots(head))
        # Among the positions of a row nothing is mixed between rows.
        if direct and not A.row_independent and (A.mode == "attribute" or head.positions is None):
            found.append(A)
    return found


def needs_whole_batch(head: Head) -> bool:
    """Whether a head is to be evaluated on whole batches, interdependence and batch norm aside."""
    inner = {m for slot in _slots(head) for A in slot for m in A.modules()}
    return any(_looks_at_rows(module) for module in head.modules() if module not in inner)


def _slots(head: Head) -> tuple[nn.ModuleList, nn.ModuleList]:
    return head.attribute_interdependences, head.instance_interdependences


def _looks_at_rows(module: nn.Module) -> bool:
    if isinstance(module, NORMALIZATIONS):
        return module.mode != "row"
    if isinstance(module, (nn.Softmax, nn.LogSoftmax)):
        return module.dim in (None, 0, -2)
    return isinstance(module, Transformation) and (
        module.fitted or not module.row_independent or hasattr(module, "sample_generator")
    )
