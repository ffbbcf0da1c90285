"""Entries whose figures are those of repeated cross-validation."""

from __future__ import annotations

import dataclasses
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rpn_zoo.cross_validation.report import REPORT_FILE, CrossValidation, load_report
from rpn_zoo.cross_validation.results import FoldResult, Summary, folds_csv, seed_means, summarize
from rpn_zoo.zoo.card import Baseline, Card, FoldProtocol, SeedResult, mean_and_std
from rpn_zoo.zoo.files import write_atomic
from rpn_zoo.zoo.seed_runs import RECIPE_COPY, Runner, set_aside

logger = logging.getLogger(__name__)


def cross_validate_recipe(
    config: Path, seeds: Sequence[int], folder: Path, runner: Runner
) -> CrossValidation:
    """Cross-validate a recipe by the command line; a finished one is not run again.

    Args:
        config: the recipe.
        seeds: the seeds.
        folder: where the report is written.
        runner: runs a command and returns its exit status.

    Raises:
        RuntimeError: if the command fails.
        ValueError: if a finished report is of another recipe or of other seeds.
    """
    recipe = config.read_bytes()
    if (folder / REPORT_FILE).is_file():
        logger.info("cross-validation: finished already, %s", folder)
    else:
        set_aside(folder)
        command = [sys.executable, "-m", "rpn_zoo.cli", "cross-validate", "--config", str(config)]
        command += ["--output", str(folder), "--seeds", *map(str, seeds)]
        logger.info("cross-validation into %s", folder)
        status = runner(command)
        if status != 0 or not (folder / REPORT_FILE).is_file():
            raise RuntimeError(f"the cross-validation failed with exit status {status}.")
        write_atomic(folder / RECIPE_COPY, recipe, overwrite=True)
    report = load_report(folder)
    copy = folder / RECIPE_COPY
    if not copy.is_file() or copy.read_bytes() != recipe or report.seeds != tuple(seeds):
        raise ValueError(
            f"{folder}: this cross-validation is of another recipe than {config} or of other seeds "
            f"than {list(seeds)}; give another --output, or remove the folder to run it again."
        )
    return report


def make_fold_card(card: Card, report: CrossValidation, seeds: Sequence[int]) -> Card:
    """The card of a cross-validated entry.

    Args:
        card: that of the run whose weights ship, alone.
        report: the cross-validation, the recipe's own network first.
        seeds: its seeds.
    """
    summaries = summarize(report.results)
    own = [result for result in report.results if result.model == summaries[0].model]
    means = seed_means(own)
    results = tuple(
        SeedResult(seed, None, round(means[seed], 6), None, _seconds(own, seed)) for seed in seeds
    )
    mean, std = mean_and_std([result.test for result in results])
    command = shlex.split(card.command)
    command = [*command[: command.index("--seeds") + 1], *map(str, seeds)]
    return dataclasses.replace(
        card,
        seeds=results,
        mean=mean,
        std=std,
        command=shlex.join(command),
        seconds=round(sum(result.seconds for result in results), 1),
        hardware=report.hardware,
        versions=report.versions,
        date=report.date,
        baselines=(*(_baseline(summary) for summary in summaries[1:]), *card.baselines),
        cross_validation=FoldProtocol(
            report.data, report.folds, round(summaries[0].std, 6), card.shipped.test
        ),
    )


def fold_logs(report: CrossValidation) -> dict[str, bytes]:
    """The folds of each seed as CSV, by file name."""
    return {
        f"seed-{seed}.csv": folds_csv([r for r in report.results if r.seed == seed]).encode()
        for seed in report.seeds
    }


def _baseline(summary: Summary) -> Baseline:
    assert summary.test is not None
    note = (
        f"same folds; difference {summary.test.difference + 0.0:+.4f}, p = {summary.test.p:.3f} "
        "(corrected resampled t-test)"
    )
    std = None if summary.seed_std is None else round(summary.seed_std, 6)
    return Baseline(summary.model, round(summary.mean, 6), std, note=note)


def _seconds(results: Sequence[FoldResult], seed: int) -> float:
    return round(sum(result.seconds for result in results if result.seed == seed), 1)
