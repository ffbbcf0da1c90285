"""What every contraction rule holds at most, as a multiple of its arguments and results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import torch
from torch import Tensor

from benchmarks.pairs import Pair, rule_pairs
from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from rpn_zoo.functions.contraction import contract, contract_dense, rules
from rpn_zoo.functions.live_bytes import LiveBytes
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.transformation import Transformation

LIMIT = 2.0
EXCEPTION = "more than twice"
"""What the docstring of a rule says that holds more than LIMIT times its arguments and results."""

Way: TypeAlias = "Callable[[Transformation, Reconciliation, Tensor], Tensor]"


def measure(settings: Settings, pairs: Iterable[Pair] | None = None) -> Section:
    """Measure the peak of every rule, in inference and in training.

    Args:
        settings: batch and device.
        pairs: pairs with a rule; None takes the first of :func:`rule_pairs` for each rule.
    """
    section = Section(
        "rule_memory",
        f"Memory of the rules / that of their arguments and results, b = {settings.batch}",
    )
    if pairs is None:
        first: dict[str, Pair] = {}
        for pair in rule_pairs():
            first.setdefault(pair.rule, pair)
        pairs = first.values()
    texts = {entry.rule.__name__: entry.rule.__doc__ or "" for entry in rules()}
    silent: list[str] = []
    for pair in pairs:
        shares = {way: held(pair, way, settings) for way in (contract, contract_dense)}
        inference, training = shares[contract]
        # Joined, as docstrings are wrapped.
        told = EXCEPTION in " ".join(texts[pair.rule].split())
        if max(inference, training) > LIMIT and not told:
            silent.append(pair.rule)
        row: Row = {
            "rule": pair.rule,
            "pair": pair.label,
            "inference": Quantity(inference, "x"),
            "training": Quantity(training, "x"),
            "dense, inference": Quantity(shares[contract_dense][0], "x"),
            "dense, training": Quantity(shares[contract_dense][1], "x"),
            "": "see its docstring" if told else "",
        }
        section.rows.append(row)
    section.goals.append(
        Goal(
            f"rules above {LIMIT:g} x whose docstring does not say so"
            + (f": {', '.join(silent)}" if silent else ""),
            Quantity(float(len(silent)), ""),
            0,
        )
    )
    section.notes.append(
        "Highest sum of all tensors that operations returned, without the result and, in training, "
        "the gradients. Work arrays within an operation (FFT, matrix product) are not seen."
    )
    return section


def held(pair: Pair, way: Way, settings: Settings) -> tuple[float, float]:
    """The work arrays of a pair in inference and in training, in units of arguments and result."""
    kappa, psi = pair.expansion.float().to(settings.device), pair.reconciliation.float()
    psi = psi.to(settings.device)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(settings.batch, kappa.m, generator=generator).to(settings.device)
    state = [*psi.parameters(), *psi.buffers()]
    with torch.no_grad(), LiveBytes() as record:
        z = way(kappa, psi, x)
    arguments = sum(_bytes(t) for t in (x, *state))
    unit = arguments + _bytes(z)
    inference = (record.peak - _bytes(z)) / unit
    leaves = [x.requires_grad_(), *psi.parameters()]
    weights = torch.ones_like(z)
    del z
    with LiveBytes() as record:
        gradients = torch.autograd.grad(way(kappa, psi, x), leaves, weights)
    results = _bytes(weights) + sum(_bytes(g) for g in gradients)
    return max(inference, 0.0), max((record.peak - results) / unit, 0.0)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
