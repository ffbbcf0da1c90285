"""Metrics and their figures: direction, rounding, text, and what counts as equal."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rpn_zoo.functions.checks import check_choice


@dataclass(frozen=True)
class Metric:
    """What is to be known of a metric.

    Args:
        higher_is_better: its direction.
        bounded: whether it is a share or the like, of which four decimals are shown and absolute
            differences mean something. Others (errors in the unit of the target) may be of any
            size: three digits are shown and differences are relative.
    """

    higher_is_better: bool
    bounded: bool


METRICS = {
    "accuracy": Metric(higher_is_better=True, bounded=True),
    "rmse": Metric(higher_is_better=False, bounded=False),
    "mse": Metric(higher_is_better=False, bounded=False),
    "nrmse": Metric(higher_is_better=False, bounded=False),
}
STATISTICS = ("mean", "median")


def cost(metric: str, value: float) -> float:
    """The value, turned so that less is better.

    Example:
        >>> cost("accuracy", 0.5), cost("rmse", 0.5)
        (-0.5, 0.5)
    """
    return -value if _metric(metric).higher_is_better else value


def rounded(value: float) -> float:
    """The value to six decimals, or to six digits where that is finer.

    Example:
        >>> rounded(0.12345678), rounded(0.0000123456789)
        (0.123457, 1.23457e-05)
    """
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, max(6, 5 - math.floor(math.log10(abs(value)))))


def agree(metric: str, given: float, computed: float) -> bool:
    """Whether a figure is the computed one, up to rounding."""
    slack = 1e-6 if _metric(metric).bounded else 0.0
    return math.isclose(given, computed, rel_tol=1e-5, abs_tol=slack)


def allowed_difference(
    tolerance: float, samples: int, metric: str = "accuracy", expected: float = 1.0
) -> float:
    """The card's tolerance, as an absolute difference.

    A share may differ by at least one sample, as a single flip is within rounding; the tolerance of
    other metrics is relative.

    Example:
        >>> allowed_difference(0.0005, 10_000), allowed_difference(0.0005, 1_000)
        (0.0005, 0.001)
        >>> allowed_difference(0.5, 10, "rmse", 0.25)
        0.125
    """
    if _metric(metric).bounded:
        return max(tolerance, 1 / samples)
    return tolerance * abs(expected)


def summarise(values: Sequence[float], statistic: str) -> float:
    """Mean or median of the values, rounded.

    Example:
        >>> summarise([1.0, 2.0, 9.0], "mean"), summarise([1.0, 2.0, 9.0], "median")
        (4.0, 2.0)
    """
    check_choice("statistic", statistic, STATISTICS)
    average = statistics.median if statistic == "median" else statistics.fmean
    return rounded(float(average(values)))


def format_value(value: float, metric: str = "accuracy") -> str:
    """A figure as text.

    Example:
        >>> format_value(0.98), format_value(0.0000123456, "rmse"), format_value(0.25, "rmse")
        ('0.9800', '1.23e-05', '0.250')
    """
    return f"{value:.4f}" if _metric(metric).bounded else f"{value:#.3g}"


def format_figure(value: float, std: float | None, metric: str = "accuracy") -> str:
    """A figure with its standard deviation where there is one.

    Example:
        >>> format_figure(0.98, 0.0009), format_figure(0.5, None)
        ('0.9800 ± 0.0009', '0.5000')
        >>> format_figure(0.00001234, 0.0000031, "rmse")
        '1.23e-05 ± 3.1e-06'
    """
    text = format_value(value, metric)
    if std is None:
        return text
    return f"{text} ± {std:.4f}" if _metric(metric).bounded else f"{text} ± {std:.2g}"


def format_spread(values: Sequence[float], statistic: str, metric: str) -> str:
    """The figure of several seeds: mean ± deviation, or the median with the extremes.

    Example:
        >>> format_spread([0.25, 0.75], "mean", "accuracy")
        '0.5000 ± 0.3536'
        >>> format_spread([1e-9, 2e-9, 9e-9], "median", "mse")
        '2.00e-09 median (1.00e-09 to 9.00e-09)'
    """
    figure = summarise(values, statistic)
    if statistic == "median" and len(values) > 1:
        low, high = (format_value(end, metric) for end in (min(values), max(values)))
        return f"{format_value(figure, metric)} median ({low} to {high})"
    std = statistics.stdev(values) if len(values) > 1 else None
    return format_figure(figure, std, metric)


def format_short(value: float) -> str:
    """A number of an unknown metric for a line of progress.

    Example:
        >>> format_short(0.25), format_short(0.0), format_short(0.000012345)
        ('0.2500', '0.0000', '1.23e-05')
    """
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.2e}"


def _metric(name: str) -> Metric:
    return METRICS[check_choice("metric", name, METRICS)]
