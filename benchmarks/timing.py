"""Interleaved timing: A, B, A, B ... so that all alternatives see the same noise."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from benchmarks.results import Quantity
from benchmarks.settings import Settings

Work = Callable[[], object]
Timer = Callable[[int], float]
MIN_ROUNDS = 3
MAX_CALLS = 10_000


@dataclass(frozen=True)
class Samples:
    """Seconds per call of every alternative, one value a round.

    Attributes:
        seconds: the alternatives' values; those at the same place belong to the same round.
    """

    seconds: Mapping[str, list[float]]

    def time(self, name: str) -> Quantity:
        """Median and quartiles of the seconds per call."""
        return Quantity.of(self.seconds[name], "s")

    def ratio(self, slow: str, fast: str) -> Quantity:
        """Median and quartiles of the ratios slow / fast, each taken within one round.

        Ratios of neighbours in time are steadier on a busy machine than a ratio of medians.
        """
        pairs = zip(self.seconds[slow], self.seconds[fast], strict=True)
        return Quantity.of([a / b for a, b in pairs], "x")


def take_turns(timers: Mapping[str, Timer], settings: Settings) -> Samples:
    """Let several timers measure in turns.

    Every one runs twice for warm-up and to find how many calls fill a slot. Then each round gives
    every one a slot; the order is reversed from round to round, so that none always follows the
    same neighbour. Garbage collection waits meanwhile.

    Args:
        timers: by name; each does a number of calls and returns the seconds that they took.
        settings: rounds, slot and budget.

    Returns:
        The seconds per call.
    """
    calls: dict[str, int] = {}
    for name, timer in timers.items():
        timer(1)
        calls[name] = min(MAX_CALLS, max(1, math.ceil(settings.slot / max(timer(1), 1e-7))))
    seconds: dict[str, list[float]] = {name: [] for name in timers}
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for i in range(settings.rounds):
            if i >= MIN_ROUNDS and time.perf_counter() - start > settings.budget:
                break
            for name in list(timers)[:: -1 if i % 2 else 1]:
                seconds[name].append(timers[name](calls[name]) / calls[name])
    finally:
        if collecting:
            gc.enable()
    return Samples(seconds)


def interleave(alternatives: Mapping[str, Work], settings: Settings) -> Samples:
    """Time several ways of doing the same thing in this process, by :func:`take_turns`.

    Args:
        alternatives: what to time, by name.
        settings: rounds, slot, budget and clock.
    """
    timers = {k: partial(seconds_of, work, settings) for k, work in alternatives.items()}
    return take_turns(timers, settings)


def seconds_of(work: Work, settings: Settings, calls: int) -> float:
    """Seconds of ``calls`` calls, on an accelerator until they are done there."""
    device = settings.device
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = settings.clock()
    for _ in range(calls):
        work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return settings.clock() - start
