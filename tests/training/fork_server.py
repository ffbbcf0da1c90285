"""Runs `rpn-zoo` many times for the price of one import: each request is served by a fresh fork.

Importing torch and lightning takes seconds, and the tests start the command line dozens of times.
Requests and answers are lines of JSON on standard input and output.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
from typing import Any

SECONDS_ALLOWED = 240
# What the commands import on their own; nothing here starts a thread, so forking is safe.
PRELOAD = (
    "rpn_zoo.training.cli", "rpn_zoo.data", "rpn_zoo.zoo.commands", "rpn_zoo.zoo.evaluation",
    "torch._dynamo", "lightning.pytorch.strategies",
)  # fmt: skip


def become_command(request: dict[str, Any]) -> int:
    """Turn this process into the one that the request describes, and run the command."""
    os.setsid()
    signal.alarm(SECONDS_ALLOWED)
    for descriptor, path in enumerate(("/dev/null", request["stdout"], request["stderr"])):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOCTTY, 0o644)
        os.dup2(file, descriptor)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.path[:0] = filter(None, request["env"].get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = ["rpn-zoo", *request["argv"]]
    from rpn_zoo.cli import main

    return main()


def serve() -> int:
    """Answer requests with exit statuses until standard input ends; forks return their status."""
    sys.path.pop(0)  # this file's folder, which no installed command sees
    for name in PRELOAD:
        importlib.import_module(name)
    # Else a fork's collector writes to, and so copies, all that was imported: 2 s at its end.
    gc.collect()
    gc.freeze()
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            return become_command(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps(os.waitstatus_to_exitcode(status)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(serve())
