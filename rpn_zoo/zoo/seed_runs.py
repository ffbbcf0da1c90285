"""Train the seeds of an entry, each by the command line in a process of its own."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rpn_zoo.zoo.figures import cost
from rpn_zoo.zoo.files import file_sha256, write_atomic
from rpn_zoo.zoo.recipe import CONFIG_FILE, load_recipe
from rpn_zoo.zoo.run_metrics import METRICS_FILE, RunMetrics, load_metrics
from rpn_zoo.zoo.weights import WEIGHTS_FILE, canonical_network

logger = logging.getLogger(__name__)

RECIPE_COPY = "recipe.yaml"
Runner = Callable[[Sequence[str]], int]


@dataclass(frozen=True)
class SeedRun:
    """A finished run of one seed."""

    folder: Path
    metrics: RunMetrics


def run_process(command: Sequence[str]) -> int:
    """Run a command with this process's streams; return its exit status."""
    return subprocess.run(list(command), check=False).returncode


def train_seeds(
    config: Path, seeds: Sequence[int], output: Path, runner: Runner = run_process
) -> list[SeedRun]:
    """Train each seed into ``<output>/seed-<seed>``; a finished seed is not trained again.

    A folder of an interrupted training is renamed, never deleted.

    Args:
        config: the recipe.
        seeds: the seeds.
        output: folder of the runs.
        runner: runs a command and returns its exit status.

    Returns:
        The runs in the order of the seeds.

    Raises:
        RuntimeError: if a training fails.
        ValueError: if a finished run is of another recipe or damaged, or runs differ in their data.
    """
    runs = []
    for seed in seeds:
        folder = output / f"seed-{seed}"
        if (folder / METRICS_FILE).is_file():
            logger.info("seed %d: finished already, %s", seed, folder)
        else:
            set_aside(folder)
            _train(config, seed, folder, runner)
        runs.append(_checked(config, seed, folder))
    first = runs[0]
    for run in runs[1:]:
        for key in ("metric", "task", "parameters", "data"):
            a, b = getattr(first.metrics, key), getattr(run.metrics, key)
            if a != b:
                raise ValueError(f"{run.folder}: {key} is {b}, but in {first.folder} it is {a}.")
    return runs


def best_run(runs: Sequence[SeedRun]) -> SeedRun:
    """The run that is best on validation: by metric, then by loss, then the smaller seed.

    Without validation data it is the smallest seed.
    """

    def key(run: SeedRun) -> tuple[float, float, int]:
        validation = run.metrics.validation
        metric = run.metrics.metric
        value = cost(metric, validation[metric]) if metric in validation else 0.0
        return value, validation.get("loss", 0.0), run.metrics.seed

    return min(runs, key=key)


def _train(config: Path, seed: int, folder: Path, runner: Runner) -> None:
    command = [sys.executable, "-m", "rpn_zoo.cli", "fit", "--config", str(config)]
    command += ["--seed_everything", str(seed), "--run.folder", str(folder)]
    logger.info("seed %d: training into %s", seed, folder)
    recipe = config.read_bytes()
    status = runner(command)
    if status != 0:
        raise RuntimeError(f"training seed {seed} failed with exit status {status}, see {folder}.")
    if not (folder / METRICS_FILE).is_file():  # as when the training was told to stop
        raise RuntimeError(f"training seed {seed} ended early: {folder} has no {METRICS_FILE}.")
    write_atomic(folder / RECIPE_COPY, recipe, overwrite=True)


def _checked(config: Path, seed: int, folder: Path) -> SeedRun:
    """Read a finished run and make sure that it is one of this recipe and seed."""
    metrics = load_metrics(folder)
    if metrics.seed != seed:
        raise ValueError(f"{folder}: the run must be of seed {seed}, got {metrics.seed}.")
    weights = folder / WEIGHTS_FILE
    if (found := file_sha256(weights)) != metrics.sha256:
        raise ValueError(f"{weights}: SHA-256 must be {metrics.sha256}, got {found}.")
    networks = [load_recipe(path).network for path in (config, folder / CONFIG_FILE)]
    copy = folder / RECIPE_COPY
    same = canonical_network(networks[0]) == canonical_network(networks[1])
    if not copy.is_file():
        logger.warning("%s has no %s: only its network is compared", folder, RECIPE_COPY)
    elif copy.read_bytes() != config.read_bytes():
        same = False
    if not same:
        raise ValueError(
            f"{folder}: this run was trained with another recipe than {config}; give another "
            "--output, or remove the folder to train it again."
        )
    return SeedRun(folder, metrics)


def set_aside(folder: Path) -> None:
    """Rename the folder of an interrupted training out of the way."""
    if not folder.exists():
        return
    number = 1
    while (other := folder.with_name(f"{folder.name}.unfinished-{number}")).exists():
        number += 1
    folder.rename(other)
    logger.warning("%s was not finished; it is kept as %s", folder, other)
