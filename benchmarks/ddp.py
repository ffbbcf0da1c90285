"""Data-parallel training: a step by two processes against one, on the same batch."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from benchmarks.architectures import rpn_cnn
from benchmarks.networks import NetworkConfig, zoo_networks
from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.steps import FLAGSHIP
from benchmarks.timing import take_turns

BATCH = 256
CNN = "CNN 3-16-32-64-10 with batch norm"
TIMES_FASTER = 1.5


class Group:
    """Processes that train together, as a context manager and a timer.

    Args:
        config: the network's config.
        ranks: the number of processes, each with one thread.
        batch: rows of the whole batch.
    """

    def __init__(self, config: NetworkConfig, ranks: int, batch: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.calls, self.cpu_seconds = 0, 0.0
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.ddp_worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=Path(__file__).parents[1],
            )
            for _ in range(ranks)
        ]
        job = {"network": config, "batch": batch, "ranks": ranks, "meet": f"{self.folder.name}/m"}
        self._ask([json.dumps({**job, "rank": rank}) for rank in range(ranks)])

    def __call__(self, calls: int) -> float:
        """Do so many steps; return the wall seconds that they took."""
        answers = [json.loads(a) for a in self._ask([str(calls)] * len(self.processes))]
        self.calls += calls
        self.cpu_seconds += max(cpu for _, cpu in answers)
        return float(max(wall for wall, _ in answers))

    @property
    def cpu_time(self) -> float:
        """CPU seconds a step of the process that used most: what is left on free cores."""
        return self.cpu_seconds / max(self.calls, 1)

    def __enter__(self) -> Group:
        """The timer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the processes."""
        for process in self.processes:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it may have ended already
                process.stdin.close()
        for process in self.processes:
            assert process.stdout is not None
            process.stdout.close()
            process.wait()
        self.folder.cleanup()

    def _ask(self, lines: list[str]) -> list[str]:
        for process, line in zip(self.processes, lines, strict=True):
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # the missing answer tells
                process.stdin.write(line + "\n")
                process.stdin.flush()
        answers = []
        for process in self.processes:
            assert process.stdout is not None
            answers.append(process.stdout.readline().strip())
        if not all(answers):
            raise RuntimeError("a process that trains in a group ended early.")
        return answers


def measure(
    settings: Settings, networks: Mapping[str, NetworkConfig] | None = None, batch: int = BATCH
) -> Section:
    """Time forward, backward and AdamW step of the same batch by one and by two processes.

    Args:
        settings: how to measure; always on the CPU, one thread a process, wall time.
        networks: configs by name; None takes a CNN and the flagship.
        batch: rows of the whole batch.
    """
    section = Section("ddp", f"Training step by two processes, whole batch b = {batch}, gloo")
    chosen = networks
    if chosen is None:
        chosen = {CNN: rpn_cnn().config, FLAGSHIP: zoo_networks()[FLAGSHIP]}
    for name, config in chosen.items():
        with ExitStack() as stack:
            groups = {n: stack.enter_context(Group(config, n, batch)) for n in (1, 2)}
            samples = take_turns({str(n): group for n, group in groups.items()}, settings)
            ratio = samples.ratio("1", "2")
            row: Row = {
                "network": name,
                "1 process": samples.time("1"),
                "2 processes": samples.time("2"),
                "1 / 2": ratio,
                "CPU time 1 / 2": Quantity(groups[1].cpu_time / groups[2].cpu_time, "x"),
            }
        section.rows.append(row)
        if name == CNN:
            section.goals.append(
                Goal(f"{CNN}: step, 1 process / 2 processes", ratio, TIMES_FASTER, at_least=True)
            )
    section.notes.append(
        "Wall time: it needs two free cores. The CPU time a process spends on a step hardly "
        "notices other processes; its ratio is what the wall time comes to on free cores, if the "
        "processes need not wait for each other."
    )
    return section
