"""The adapter of the compressions: sequences of training calls, free signs and orders, sampling."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions.registry import signature
from tests.reference_cases.adapters import TOLERANCE, Evaluation, leaves, make
from tests.reference_cases.cases import Array, Case, CaseError

MANIFOLD_TOLERANCE = 1e-6
DRAWS = 20_000
SIGMAS = 4.5
"""By how many standard errors a share may be off."""


def compression(case: Case) -> Evaluation:
    """``x, x2, x3`` -> ``y, y2, y3`` in training mode of one object; ``gx`` = d sum(y y) / dx.

    Cases of kind ``sign`` leave the signs of the columns of y open, those of kind ``permutation``
    their order; those of kind ``statistical`` hold probabilities, which are tested by drawing.
    """
    if case.kind == "statistical":
        combinatorial = case.function.startswith("combinatorial")
        return _combinations(case) if combinatorial else _features(case)
    f = _make(case)
    suffixes = sorted(name[1:] for name in case.inputs if name.startswith("x"))
    inputs = {f"x{n}": case.tensor(f"x{n}").requires_grad_() for n in suffixes}
    values = {f"y{n}": f(inputs[f"x{n}"]) for n in suffixes}
    if case.kind in ALIGN:
        for name in values.keys() & set(case.outputs):
            values[name] = ALIGN[case.kind](values[name].detach(), case.array(name))
    return Evaluation(
        values,
        values["y"].square().sum(),
        leaves(f, **inputs),
        {"D": f.D},
        MANIFOLD_TOLERANCE if case.kind == "sign" else TOLERANCE,
    )


def _make(case: Case, **changed: Any) -> Any:
    """The case's function, with some options changed."""
    sizes: dict[str, Any] = {"m": case.size("m", ("x", 1)), **changed}
    if "D" not in case.kwargs and "D" in signature(functions.get(case.function)):
        sizes["D"] = case.size("D", ("y", 1))
    return make(case, **sizes)


def _signs(y: Tensor, expected: Array) -> Tensor:
    """Columns with the signs that bring them nearer to the expected ones."""
    return y * torch.where((y * torch.from_numpy(expected)).sum(0) < 0, -1.0, 1.0)


def _order(y: Tensor, expected: Array) -> Tensor:
    """Columns in the order that brings them nearest to the expected ones."""
    distances = np.abs(expected.T[:, None] - y.numpy().T[None]).sum(-1)
    return y[:, linear_sum_assignment(distances)[1]]


ALIGN = {"sign": _signs, "permutation": _order}


def _features(case: Case) -> Evaluation:
    """Draws of k features: each row by its ``weights``, pairs by their ``inclusion``."""
    f, x = _make(case), case.tensor("x")
    weights = f.log_weights(f.prepare(x)).softmax(1)
    values, tolerances = {"weights": weights}, {}
    one = _counts(_make(case, k=1), x, repeated=False)
    _compare("k = 1", one, weights, weights * (1 - weights))
    twice = _counts(_make(case, k=2, with_replacement=True), x, repeated=True)
    _compare("k = 2 with replacement", twice, 2 * weights, 2 * weights * (1 - weights))
    if "inclusion" in case.outputs:
        p = torch.from_numpy(case.array("inclusion"))
        values["inclusion"] = _counts(f, x, repeated=f.with_replacement)
        tolerances["inclusion"] = SIGMAS * (p * (1 - p) / DRAWS).sqrt() / (1 + p)
    return Evaluation(values, sizes={"D": f.D}, tolerances=tolerances)


def _counts(f: Any, x: Tensor, repeated: bool) -> Tensor:
    """How often each feature is drawn, per draw, (b, m); every draw must be a selection."""
    rows = f.prepare(x)
    shown = rows if f.simply_sampling else f.normalize(f.measure(rows))
    shown = f.log_density(shown) if f.log_prob else shown
    y = _draws(f, x)
    is_feature = y.unsqueeze(-1) == shown.unsqueeze(1).unsqueeze(1)
    if not (is_feature.sum(-1) == 1).all():
        raise CaseError("a draw is not one of the features")
    steps = is_feature.int().argmax(-1).diff(dim=-1)
    if bool((steps < 0 if repeated else steps <= 0).any()):
        raise CaseError("a draw is not in increasing order" + (" or repeats a feature" * repeated))
    return is_feature.double().mean(1).sum(1)


def _draws(f: Any, x: Tensor) -> Tensor:
    """Many draws for each row, (b, DRAWS, D); equal seeds must give equal ones."""
    many = x.repeat_interleave(DRAWS, 0)
    f.sample_generator.manual_seed(1)
    y: Tensor = f(many)
    f.sample_generator.manual_seed(1)
    if not torch.equal(f(many), y):
        raise CaseError("equal seeds do not give equal draws")
    return y.view(len(x), DRAWS, -1)


def _compare(what: str, share: Tensor, expected: Tensor, variance: Tensor) -> None:
    error = ((share - expected).abs() / (variance / DRAWS).sqrt()).max().item()
    if not error <= SIGMAS:
        raise CaseError(f"{what}: a share is off by {error:.1f} standard errors")


def _combinations(case: Case) -> Evaluation:
    """Draws of one combination of r features, r = 1..d: ``weights_r`` in lexicographic order."""
    f, x = _make(case, k=1), case.tensor("x")
    rows = f.prepare(x)
    log_weights = f.log_weights(rows)
    drawn = _draws(f, x).split(list(range(1, f.d + 1)), dim=-1)
    shown = rows if f.simply_sampling else f.normalize(f.measure(rows))
    combine = itertools.combinations_with_replacement if f.with_replacement else (
        itertools.combinations
    )  # fmt: skip
    values = {}
    for r, y in enumerate(drawn, 1):
        tuples = torch.tensor(list(combine(range(f.m), r)))
        weights = log_weights[:, tuples].sum(-1).softmax(1)
        is_tuple = (y.unsqueeze(2) == shown[:, tuples].unsqueeze(1)).all(-1)
        if not (is_tuple.sum(-1) == 1).all():
            raise CaseError(f"a draw is not one of the combinations of {r}")
        share = is_tuple.double().mean(1)
        _compare(f"combinations of {r}", share, weights, weights * (1 - weights))
        values[f"weights_{r}"] = weights
    return Evaluation(values)
