"""Metrics: statistics of the entries of one axis, by name."""

from rpn_zoo.functions.metrics.metric import (
    ALIASES,
    REQUIRED,
    Metric,
    check_domain,
    metric_name,
)
from rpn_zoo.functions.metrics.statistics import METRICS, Statistic

__all__ = [
    "ALIASES",
    "METRICS",
    "REQUIRED",
    "Metric",
    "Statistic",
    "check_domain",
    "metric_name",
]
