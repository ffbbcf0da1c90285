"""A timer whose work runs in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO

from benchmarks.networks import NetworkConfig
from benchmarks.settings import Settings


class RemoteStep:
    """A training step in a process of its own, as a context manager and a timer.

    Args:
        config: the network's config.
        way: ``"structured"``, ``"dense"`` or ``"mlp"``.
        settings: batch, device and threads.

    Raises:
        RuntimeError: if the process ends before it is asked to.
    """

    def __init__(self, config: NetworkConfig, way: str, settings: Settings) -> None:
        self.way = way
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.step_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        job = {
            "network": config,
            "way": way,
            "batch": settings.batch,
            "device": str(settings.device),
            "threads": settings.threads,
        }
        self._ask(json.dumps(job))

    def __call__(self, calls: int) -> float:
        """Do so many steps; return the seconds that they took."""
        return float(self._ask(str(calls)))

    def __enter__(self) -> RemoteStep:
        """The timer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):  # it may have ended already
                _open(stream).close()
        self.process.wait()

    def _ask(self, line: str) -> str:
        with contextlib.suppress(BrokenPipeError):  # the missing answer tells
            _open(self.process.stdin).write(line + "\n")
            _open(self.process.stdin).flush()
        answer = _open(self.process.stdout).readline()
        if not answer:
            raise RuntimeError(f"the process that times the way {self.way!r} ended early.")
        return answer.strip()


def _open(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "the process was started with pipes"
    return stream
