"""A loader that goes on where a pass was left."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader

from rpn_zoo.data.batches import BatchIndexSampler


class ResumableLoader(DataLoader[Any]):
    """A DataLoader of whole batches that knows how many it gave, and can begin after them.

    Lightning keeps :meth:`state_dict` in checkpoints, so that training resumes in the middle of an
    epoch with the batches that are left. Their order has to be a function of the epoch, as that of
    :class:`~rpn_zoo.data.batches.BatchIndexSampler` is: with it, what was given is not read again.
    It takes the arguments of :class:`torch.utils.data.DataLoader`; workers, which read ahead, are
    not for it.

    Example:
        >>> loader = ResumableLoader(list("abc"), batch_size=None)
        >>> batches = iter(loader)
        >>> next(batches), loader.state_dict()
        ('a', {'given': 1})
        >>> again = ResumableLoader(list("abc"), batch_size=None)
        >>> again.load_state_dict({"given": 1})
        >>> list(again), list(again)
        (['b', 'c'], ['a', 'b', 'c'])
    """

    _given = 0
    _skip = 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        """A pass; the first one after :meth:`load_state_dict` is what was left of that one."""
        # All of it at the first batch: a trainer makes the iterator before it restores its state.
        skip, self._skip = self._skip, 0
        self._given = skip
        if isinstance(self.sampler, BatchIndexSampler):
            self.sampler.skip, skip = skip, 0
        for batch in itertools.islice(super().__iter__(), skip, None):
            self._given += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """``{"given": k}``, the number of batches of this pass that were handed out.

        A pass that is over counts as one that has not begun.
        """
        return {"given": self._given % max(len(self), 1)}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Let the next pass begin after the batches that were given.

        Raises:
            ValueError: if it is not a number of batches of this loader.
        """
        given = state.get("given")
        if not isinstance(given, int) or not 0 <= given < max(len(self), 1):
            raise ValueError(
                f"the state of a loader of {len(self)} batches must be {{'given': k}} with k in "
                f"[0, {len(self)}), got {state!r}."
            )
        self._skip = given
