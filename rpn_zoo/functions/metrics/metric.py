"""A metric by name, with its options and with the data that it is defined for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import nearest
from rpn_zoo.functions.metrics.statistics import METRICS, Statistic

ALIASES = {
    "wmean": "weighted_mean",
    "gmean": "geometric_mean",
    "hmean": "harmonic_mean",
    "var": "variance",
    "skew": "skewness",
    "standard_deviation": "std",
}
REQUIRED = {"norm": "p", "weighted_mean": "weights"}
"""The option without which a metric has no value."""
OPTIONS = {**REQUIRED, "harmonic_mean": "weights"}
DOMAINS = ("geometric_mean", "harmonic_mean", "entropy")
"""The metrics that are not defined for all numbers."""


def metric_name(argument: str, name: object) -> str:
    """The name in :data:`METRICS` for a name, a short name, or one of these with ``batch_``.

    Raises:
        ValueError: for an unknown name, naming ``argument`` and the nearest names.

    Example:
        >>> metric_name("metric", "batch_var")
        'variance'
    """
    short = str(name).removeprefix("batch_")
    short = ALIASES.get(short, short)
    if isinstance(name, str) and short in METRICS:
        return short
    known = [f"{prefix}{known}" for prefix in ("batch_", "") for known in (*METRICS, *ALIASES)]
    raise ValueError(
        f"{argument} must be one of {', '.join(METRICS)} (each also with 'batch_' before it), "
        f"got {name!r}.{nearest(str(name), known)}"
    )


class Metric(nn.Module):
    """A metric by name with its options, which checks what the metric is defined for.

    Args:
        metric: a name that :func:`metric_name` understands, or a function ``f(x, dim=...)`` that
            reduces the axis ``dim`` (no config can hold it).
        metric_kwargs: options of the metric: ``p`` (a number or ``"fro"``) for ``norm``, and
            ``weights`` (as many numbers as the axis has) for ``weighted_mean`` and, optionally,
            ``harmonic_mean``; for a function whatever it takes.
        length: number of entries that will be reduced; None: not known.

    Raises:
        ValueError: for an unknown name, or for options that are missing, unknown or do not fit.

    Example:
        >>> Metric("norm", {"p": 3})(torch.tensor([[3.0, 4.0, 5.0]]))
        tensor([6.0000])
        >>> Metric("batch_weighted_mean", {"weights": [1, 3]}, 2)(torch.tensor([[0.0, 4.0]]))
        tensor([3.])
    """

    weights: Tensor | None

    def __init__(
        self,
        metric: str | Statistic,
        metric_kwargs: Mapping[str, Any] | None = None,
        length: int | None = None,
    ) -> None:
        super().__init__()
        if metric_kwargs is not None and not isinstance(metric_kwargs, Mapping):
            raise ValueError(f"metric_kwargs must be a mapping or None, got {metric_kwargs!r}.")
        options = dict(metric_kwargs or {})
        self.name: str | None = None
        weights: Tensor | None = None
        if callable(metric):
            self.function = metric
        else:
            self.name = metric_name("metric", metric)
            self.function = METRICS[self.name]
            _check_options(self.name, options)
            if options.get("weights") is not None:
                weights = _weights(options.pop("weights"), length)
        self.options = options
        self.has_domain = self.name in DOMAINS
        self.plain = not (options or self.has_domain or weights is not None)
        # They follow from the options: not saved.
        self.register_buffer("weights", weights, persistent=False)

    def forward(self, x: Tensor, dim: int = -1) -> Tensor:
        """Reduce the axis ``dim`` of x.

        Raises:
            ValueError: if the metric is not defined for x (see :func:`check_domain`).
        """
        return self.reduce(x, dim)

    def reduce(self, x: Tensor, dim: int = -1) -> Tensor:
        """The same as a call, for modules that use it within theirs."""
        if self.plain:
            return self.function(x, dim=dim)
        if self.has_domain and self.name is not None:
            check_domain(self.name, x, dim)
        if self.weights is None:
            return self.function(x, dim=dim, **self.options)
        return self.function(x, dim=dim, weights=self.weights, **self.options)

    def extra_repr(self) -> str:
        """The metric and its options."""
        name = self.name or getattr(self.function, "__name__", repr(self.function))
        return ", ".join([str(name), *(f"{k}={v!r}" for k, v in self.options.items())])


def check_domain(name: str, x: Tensor, dim: int = -1) -> None:
    """Check that a metric is defined for x; NaN passes, since it stays in its own result.

    What a compiler traces and what lies on the meta device has no values and is not checked.

    Raises:
        ValueError: if x is not positive where logarithms or reciprocals are averaged, or is no
            distribution where an entropy is asked for.
    """
    if torch.compiler.is_compiling() or x.is_meta:
        return
    if name in ("geometric_mean", "harmonic_mean") and bool((x <= 0).any()):
        raise ValueError(
            f"{name} needs x > 0, got values down to {x.nan_to_num(nan=math.inf).min().item()!r}."
        )
    if name == "entropy":
        # As torch.allclose, but no finer than the dtype.
        distance = (x.sum(dim) - 1).abs()
        if bool((x < 0).any()) or bool((distance > max(1e-5, 8 * torch.finfo(x.dtype).eps)).any()):
            raise ValueError("entropy needs x >= 0 with sum 1: apply softmax before it.")


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    allowed = OPTIONS.get(name)
    for option in options:
        if option != allowed:
            takes = f"takes only {allowed}" if allowed else "takes no options"
            raise ValueError(f"metric_kwargs: {name} {takes}, got {option!r}.")
    if name in REQUIRED and options.get(REQUIRED[name]) is None:
        raise ValueError(f"metric_kwargs must hold {REQUIRED[name]} for the metric {name}.")
    p = options.get("p", 2.0)
    number = isinstance(p, (int, float)) and not isinstance(p, bool) and not math.isnan(p)
    if not number and p != "fro":
        raise ValueError(f"metric_kwargs: p must be a number or 'fro', got {p!r}.")


def _weights(value: Any, length: int | None) -> Tensor:
    try:
        given = isinstance(value, Tensor) and value.is_floating_point()
        weights = torch.as_tensor(value, dtype=None if given else torch.float64).detach().clone()
    except (TypeError, ValueError) as error:
        raise ValueError(f"metric_kwargs: weights must be numbers, got {value!r}.") from error
    if weights.dim() != 1 or len(weights) != (len(weights) if length is None else length):
        wanted = "one axis" if length is None else f"the length {length}"
        raise ValueError(
            f"metric_kwargs: weights must have {wanted}, got shape {tuple(weights.shape)}."
        )
    if not weights.isfinite().all() or float(weights.sum()) == 0:
        raise ValueError("metric_kwargs: weights must be finite with a sum other than 0.")
    return weights
