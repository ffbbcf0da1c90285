"""Comparing an evaluated case with its stored numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tests.reference_cases.adapters import Evaluation
from tests.reference_cases.cases import Array, Case, CaseError


def disagreements(case: Case, evaluation: Evaluation) -> list[str]:
    """What differs between a case and its evaluation, one line each; empty if they agree."""
    found = []
    expected = {**case.call, "l": case.length}
    for name, size in evaluation.sizes.items():
        if expected.get(name) is not None and expected[name] != size:
            found.append(f"{name} is {size}, expected {expected[name]}")
    for name in case.outputs:
        try:
            limit = evaluation.tolerances.get(name)
            tolerance = evaluation.tolerance if limit is None else limit.numpy()
            line = difference(evaluation.output(name), case.array(name), tolerance)
        except CaseError as error:
            line = str(error)
        if line:
            found.append(f"{name}: {line}")
    return found


def difference(actual: Tensor, expected: Array, tolerance: float | Array) -> str | None:
    """How ``actual`` differs from ``expected`` by more than ``tolerance * (1 + |expected|)``.

    NaN agrees with NaN and an infinity with itself, nothing else does.

    Example:
        >>> difference(torch.tensor([1.0, 2.5]).double(), np.array([1.0, 2.0]), 1e-9)
        'differs by 1.7e-01 relative to 1 + |y| at (1,): 2.5, expected 2.0'
    """
    if tuple(actual.shape) != expected.shape:
        return f"has shape {tuple(actual.shape)}, expected {expected.shape}"
    if actual.is_floating_point() and actual.dtype != torch.float64:
        return f"came back as {actual.dtype} from float64 data"
    a, e = actual.detach().numpy().astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        relative = np.abs(a - e) / (1 + np.abs(e))
    relative = np.where((a == e) | (np.isnan(a) & np.isnan(e)), 0.0, relative)
    # An infinity over an infinity is NaN: not equal, so as wrong as can be.
    relative = np.where(np.isnan(relative), np.inf, relative)
    excess = relative - tolerance
    if not relative.size or excess.max() <= 0:
        return None
    place = tuple(int(i) for i in np.unravel_index(int(excess.argmax()), relative.shape))
    values = f"{a[place].item()!r}, expected {e[place].item()!r}"
    return f"differs by {relative[place]:.1e} relative to 1 + |y| at {place}: {values}"
