"""Peak memory of a training step: structured, dense and MLP, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.networks import NetworkConfig, dense_bytes, free_bytes, zoo_networks
from benchmarks.results import Goal, Quantity, Row, Section, middle
from benchmarks.settings import Settings
from rpn_zoo.nn import RPN

SHARE_OF_DENSE = 0.05
STEPS = 3
# Freed arrays go back to the system at once, so that what is resident is what is in use; glibc
# otherwise learns from the sizes it sees to keep more, in an order-dependent way.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "131072"}


def measure(settings: Settings, networks: Mapping[str, NetworkConfig] | None = None) -> Section:
    """Measure the peak beyond the process's base while a few training steps run.

    Args:
        settings: batch, device and threads.
        networks: configs by name; None takes those of the zoo.
    """
    section = Section("memory", f"Peak memory of training steps, b = {settings.batch}")
    methods = set()
    for name, config in (zoo_networks() if networks is None else networks).items():
        ways = ["structured", "dense", "mlp"]
        if dense_bytes(RPN(config), settings.batch) > 0.7 * free_bytes():
            ways.remove("dense")
            section.notes.append(f"{name}: the dense way needs more memory than is free.")
        peaks: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(1 if settings.quick else 3):
            for way in ways:
                answer = run_worker(config, way, settings)
                peaks[way].append(float(answer["bytes"]))
                methods.add(str(answer["method"]))
        row: Row = {
            "network": name,
            "structured": Quantity.of(peaks["structured"], "B"),
            "MLP": Quantity.of(peaks["mlp"], "B"),
            "dense": None,
            "structured / dense": None,
        }
        if "dense" in ways:
            share = Quantity(middle(peaks["structured"]) / max(middle(peaks["dense"]), 1.0), "%")
            row.update({"dense": Quantity.of(peaks["dense"], "B"), "structured / dense": share})
            goal = f"{name}: peak memory of a step, share of the dense way"
            if _is_wide(config):
                section.goals.append(Goal(goal, share, SHARE_OF_DENSE))
        section.rows.append(row)
    section.notes.append(
        f"Highest in {STEPS} steps beyond the base: {', '.join(sorted(methods))}. "
        "Gradients, the optimiser's state and the workspace count; libraries, parameters and the "
        "batch do not."
    )
    return section


def run_worker(config: NetworkConfig, way: str, settings: Settings) -> dict[str, Any]:
    """Run :mod:`benchmarks.memory_worker` for one way and return its answer.

    Raises:
        RuntimeError: with the end of the worker's messages, if it fails.
    """
    job = {
        "network": config,
        "way": way,
        "batch": settings.batch,
        "device": str(settings.device),
        "threads": settings.threads,
        "steps": STEPS,
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory_worker"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, **ALLOCATOR},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the memory worker failed ({way}): {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _is_wide(config: NetworkConfig) -> bool:
    """Whether the dense way needs enough memory (64 MiB) for a share of it to mean something."""
    return dense_bytes(RPN(config), 64) > 2**26
