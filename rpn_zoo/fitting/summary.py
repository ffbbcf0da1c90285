"""What the table of all equations says, in words and as a picture."""

from __future__ import annotations

import io
import statistics
from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rpn_zoo.data.catalogue import SUITES
from rpn_zoo.fitting.survey import NAMES, SurveyRow

LABELS = {"rpn": "RPN", "mlp": "MLP", "kan": "KAN", "polynomial": "polynomial"}
COLORS = {"rpn": "#d95f02", "mlp": "#1f77b4", "kan": "#1b9e77", "polynomial": "#7f7f7f"}
_FLOOR, _CEILING = 1e-12, 10.0
_THRESHOLDS = (1e-2, 1e-4, 1e-6)

Errors = dict[tuple[str, str], dict[str, float]]


def errors(rows: Sequence[SurveyRow]) -> Errors:
    """The test NRMSE of each model, by suite and id.

    Raises:
        ValueError: an equation lacks a model.
    """
    found: Errors = {}
    for row in rows:
        found.setdefault((row.suite, row.id), {})[row.model] = row.nrmse
    for place, models in found.items():
        if set(models) != set(NAMES):
            raise ValueError(
                f"{' '.join(place)}: needs the models {', '.join(NAMES)}, got {', '.join(models)}."
            )
    return found


def winners(rows: Sequence[SurveyRow], names: Sequence[str] = NAMES) -> Counter[str]:
    """On how many equations each of these models has the least test NRMSE.

    Of equal ones the first counts.
    """
    least = (min(names, key=models.__getitem__) for models in errors(rows).values())
    return Counter(least)


def render_passage(rows: Sequence[SurveyRow]) -> str:
    """The table in a few lines of Markdown, always the same for the same rows."""
    found = errors(rows)
    if not found:
        return "No equation has been fitted yet."
    best, networks = winners(rows), winners(rows, [name for name in NAMES if name != "polynomial"])
    count, budget = len(found), rows[0].budget
    lines = [
        f"Of {count} equations the RPN has the least test error on **{best['rpn']}**, the "
        f"least-squares polynomial on {best['polynomial']}, the KAN on {best['kan']} and the MLP "
        f"on {best['mlp']}; among the three networks the RPN is best on {networks['rpn']}. Each "
        "network has one recipe for all equations and about as many parameters as the others, at "
        f"most {budget} Levenberg-Marquardt steps and one seed; the step with the least "
        "validation error counts.",
        "",
        "| test RMSE / standard deviation | median | "
        + " | ".join(f"< {limit:g}" for limit in _THRESHOLDS)
        + " | best on |",
        "|---|---|" + "---|" * len(_THRESHOLDS) + "---|",
    ]
    for name in NAMES:
        values = [models[name] for models in found.values()]
        counts = (str(sum(v < limit for v in values)) for limit in _THRESHOLDS)
        cells = (f"{statistics.median(values):.1e}", *counts, str(best[name]))
        lines.append(f"| {LABELS[name]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(rows: Sequence[SurveyRow]) -> bytes:
    """The errors of all equations as a PNG.

    Above one column of dots for each equation, suite by suite, in the order of the RPN's error;
    below on how many equations each model stays under an error.
    """
    found = errors(rows)
    figure = Figure(figsize=(13, 8.5), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, height_ratios=(3, 2))
    _dots(above, found)
    _profiles(below, found)
    figure.suptitle(f"{len(found)} equations, one recipe for each model", fontsize=13)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()


def _dots(axes: Axes, found: Errors) -> None:
    places = [
        place
        for suite in SUITES
        for place in sorted((p for p in found if p[0] == suite), key=lambda p: found[p]["rpn"])
    ]
    for name in reversed(NAMES):
        heights = np.clip([found[place][name] for place in places], _FLOOR, _CEILING)
        size = 26 if name == "rpn" else 14
        axes.scatter(
            range(len(places)), heights, s=size, color=COLORS[name],
            alpha=0.85, linewidths=0, zorder=3 if name == "rpn" else 2,
        )  # fmt: skip
    start = 0
    for suite in SUITES:
        width = sum(place[0] == suite for place in places)
        if not width:
            continue
        if start:
            axes.axvline(start - 0.5, color="0.6", linewidth=0.8)
        title = suite.replace("_", " ")
        axes.text(
            start + (width - 1) / 2, 1.01, f"{title} ({width})", ha="center", va="bottom",
            fontsize=9, transform=axes.get_xaxis_transform(),
        )  # fmt: skip
        start += width
    axes.set(yscale="log", xlim=(-1, len(places)), ylabel="test RMSE / standard deviation")
    axes.set_xticks([])
    axes.set_xlabel("equations of each suite in the order of the RPN's error", fontsize=9)
    axes.grid(axis="y", alpha=0.3)


def _profiles(axes: Axes, found: Errors) -> None:
    for name in NAMES:
        heights = np.sort(np.clip([models[name] for models in found.values()], _FLOOR, None))
        axes.step(
            heights, np.arange(1, len(heights) + 1), where="post", color=COLORS[name],
            label=LABELS[name], linewidth=2,
        )  # fmt: skip
    axes.set(
        xscale="log", xlim=(_FLOOR, _CEILING), ylim=(0, len(found)),
        xlabel="test RMSE / standard deviation", ylabel="equations with at most this error",
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize=9)
