"""Training steps: the structured way against the dense way and against an MLP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack

from benchmarks.networks import NetworkConfig, dense_bytes, free_bytes, zoo_networks
from benchmarks.remote import RemoteStep
from benchmarks.results import Goal, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Samples, Timer, take_turns
from rpn_zoo.nn import RPN

FLAGSHIP = "mnist-dual-lphm"
TIMES_FASTER_THAN_DENSE = 60.0
TIMES_THE_MLP = 12.0
StartTimer = Callable[[NetworkConfig, str, Settings], AbstractContextManager[Timer]]


def measure(
    settings: Settings,
    networks: Mapping[str, NetworkConfig] | None = None,
    start: StartTimer = RemoteStep,
) -> Section:
    """Time forward, backward and AdamW step of every network.

    Args:
        settings: how to measure.
        networks: configs by name; None takes those of the zoo.
        start: makes the timer of a way; each is a process of its own unless this is given.
    """
    section = Section("steps", f"Training step (forward, backward, AdamW), b = {settings.batch}")
    for name, config in (zoo_networks() if networks is None else networks).items():
        network = RPN(config)
        ways = ["structured", "mlp", "dense"]
        if dense_bytes(network, settings.batch) > 0.7 * free_bytes():
            ways.remove("dense")
            section.notes.append(f"{name}: the dense way needs more memory than is free.")
        with ExitStack() as stack:
            timers = {way: stack.enter_context(start(config, way, settings)) for way in ways}
            samples = take_turns(timers, settings)
        row: Row = {
            "network": name,
            "parameters": f"{network.num_parameters:,}",
            "structured": samples.time("structured"),
            "MLP": samples.time("mlp"),
            "structured / MLP": samples.ratio("structured", "mlp"),
            "dense": samples.time("dense") if "dense" in ways else None,
            "dense / structured": (
                samples.ratio("dense", "structured") if "dense" in ways else None
            ),
        }
        section.rows.append(row)
        if name == FLAGSHIP:
            section.goals += _goals(samples)
    section.notes.append(
        "The MLP has nn.Linear layers of the same widths with ReLU between. Each way runs in a "
        "process of its own; the processes take turns."
    )
    return section


def _goals(samples: Samples) -> list[Goal]:
    against_mlp = samples.ratio("structured", "mlp")
    goals = [Goal(f"{FLAGSHIP}: step, structured / MLP", against_mlp, TIMES_THE_MLP)]
    if "dense" in samples.seconds:
        reached = samples.ratio("dense", "structured")
        what = f"{FLAGSHIP}: step, dense / structured"
        goals.insert(0, Goal(what, reached, TIMES_FASTER_THAN_DENSE, at_least=True))
    return goals
