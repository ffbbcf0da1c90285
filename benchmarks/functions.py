"""Every registered component, forward and backward, against a textbook implementation."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from benchmarks import (
    compressions,
    oracles_compression,  # noqa: F401
    oracles_expansion,  # noqa: F401
    oracles_geometric,
    oracles_interdependence,
    oracles_structure,
)
from benchmarks.oracles import LIMITS, ORACLES
from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Work, interleave
from rpn_zoo import functions
from rpn_zoo.functions.contraction import contract

WIDTH = 784
OUTPUTS = 64
DENSE_NUMBERS = 4_000_000
"""The most numbers that an expanded batch may have; the width is reduced until it fits."""
CALL_OVERHEAD = 2e-5
"""Seconds a call may take more: argument checks, visible only where there is nothing to compute."""
TOLERANCE = 0.05
HEADS = 4
OPTIONS: dict[str, dict[str, Any]] = {
    "extended_expansion": {"functions": ["identity_expansion", "chebyshev_expansion"]},
    "nested_expansion": {"functions": ["chebyshev_expansion", "fourier_expansion"]},
    "metric_fusion": {"metric": "batch_std"},
}
"""Options of components that cannot be made without."""
POLYNOMIALS = [
    f"{name}_expansion"
    for name in (
        "chebyshev", "jacobi", "hermite", "laguerre", "legendre", "gegenbauer", "bessel",
        "reverse_bessel", "fibonacci", "lucas",
    )
]  # fmt: skip
VARIANTS: dict[str, dict[str, Any]] = {
    **{key: {"d": 5} for key in POLYNOMIALS},
    **{
        f"{name}_wavelet_expansion": {"s": 2, "t": 2, "a": 2.0}
        for name in ("harr", "ricker", "dog", "shannon", "meyer")
    },
    "beta_wavelet_expansion": {"alpha": 2.5, "beta": 1.5},
    "bspline_expansion": {"t": 20},
    "combinatorial_normal_expansion": {"d": 2},
}
"""Further options with which components are measured, beside the default ones."""
TIMES_FASTER: dict[str, float] = {
    "bspline_expansion": 2,
    "normal_expansion": 3,
    "gamma_expansion": 3,
    "exponential_expansion": 3,
    "combinatorial_normal_expansion (d=2)": 8,
    **{f"{name} (d=5)": 3 for name in POLYNOMIALS},
}
"""How much faster than its oracle a component should be at least."""

Evaluate: TypeAlias = "Callable[[], Tensor]"


def measure(settings: Settings, names: Sequence[str] | None = None, width: int = WIDTH) -> Section:
    """Time every component and its oracle.

    Args:
        settings: how to measure.
        names: registry keys; None takes all.
        width: the input width m.
    """
    section = Section(
        "functions", f"Components against textbook code, forward and backward, b = {settings.batch}"
    )
    slower: list[str] = []
    without: list[str] = []
    for name in functions.list() if names is None else names:
        if name not in ORACLES:
            without.append(name)
            continue
        variants = [VARIANTS[name]] if name in VARIANTS else []
        for options in ({}, *variants):
            label = name + (f" ({_shown(options)})" if options else "")
            component, inputs, sizes = prepare(name, settings, width, options)
            ours, theirs = evaluations(component, inputs, ORACLES[name])
            expected = theirs().detach()
            size = max(1.0, expected.abs().max().item())
            torch.testing.assert_close(ours().detach(), expected, rtol=1e-3, atol=1e-4 * size)
            wrt = [*inputs, *component.parameters()]
            samples = interleave(
                {"ours": _backward(ours, wrt), "oracle": _backward(theirs, wrt)}, settings
            )
            mine, its = samples.time("ours"), samples.time("oracle")
            ratio = samples.ratio("oracle", "ours")
            late = mine.value - its.value > CALL_OVERHEAD and _surely_below(ratio, 1 - TOLERANCE)
            slower += [label] if late else []
            row: Row = {
                "function": label,
                "sizes": sizes,
                "ours": mine,
                "oracle": its,
                "oracle / ours": ratio,
                "": "SLOWER" if late else "",
                "where the oracle fails": LIMITS.get(name, ""),
            }
            section.rows.append(row)
            if label in TIMES_FASTER:
                what = f"{label}: oracle / ours"
                section.goals.append(Goal(what, ratio, TIMES_FASTER[label], at_least=True))
    section.goals.append(
        Goal(
            f"functions slower than their oracle (by over {TOLERANCE:.0%} in three of four rounds "
            f"and over {1e6 * CALL_OVERHEAD:.0f} us a call)"
            + (f": {', '.join(slower)}" if slower else ""),
            Quantity(float(len(slower)), ""),
            0,
        )
    )
    section.goals.append(
        Goal(
            "functions without an oracle" + (f": {', '.join(without)}" if without else ""),
            Quantity(float(len(without)), ""),
            0,
        )
    )
    section.notes.append(
        "A reconciliation is timed by the product of a given k (b, D) with its W (n, D), all "
        f"gradients included. The width is 784, less where b D would exceed {DENSE_NUMBERS:,}; "
        "grids are images of 3 x 32 x 32 cells, or 16 x 16 x 12 cells for balls."
    )
    return section


def prepare(
    name: str, settings: Settings, width: int, options: dict[str, Any] | None = None
) -> tuple[nn.Module, list[Tensor], str]:
    """Make a component with its inputs.

    Args:
        name: the registry key.
        settings: batch and device.
        width: the input width m, if the output is not too wide then.
        options: beside those that the component cannot be made without.

    Returns:
        The component, the inputs (which require gradients), and the sizes as text.

    Raises:
        ValueError: if the family's sizes are not known here.
    """
    family = functions.get(name).family
    spec = {"name": name, **OPTIONS.get(name, {}), **(options or {})}
    sizes: dict[str, Any]
    if oracles_geometric.is_geometric(name):
        spec |= oracles_geometric.options(name, width)
        m = oracles_geometric.grid_of(name, width).size
        sizes, widths = {"m": m}, [m]
    elif family == "expansion":
        limit = DENSE_NUMBERS // settings.batch
        fitting = bisect.bisect(range(1, width + 1), limit, key=lambda m: _expanded(spec, m))
        m = max(fitting, 1)
        sizes, widths = {"m": m}, [m]
    elif family == "reconciliation":
        m = min(width, int((DENSE_NUMBERS / settings.batch) ** 0.5) - 1)
        if "hypernet" in name:
            m = min(m, 40)  # it holds up to 128 frozen numbers for each entry of W
        D = m * (m + 1)
        if name == "duplicated_diagonal_padding_reconciliation":
            D -= D % OUTPUTS
        sizes, widths = {"n": OUTPUTS, "D": D}, [D]
    elif family == "remainder":
        sizes, widths = {"m": width, "n": width}, [width]
    elif family == "compression":
        m = compressions.width(name, width, DENSE_NUMBERS // settings.batch)
        sizes = {"m": m, **compressions.options(name, m, settings.batch)}
        widths = [m]
    elif family == "fusion":
        sizes, widths = {"dims": [width] * HEADS}, [width] * HEADS
    elif family == "interdependence":
        if oracles_structure.is_structure(name):
            spec |= oracles_structure.options(name, width)
        else:
            spec |= oracles_interdependence.options(name, width, settings.batch)
        sizes, widths = {"m": width}, [width]
    else:
        raise ValueError(f"{name}: benchmarks/functions.py does not know the sizes of {family}.")
    component = functions.create(spec, **sizes)
    if family == "compression":
        component.fit(compressions.fit_data(component.m))
        component.eval()
        sizes = {"m": component.m}
    component = component.to(settings.device)
    generator = torch.Generator().manual_seed(1)
    inputs = [
        torch.randn(settings.batch, w, generator=generator).to(settings.device).requires_grad_()
        for w in widths
    ]
    shown = {**sizes, "D": component.D} if hasattr(component, "D") else sizes
    return component, inputs, _shown(shown)


def _surely_below(ratio: Quantity, limit: float) -> bool:
    """Whether three quarters of the rounds were below the limit."""
    return (ratio.value if ratio.high is None else ratio.high) < limit


def _expanded(spec: dict[str, Any], m: int) -> int:
    try:
        return int(functions.create(spec, m=m).D)
    except ValueError:  # no combinations of more inputs than there are
        return 0


def _shown(options: dict[str, Any]) -> str:
    return ", ".join(f"{k}={v}" for k, v in options.items())


def evaluations(
    component: Any, inputs: list[Tensor], oracle: Callable[..., Tensor]
) -> tuple[Evaluate, Evaluate]:
    """The forward passes of a component and of its oracle on the same inputs."""
    if component.family == "fusion":
        return lambda: component(inputs), lambda: oracle(component, inputs)
    (x,) = inputs
    if component.family == "reconciliation":
        identity = functions.create("identity_expansion", m=component.D)
        return lambda: contract(identity, component, x).squeeze(1), lambda: oracle(component, x)
    return lambda: component(x), lambda: oracle(component, x)


def _backward(evaluate: Evaluate, wrt: list[Tensor]) -> Work:
    """Forward, then the gradients of all inputs and parameters (where there are any)."""
    weights = torch.randn_like(evaluate().detach())

    def work() -> None:
        y = evaluate()
        if y.requires_grad:
            torch.autograd.grad(y, wrt, weights, allow_unused=True)

    return work
