"""The process in which one way of training is timed; started by ``steps.py``.

A process of its own, since the allocator remembers: after one dense step glibc keeps larger arrays,
and a structured step in the same process is some 30 % faster than it would be on its own.

Protocol, line by line: a JSON object describes the job, the answer is ``ready``; then every number
of calls is answered by their seconds.
"""

from __future__ import annotations

import json
import sys

import torch

from benchmarks.networks import training_step
from benchmarks.settings import Settings
from benchmarks.timing import seconds_of


def main() -> None:
    """Serve until standard input ends."""
    job = json.loads(sys.stdin.readline())
    torch.set_num_threads(job["threads"])
    settings = Settings(
        batch=job["batch"], device=torch.device(job["device"]), threads=job["threads"]
    )
    step = training_step(job["network"], job["way"], settings)
    print("ready", flush=True)
    for line in sys.stdin:
        print(seconds_of(step, settings, int(line)), flush=True)


if __name__ == "__main__":
    main()
