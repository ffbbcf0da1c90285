"""Train all seeds of an entry and write its weights and card: ``python -m rpn_zoo.zoo.reproduce``.

The test figures come from the runs, which read the test data once each; the weights that ship are
those of the seed that is best on validation. A recipe whose data are cut into folds is
cross-validated, with baselines on the same folds; the weights that ship are then those of the fold
that the recipe names.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rpn_zoo.zoo.card import (
    CARD_FILE,
    Card,
    SeedResult,
    SubsetCheck,
    mean_and_std,
    save_card,
)
from rpn_zoo.zoo.entries import Zoo
from rpn_zoo.zoo.entry import Entry, run_entry
from rpn_zoo.zoo.evaluation import evaluate_subset
from rpn_zoo.zoo.facts import CardFacts, facts_names, load_facts
from rpn_zoo.zoo.figures import rounded
from rpn_zoo.zoo.files import write_atomic
from rpn_zoo.zoo.flops import flops_per_sample
from rpn_zoo.zoo.fold_runs import cross_validate_recipe, fold_logs, make_fold_card
from rpn_zoo.zoo.readme import format_card, render_readme
from rpn_zoo.zoo.recipe import load_recipe
from rpn_zoo.zoo.results import EQUATIONS
from rpn_zoo.zoo.seed_runs import Runner, SeedRun, best_run, run_process, train_seeds
from rpn_zoo.zoo.shipped_weights import shipped_weights
from rpn_zoo.zoo.weights import WEIGHTS_FILE

logger = logging.getLogger(__name__)

SEEDS = (0, 1, 2, 3, 4)
LOG_FILE = "metrics.csv"
SUBSET_NOTE = (
    "These samples are part of the training data of the full data set: the figure checks an "
    "installation and says nothing of the network's quality."
)


def reproduce(
    name: str,
    seeds: Sequence[int] = SEEDS,
    output: Path | None = None,
    overwrite: bool = False,
    zoo: Zoo | None = None,
    runner: Runner = run_process,
) -> Card:
    """Train every seed of a config and write its entry.

    Args:
        name: name of the config.
        seeds: the seeds; those already finished in ``output`` are not trained again.
        output: folder of the runs; None: ``runs/reproduce/<name>``.
        overwrite: whether an existing entry may be replaced.
        zoo: where configs are read and entries written; None: the zoo of this installation.
        runner: runs a training command and returns its exit status.

    Returns:
        The card that was written, with weights, README and logs, to ``checkpoints/<name>``.

    Raises:
        FileExistsError: if the entry exists and ``overwrite`` is off; nothing is trained then.
        FileNotFoundError: if recipe or facts are missing.
        RuntimeError: if a training fails.
        ValueError: for bad arguments or files.
    """
    zoo = zoo or Zoo.default()
    if not seeds or len(set(seeds)) != len(seeds):
        raise ValueError(f"seeds must be one or more different seeds, got {list(seeds)}.")
    config = zoo.configs / f"{name}.yaml"
    if name not in zoo.config_names():
        raise FileNotFoundError(f"{config}: there is no such recipe.")
    entry = zoo.checkpoints / name
    if entry.exists() and any(entry.iterdir()) and not overwrite:
        raise FileExistsError(f"{entry}: the entry exists; it is only replaced with --overwrite.")
    facts = load_facts(zoo, name)
    output = Path("runs") / "reproduce" / name if output is None else output
    recipe = load_recipe(config)
    if recipe.data_args.get("folds"):
        report = cross_validate_recipe(config, seeds, output / "folds", runner)
        (run,) = train_seeds(config, seeds[:1], output, runner)
        card, weights = make_card(name, facts, [run], recipe.sha256)
        card = make_fold_card(card, report, seeds)
        write_entry(entry, card, weights, fold_logs(report), overwrite)
        return card
    runs = train_seeds(config, seeds, output, runner)
    card, weights = make_card(name, facts, runs, recipe.sha256)
    write_entry(entry, card, weights, _logs(runs), overwrite)
    return card


def make_card(
    name: str, facts: CardFacts, runs: Sequence[SeedRun], recipe_sha256: str | None = None
) -> tuple[Card, bytes | None]:
    """The card of an entry from its runs and its facts, and the weights that ship, if they do."""
    best = best_run(runs)
    entry = run_entry(best.folder)
    network, metrics = entry.load(), best.metrics
    shipped, content = shipped_weights(entry) or (None, None)
    metric = facts.metric or metrics.metric
    parts = [part for part in (metrics.test, metrics.validation) if part]
    if any(metric not in part for part in parts):
        raise ValueError(f"metric must be one of {', '.join(metrics.test)}, got {metric!r}.")
    results = tuple(_seed_result(run, metric) for run in runs)
    mean, std = mean_and_std([result.test for result in results])
    seeds = [run.metrics.seed for run in runs]
    command = ["python", "-m", "rpn_zoo.zoo.reproduce", name, "--seeds", *map(str, seeds)]
    card = Card(
        name=f"{name}.{facts.tag}",
        config=name,
        task=facts.task or metrics.task,
        title=facts.title,
        weights=shipped,
        parameters=network.num_parameters,
        flops=flops_per_sample(network),
        dataset=metrics.data.name,
        split=metrics.data.split,
        comparable=metrics.data.comparable,
        preprocess=metrics.data.preprocess,
        class_names=metrics.data.class_names,
        metric=metric,
        seeds=results,
        mean=mean,
        std=std,
        shipped_seed=metrics.seed,
        tolerance=facts.tolerance,
        subset=_subset_check(entry, metrics.data.split),
        baselines=facts.baselines,
        source=facts.source,
        command=shlex.join(command),
        seconds=round(sum(run.metrics.seconds for run in runs), 1),
        hardware="; ".join(dict.fromkeys(run.metrics.hardware for run in runs)),
        versions=metrics.versions,
        date=max(run.metrics.date for run in runs),
        notes=facts.notes,
        statistic=facts.statistic,
        recipe_sha256=recipe_sha256,
    )
    return card, content


def write_entry(
    folder: Path, card: Card, weights: bytes | None, logs: Mapping[str, bytes], overwrite: bool
) -> None:
    """Write weights, logs, README and, last, the card; each file atomically.

    Args:
        folder: of the entry.
        card: the card.
        weights: content of the file that the card names, None where none ships.
        logs: content by file name.
        overwrite: whether files may be replaced.

    Raises:
        FileExistsError: if a file exists and ``overwrite`` is off.
        OSError: if a file cannot be written.
    """
    path = folder / WEIGHTS_FILE
    if weights is not None:
        found = write_atomic(path, weights, overwrite)
        if card.weights is None or found != card.weights.sha256:
            raise OSError(f"{path}: these are not the weights of the card.")
    elif overwrite:
        path.unlink(missing_ok=True)
    for name, content in logs.items():
        write_atomic(folder / name, content, overwrite)
    if overwrite:
        for old in folder.glob("seed-*.csv"):
            if old.name not in logs:
                old.unlink()
    write_atomic(folder / "README.md", render_readme(card).encode("utf-8"), overwrite)
    save_card(folder / CARD_FILE, card, overwrite)


def _logs(runs: Sequence[SeedRun]) -> dict[str, bytes]:
    """The log of each seed."""
    logs = {}
    for run in runs:
        source = run.folder / LOG_FILE
        if source.is_file():
            logs[f"seed-{run.metrics.seed}.csv"] = source.read_bytes()
        else:
            logger.warning("%s is missing: the entry has no log of this seed", source)
    return logs


def _subset_check(entry: Entry, split: str) -> SubsetCheck | None:
    """The figure on the data that ship with the project, unless they are the entry's own."""
    found = evaluate_subset(entry) if entry.metric == "accuracy" else None
    if found is None or found["split"] == split:
        return None
    return SubsetCheck(found["split"], found["accuracy"], SUBSET_NOTE)


