"""From which size on a rule is faster than the dense way: what the rules' thresholds should be."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from benchmarks.results import Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Work, interleave
from benchmarks.ways import rules_at_every_size
from rpn_zoo import functions
from rpn_zoo.functions.contraction import contract, contract_dense
from rpn_zoo.functions.expansion.powers import PowersExpansion
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.rules.power_forms import inner_order
from rpn_zoo.functions.transformation import Transformation

OUTPUTS = (4, 8, 16, 32, 64)
WIDTHS = (4, 8, 16, 32, 64, 128)
SMALL_WIDTHS = (4, 8, 16, 32)
LARGE_WIDTHS = (64, 128, 256, 512, 1024, 2048)


@dataclass(frozen=True)
class Kind:
    """A rule, and the size on which its threshold depends.

    Attributes:
        expansion: config of kappa.
        reconciliation: config of psi.
        widths: the m of the table.
        criterion: what the size is called.
        size: (expansion, reconciliation) -> the number compared with the threshold.
    """

    expansion: dict[str, Any]
    reconciliation: dict[str, Any]
    widths: Sequence[int]
    criterion: str
    size: Callable[[Transformation, Reconciliation], float]

    @property
    def label(self) -> str:
        """Names of the pair, with LayerNorm if there is one."""
        norm = f" (d={self.expansion['d']})" if "d" in self.expansion else ""
        norm += " + layer_norm" if "postprocess_functions" in self.expansion else ""
        names = [self.expansion["name"] + norm, self.reconciliation["name"]]
        rank = f" (r={self.reconciliation['r']})" if "r" in self.reconciliation else ""
        return " x ".join(names) + rank


def _entries(expansion: Transformation, reconciliation: Reconciliation) -> float:
    return reconciliation.n * reconciliation.D * reconciliation.channels


def _width(expansion: Transformation, reconciliation: Reconciliation) -> float:
    return expansion.D


def _powers_per_form(expansion: Transformation, reconciliation: Reconciliation) -> float:
    assert isinstance(expansion, PowersExpansion)
    rows, d = reconciliation.n * reconciliation.channels, expansion.d
    return expansion.D / (rows * expansion.M ** (d - inner_order(expansion.M, rows, d)))


def kinds() -> list[Kind]:
    """The rules that have a threshold."""
    taylor = {"name": "taylor_expansion"}
    cubic = {**taylor, "d": 3}
    normed = {**taylor, "postprocess_functions": "layer_norm"}
    dual = {"name": "dual_lphm_reconciliation", "r": 5}
    identity, low_rank = {"name": "identity_reconciliation"}, {"name": "lorr_reconciliation"}
    entries, powers, width = "entries of W, n D", "powers for each number of a form", "the width D"
    return [
        Kind(taylor, dual, WIDTHS, entries, _entries),
        Kind(normed, dual, WIDTHS, entries, _entries),
        Kind(cubic, {**dual, "r": 2}, SMALL_WIDTHS, entries, _entries),
        Kind(taylor, {"name": "lphm_reconciliation", "r": 2}, WIDTHS, entries, _entries),
        Kind(taylor, {"name": "hm_reconciliation"}, WIDTHS, entries, _entries),
        Kind({"name": "identity_expansion"}, dual, LARGE_WIDTHS, entries, _entries),
        Kind({"name": "bspline_expansion"}, dual, WIDTHS, entries, _entries),
        Kind({"name": "identity_expansion"}, low_rank, LARGE_WIDTHS, entries, _entries),
        Kind(taylor, low_rank, WIDTHS, entries, _entries),
        Kind(taylor, identity, WIDTHS, powers, _powers_per_form),
        Kind(cubic, identity, SMALL_WIDTHS, powers, _powers_per_form),
        Kind({"name": "combinatorial_normal_expansion", "d": 2}, identity, WIDTHS, width, _width),
        Kind({"name": "normal_expansion"}, identity, LARGE_WIDTHS, width, _width),
        Kind({"name": "normal_expansion"}, dual, LARGE_WIDTHS, width, _width),
        Kind({"name": "laplace_expansion"}, identity, LARGE_WIDTHS, width, _width),
    ]


def measure(settings: Settings, chosen: Sequence[Kind] | None = None) -> Section:
    """Measure structured / dense over widths and outputs, and the best threshold of each rule.

    Args:
        settings: how to measure.
        chosen: the rules; None takes all of :func:`kinds`.
    """
    settings = replace(settings, rounds=min(settings.rounds, 9), slot=settings.slot / 3)
    outputs = OUTPUTS[::2] if settings.quick else OUTPUTS
    section = Section(
        "crossover", f"Time of a rule / time of the dense way, with gradients, b = {settings.batch}"
    )
    for kind in kinds() if chosen is None else chosen:
        points: list[tuple[float, float]] = []
        for m in kind.widths[::2] if settings.quick else kind.widths:
            row: Row = {"rule": kind.label, "m": str(m)}
            for n in outputs:
                size, ratio = _point(kind, m, n, settings)
                points.append((size, ratio.value))
                row[f"n = {n}"] = ratio
            section.rows.append(row)
        threshold, regret = best_threshold(points)
        section.details[kind.label] = {"points": points, "threshold": threshold}
        section.notes.append(
            f"{kind.label}: the rule above {threshold:,.3g} ({kind.criterion}); a choice is then "
            f"on average {regret:.1%} slower than the better way."
        )
    section.notes.append("Below 1 the rule is faster. The rules are used at all sizes here.")
    return section


def best_threshold(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The threshold that loses least: the rule is chosen for sizes above it.

    Args:
        points: (size, time of the rule / time of the dense way).

    Returns:
        The threshold (geometric mean of the sizes on either side; 0: always the rule), and the
        mean relative loss against always choosing the faster way.

    Example:
        >>> best_threshold([(1.0, 2.0), (4.0, 0.5), (16.0, 0.1)])
        (2.0, 0.0)
    """
    sizes = sorted({size for size, _ in points})
    candidates = [0.0, *(math.sqrt(a * b) for a, b in itertools.pairwise(sizes))]
    candidates.append(2 * sizes[-1])
    losses = []
    for threshold in candidates:
        logs = [
            max(math.log(r), 0.0) if s > threshold else max(-math.log(r), 0.0) for s, r in points
        ]
        losses.append(sum(logs) / len(logs))
    best = min(range(len(candidates)), key=losses.__getitem__)
    return candidates[best], math.expm1(losses[best])


def _point(kind: Kind, m: int, n: int, settings: Settings) -> tuple[float, Quantity]:
    with rules_at_every_size():
        return _measured(kind, m, n, settings)


def _measured(kind: Kind, m: int, n: int, settings: Settings) -> tuple[float, Quantity]:
    kappa = functions.create(kind.expansion, m=m).to(settings.device)
    psi = functions.create(kind.reconciliation, n=n, D=kappa.D, channels=1).to(settings.device)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(settings.batch, m, generator=generator).to(settings.device).requires_grad_()
    weights = torch.ones(settings.batch, 1, n, device=settings.device)

    def work(f: Callable[[Transformation, Reconciliation, torch.Tensor], torch.Tensor]) -> Work:
        return lambda: torch.autograd.grad(f(kappa, psi, x), (x, psi.w), weights)

    samples = interleave({"rule": work(contract), "dense": work(contract_dense)}, settings)
    return kind.size(kappa, psi), samples.ratio("rule", "dense")
