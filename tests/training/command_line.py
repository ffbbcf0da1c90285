"""The command line for tests: a clean environment, no network, no keys, nothing to read from."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
CONFIG = REPOSITORY / "configs" / "mnist-dual-lphm.yaml"
# An address that refuses connections at once: whatever needs the network fails, and soon.
NO_NETWORK = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Outcome:
    """What a finished command left: exit status and text."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """An environment without keys, data and network; ``home`` is empty."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "NETRC": str(home / "netrc"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "120",
        "http_proxy": NO_NETWORK,
        "https_proxy": NO_NETWORK,
        "no_proxy": "127.0.0.1,localhost",
        **more,
    }


class CommandLine:
    """Runs ``rpn-zoo`` in processes of their own.

    Args:
        home: an empty folder.
    """

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(
        self, *arguments: str | Path, cwd: Path, stdout: Path | None = None, **more: str
    ) -> Outcome:
        """Run a command to its end.

        Args:
            arguments: what follows ``rpn-zoo``.
            cwd: the working directory.
            stdout: where to write standard output instead of a file that is read at the end.
            more: further environment variables.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            request = {
                "argv": [str(argument) for argument in arguments],
                "cwd": str(cwd),
                "env": clean_environment(self.home, **more),
                "stdout": str(stdout or out),
                "stderr": str(err),
            }
            status = self._ask(request)
            return Outcome(status, "" if stdout else out.read_text(), err.read_text())

    def installed(self, *arguments: str | Path, cwd: Path) -> Outcome:
        """Run the installed console script, as a user does."""
        script = Path(sys.executable).with_name("rpn-zoo")
        done = subprocess.run(
            [script, *arguments],
            cwd=cwd,
            env=clean_environment(self.home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def _ask(self, request: dict[str, Any]) -> int:
        server = fork_server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        return int(json.loads(server.stdout.readline()))


@cache
def fork_server() -> subprocess.Popen[str]:
    """The server of this process, started when it is first needed; see fork_server.py."""
    home = tempfile.TemporaryDirectory()  # matplotlib writes its list of fonts into it
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("fork_server.py")],
        # This checkout, whichever one is installed.
        env=clean_environment(Path(home.name), PYTHONPATH=str(REPOSITORY)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(home.cleanup)
    atexit.register(server.communicate)  # first: ends its input, and so the server
    return server


@contextmanager
def terminal() -> Iterator[tuple[Path, list[bytes]]]:
    """A pseudo-terminal: the path of its device, and what was written to it."""
    master, slave = os.openpty()
    written: list[bytes] = []

    def read() -> None:
        try:
            while chunk := os.read(master, 65536):
                written.append(chunk)
        except OSError:  # the last one who could write has closed the terminal
            pass

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield Path(os.ttyname(slave)), written
    finally:
        os.close(slave)
        reader.join(timeout=10)
        os.close(master)
