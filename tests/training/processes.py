"""Runs functions of the tests in groups of real processes that talk by gloo.

One interpreter imports what is needed and forks the processes of every group: it has no threads by
then. They meet through a file, so that no port can be taken by someone else.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import torch

from tests.training.command_line import REPOSITORY, Outcome, clean_environment

SECONDS_ALLOWED = 240


def start(cwd: Path, home: Path, *arguments: str) -> Outcome:
    """Run Python with these arguments; what it starts ends with it.

    Args:
        cwd: the working directory.
        home: the user's folder.
        arguments: of the interpreter.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=cwd,
        env=clean_environment(home, PYTHONPATH=str(REPOSITORY)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=SECONDS_ALLOWED)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Outcome(process.returncode, out, err)


def in_processes(function: str, groups: list[int], folder: Path) -> dict[int, list[Any]]:
    """Call a function in groups of processes.

    Args:
        function: ``"module:name"``; called without arguments, in every process of a group.
        groups: the sizes of the groups, which run one after the other.
        folder: an empty folder.

    Returns:
        What the function returned, for each size a list with one entry for each rank.
    """
    command = ["-m", "tests.training.processes", function, str(folder), *map(str, groups)]
    done = start(REPOSITORY, folder, *command)
    assert done.status == 0, done.out + done.err
    return {
        size: [torch.load(_result(folder, size, rank), weights_only=True) for rank in range(size)]
        for size in groups
    }


def _result(folder: Path, size: int, rank: int) -> Path:
    return folder / f"{size}-{rank}.pt"


def _become(function: str, folder: Path, rank: int, size: int) -> None:
    """Run the function as one process of a group."""
    os.environ["LOCAL_RANK"] = str(rank)
    os.chdir(folder)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meet-{size}", rank=rank, world_size=size
    )
    module, name = function.split(":")
    torch.save(getattr(importlib.import_module(module), name)(), _result(folder, size, rank))
    # Until all are done: who leaves earlier may take away a message that another one still reads.
    deadline = time.monotonic() + 20
    for other in range(size):
        while not _result(folder, size, other).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    torch.distributed.destroy_process_group()


def main(function: str, folder: Path, groups: list[int]) -> int:
    """Fork the groups one after the other; the worst exit status."""
    importlib.import_module(function.split(":")[0])
    gc.collect()
    gc.freeze()
    for size in groups:
        children = []
        for rank in range(size):
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    _become(function, folder, rank, size)
                    status = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(status)
            children.append(child)
        # All are waited for: one that lost its partner fails soon.
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        if any(codes):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), [int(size) for size in sys.argv[3:]]))
