"""Figures of all folds, and the table made of them."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rpn_zoo.cross_validation.paired_test import PairedTest, corrected_resampled_t_test

SOURCE = (
    "Corrected resampled t-test: C. Nadeau, Y. Bengio, Inference for the generalization error, "
    "Machine Learning 52, 2003."
)


@dataclass(frozen=True)
class FoldResult:
    """One model on one fold.

    Args:
        model: its name.
        seed: of the folds and of the model.
        fold: from 0.
        value: the metric on the test part.
        train_size: number of rows outside the test part.
        test_size: number of rows of the test part.
        seconds: wall time of fitting and testing.
        cpu_seconds: time of the processor.
    """

    model: str
    seed: int
    fold: int
    value: float
    train_size: int
    test_size: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Summary:
    """One model over all folds.

    Args:
        model: its name.
        mean: mean of the metric.
        std: sample standard deviation over all folds.
        seed_std: sample standard deviation of the means of the seeds; None for one seed.
        test: its difference to the first model, None for that one.
        seconds: mean wall time of a fold.
        cpu_seconds: time of the processor, all folds together.
    """

    model: str
    mean: float
    std: float
    seed_std: float | None
    test: PairedTest | None
    seconds: float
    cpu_seconds: float


def summarize(results: Sequence[FoldResult]) -> list[Summary]:
    """One summary a model, in the order of their first fold; each compared with the first one.

    Raises:
        ValueError: two models have not been tested on the same folds.

    Example:
        >>> folds = [FoldResult(m, 0, i, v, 9, 1, 0.0, 0.0)
        ...          for m, values in (("a", (0.5, 1.0)), ("b", (0.5, 0.5)))
        ...          for i, v in enumerate(values)]
        >>> [(s.model, s.mean, s.test and s.test.difference) for s in summarize(folds)]
        [('a', 0.75, None), ('b', 0.5, -0.25)]
    """
    models = list(dict.fromkeys(result.model for result in results))
    by_model = {
        model: sorted((r for r in results if r.model == model), key=lambda r: (r.seed, r.fold))
        for model in models
    }
    first = by_model[models[0]]
    found = []
    for model, own in by_model.items():
        if [(r.seed, r.fold) for r in own] != [(r.seed, r.fold) for r in first]:
            raise ValueError(f"{model} and {models[0]} must be tested on the same folds.")
        test = None
        if model != models[0]:
            test = corrected_resampled_t_test(
                [b.value - a.value for a, b in zip(first, own, strict=True)],
                statistics.fmean(r.train_size for r in own),
                statistics.fmean(r.test_size for r in own),
            )
        means = list(seed_means(own).values())
        found.append(
            Summary(
                model=model,
                mean=statistics.fmean(r.value for r in own),
                std=statistics.stdev(r.value for r in own),
                seed_std=statistics.stdev(means) if len(means) > 1 else None,
                test=test,
                seconds=statistics.fmean(r.seconds for r in own),
                cpu_seconds=sum(r.cpu_seconds for r in own),
            )
        )
    return found


def seed_means(results: Sequence[FoldResult]) -> dict[int, float]:
    """The mean over folds of each seed."""
    seeds = sorted({result.seed for result in results})
    return {s: statistics.fmean(r.value for r in results if r.seed == s) for s in seeds}


def folds_csv(results: Sequence[FoldResult]) -> str:
    """All folds as CSV, a row for each model and fold."""
    rows = [
        [r.model, r.seed, r.fold, f"{r.value:.6f}", r.train_size, r.test_size,
         f"{r.seconds:.3f}", f"{r.cpu_seconds:.3f}"]
        for r in results
    ]  # fmt: skip
    return _csv(list(FoldResult.__dataclass_fields__), rows)


def summary_csv(summaries: Sequence[Summary], metric: str) -> str:
    """The table as CSV."""
    head = ["model", metric, "std_folds", "std_seeds", "difference", "low", "high", "t", "p",
            "seconds_per_fold", "cpu_seconds"]  # fmt: skip
    rows = []
    for s in summaries:
        test = ["", "", "", "", ""]
        if s.test is not None:
            numbers = (s.test.difference, s.test.low, s.test.high, s.test.t, s.test.p)
            test = [f"{number:.6g}" for number in numbers]
        seed_std = "" if s.seed_std is None else f"{s.seed_std:.6f}"
        rows.append([s.model, f"{s.mean:.6f}", f"{s.std:.6f}", seed_std, *test,
                     f"{s.seconds:.3f}", f"{s.cpu_seconds:.1f}"])  # fmt: skip
    return _csv(head, rows)


def summary_markdown(summaries: Sequence[Summary], metric: str, title: str) -> str:
    """The table as a page of Markdown."""
    first = summaries[0].model
    lines = [
        f"| model | {metric} | std over folds | std of seed means | difference to {first} "
        "(95 % interval) | p | seconds a fold |",
        "|---|---|---|---|---|---|---|",
    ]
    for s in summaries:
        seed_std = "" if s.seed_std is None else f"{s.seed_std:.4f}"
        difference, p = "", ""
        if s.test is not None:
            d, low, high = (round(v, 4) + 0.0 for v in (s.test.difference, s.test.low, s.test.high))
            difference = f"{d:+.4f} ({low:+.4f} to {high:+.4f})"  # + 0.0: no negative zero
            p = f"{s.test.p:.3f}" if s.test.p >= 0.001 else "< 0.001"
        lines.append(
            f"| {s.model} | {s.mean:.4f} | {s.std:.4f} | {seed_std} | {difference} | {p} | "
            f"{s.seconds:.2f} |"
        )
    return "\n".join([title, "", *lines, "", SOURCE, ""])


def _csv(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
