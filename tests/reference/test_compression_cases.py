"""What the adapter of the compressions accepts, and what it notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.reference.test_cases import CASES, evaluate
from tests.reference_cases.adapters import ADAPTERS
from tests.reference_cases.cases import Array, arrays, entries
from tests.reference_cases.runner import check

ENTRIES = {entry["id"]: entry for entry in entries(CASES / "compression.json")}
STORED = arrays(CASES / "compression.json")


def found(case: str, **changed: Array) -> list[str]:
    """What is wrong with a shipped case after a change of some of its arrays."""
    own = {key: STORED[key] for key in STORED if key.startswith(f"{case}:")}
    own |= {f"{case}:{name}": value for name, value in changed.items()}
    return check(ENTRIES[case], own, ADAPTERS["compression"])


def test_signs_are_free_and_numbers_are_not() -> None:
    case = "isomap_manifold_compression/0"
    y = STORED[f"{case}:y"]
    assert found(case, y=y * [1, -1]) == []
    assert "y: differs by" in found(case, y=y + 1e-5)[0]
    assert "y: differs by" in found(case, y=y * np.sign(y))[0]


def test_the_order_of_clusters_is_free() -> None:
    case = "incremental_feature_clustering_based_compression/0"
    y = STORED[f"{case}:y"]
    assert found(case, y=y[:, [2, 0, 1]]) == []
    assert "y: differs by" in found(case, y=y[:, [2, 0, 0]])[0]


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("naive_normal_probabilistic_compression/4", "weights"),
        ("naive_normal_probabilistic_compression/4", "inclusion"),
        ("combinatorial_compression/4", "weights_2"),
    ],
)
def test_wrong_probabilities_are_found(case: str, name: str) -> None:
    p = STORED[f"{case}:{name}"].copy()
    p[0, :2] += [0.03, -0.03]
    assert f"{name}: differs by" in found(case, **{name: p})[0]


@pytest.mark.parametrize(
    "name", ["naive_normal_probabilistic_compression", "combinatorial_compression"]
)
def test_draws_that_do_not_follow_the_weights_are_found(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from rpn_zoo.functions.compression import combinatorial, naive_probabilistic

    def first(log_weights: torch.Tensor, k: int, generator: torch.Generator) -> torch.Tensor:
        return torch.arange(k).expand(log_weights.shape[0], -1)

    monkeypatch.setattr(naive_probabilistic, "draw", first)
    monkeypatch.setattr(combinatorial, "draw", first)
    case = next(c for c, e in ENTRIES.items() if c.startswith(name) and e["kind"] == "statistical")
    assert "is off by" in found(case)[0]


def test_gradients_and_sizes_from_the_arrays() -> None:
    x = np.array([[1.0, 3.0, 2.0], [0.0, -1.0, -4.0]])
    stored: dict[str, Any] = {"x": x, "y": x[:, [1]] + [[0.0], [1.0]]}
    stored["gx"] = np.array([[0.0, 6.0, 0.0], [0.0, 0.0, 0.0]])
    assert evaluate("compression", "max_compression", stored, outputs=["y", "gx"]) == []
    stored = {"x": np.array([[-1.0, 0, 0], [3.0, 0, 0]]), "y": np.array([[-2.0], [2.0]])}
    function = "dimension_reduction_compression"
    assert evaluate("compression", function, stored, outputs=["y"]) == []