def _seed_result(run: SeedRun, metric: str) -> SeedResult:
    m = run.metrics
    validation = rounded(m.validation[metric]) if m.validation else None
    test = rounded(m.test[metric])
    return SeedResult(m.seed, validation, test, m.best_epoch, round(m.seconds, 1))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser("python -m rpn_zoo.zoo.reproduce", description=__doc__)
    parser.add_argument("name", nargs="?", help=f"name of a config, or {EQUATIONS}")
    parser.add_argument("--all", action="store_true", help="every config that is to be an entry")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--output", type=Path, help="folder of the runs")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing entry")
    args = parser.parse_args(argv)
    if (args.name is None) == (not args.all):
        parser.error("give either the name of a config or --all")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        zoo = Zoo.default()
        if args.name == EQUATIONS:
            from rpn_zoo.fitting.report import reproduce_equations  # here, as it imports slowly

            reproduce_equations(args.output or zoo.checkpoints / EQUATIONS, args.overwrite)
            return 0
        for name in facts_names(zoo) if args.all else [args.name]:
            output = args.output / name if args.all and args.output else args.output
            card = reproduce(name, args.seeds, output, args.overwrite, zoo)
            logger.info("%s: test %s %s", card.name, card.metric, format_card(card))
    except (ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(f"reproduce: error: {' '.join(str(error).split())}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
