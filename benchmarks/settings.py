"""How a run of the benchmark measures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch


@dataclass(frozen=True)
class Settings:
    """Sizes and patience of a run.

    Attributes:
        batch: rows of a batch in steps, memory, functions and crossover.
        rounds: interleaved rounds of a comparison at most, after a warm-up.
        slot: seconds for which one alternative is repeated in a round (at least one call).
        budget: seconds for one comparison; three rounds are made in any case.
        device: where networks and components run.
        threads: torch's threads.
        quick: a coarse run over fewer sizes.
    """

    batch: int = 64
    rounds: int = 25
    slot: float = 0.03
    budget: float = 30.0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    threads: int = 1
    quick: bool = False

    @property
    def clock(self) -> Callable[[], float]:
        """The clock of all timings.

        With one thread on the CPU the process's own time, which leaves out when other processes had
        the core; otherwise wall time.
        """
        one = self.threads == 1 and self.device.type == "cpu"
        return time.process_time if one else time.perf_counter

    @classmethod
    def coarse(cls, device: torch.device, threads: int) -> Settings:
        """What ``--quick`` uses."""
        return cls(rounds=5, slot=0.01, budget=10.0, device=device, threads=threads, quick=True)
