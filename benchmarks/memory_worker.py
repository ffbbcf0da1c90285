"""The process in which one way of training is measured for memory; started by ``memory.py``.

Reads a JSON object from standard input and prints one. What counts is the highest resident size
during the steps beyond that just before them, when libraries are initialised (a step of a tiny
network has used the matrix product, the FFT and the optimiser) and parameters, optimiser and batch
exist. The optimiser's state, gradients and everything else that the steps allocate count.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import torch

from benchmarks.networks import training_step
from benchmarks.settings import Settings

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")
TINY: dict[str, Any] = {
    "dims": [64, 16, 4],
    "layers": [
        {
            "heads": [
                {
                    "expansion": {
                        "name": "taylor_expansion",
                        "d": 2,
                        "postprocess_functions": "layer_norm",
                    },
                    "reconciliation": "dual_lphm_reconciliation",
                }
            ]
        },
        {"heads": [{"reconciliation": "identity_reconciliation"}]},
    ],
}


def main() -> None:
    """Measure the job on standard input."""
    job = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    settings = Settings(batch=job["batch"], device=torch.device(job["device"]))
    training_step(TINY, job["way"], Settings(batch=2, device=settings.device))()
    step = training_step(job["network"], job["way"], settings)
    if settings.device.type == "cuda":
        peak = _cuda_peak(step, job["steps"], settings.device)
        print(json.dumps({"bytes": peak, "method": "torch.cuda.max_memory_allocated"}))
        return
    base, method = _start()
    for _ in range(job["steps"]):
        step()
    print(json.dumps({"bytes": _peak() - base, "method": method}))


def _cuda_peak(step: Any, steps: int, device: torch.device) -> int:
    torch.cuda.synchronize(device)
    base = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    for _ in range(steps):
        step()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - base


def _start() -> tuple[int, str]:
    """Reset the peak where that works; return the base and the name of the method."""
    try:
        CLEAR_REFS.write_text("5")
        return _status("VmRSS"), "VmHWM after a reset by /proc/self/clear_refs"
    except (OSError, KeyError):
        return _peak(), "difference of the highest resident sizes (a lower bound)"


def _peak() -> int:
    """The highest resident size so far, in bytes."""
    try:
        # Not ru_maxrss: on Linux a new process inherits that of the process that started it.
        return _status("VmHWM")
    except (OSError, KeyError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _status(key: str) -> int:
    fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return int(fields[key].split()[0]) * 1024


if __name__ == "__main__":
    main()
