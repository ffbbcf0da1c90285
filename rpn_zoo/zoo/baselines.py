"""Train the baselines that stand on the cards: ``python -m rpn_zoo.zoo.baselines [NAME ...]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from rpn_zoo.assets import asset_path
from rpn_zoo.functions.checks import nearest
from rpn_zoo.zoo.card import Baseline, mean_and_std
from rpn_zoo.zoo.seed_runs import Runner, run_process, train_seeds

FOLDER = "baselines"
SEEDS = (0, 1, 2, 3, 4)


def baseline_names() -> list[str]:
    """The names of the shipped baseline recipes, ``configs/baselines/<name>.yaml``."""
    return sorted(path.stem for path in (asset_path("configs") / FOLDER).glob("*.yaml"))


def run_baseline(
    name: str, seeds: Sequence[int], output: Path, runner: Runner = run_process
) -> Baseline:
    """Train a baseline with several seeds, each reading the test data once.

    Args:
        name: name of the recipe.
        seeds: the seeds; those already finished in ``output`` are not trained again.
        output: folder of the runs, ``<output>/<name>/seed-<seed>``.
        runner: runs a training command and returns its exit status.

    Returns:
        Mean and sample standard deviation of the test metric, as they stand on a card.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in baseline_names():
        raise ValueError(
            f"unknown baseline {name!r}.{nearest(name, baseline_names())} "
            f"Allowed: {', '.join(baseline_names())}."
        )
    config = asset_path("configs") / FOLDER / f"{name}.yaml"
    runs = train_seeds(config, seeds, output / name, runner)
    metrics = [run.metrics for run in runs]
    mean, std = mean_and_std([m.test[m.metric] for m in metrics])
    return Baseline(name, mean, std, metrics[0].parameters, f"{len(runs)} seeds")


def main(argv: Sequence[str] | None = None) -> int:
    """Train baselines and write their figures, one line each."""
    parser = argparse.ArgumentParser("rpn_zoo.zoo.baselines", description=__doc__)
    parser.add_argument("names", nargs="*", help="recipes of configs/baselines (default: all)")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--output", type=Path, default=Path("runs") / FOLDER)
    args = parser.parse_args(argv)
    console = Console(highlight=False, soft_wrap=True)
    for name in args.names or baseline_names():
        result = run_baseline(name, args.seeds, args.output)
        spread = "" if result.std is None else f" +- {result.std:.3g}"
        console.print(
            f"{name}: {result.value:.6g}{spread} over {result.note}, "
            f"{result.parameters:,} parameters"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
