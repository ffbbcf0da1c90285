"""Stratified splits: exact sizes, disjoint, proportional, deterministic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpn_zoo.data import stratified_split


@given(
    st.lists(st.integers(0, 5), min_size=0, max_size=80),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 5),
)
@settings(max_examples=80, deadline=None)
def test_partition_with_class_shares(classes: list[int], a: float, b: float, seed: int) -> None:
    labels, total = np.array(classes, dtype=np.uint8), len(classes)
    first = int(a * total)
    second = int(b * (total - first))
    sizes = (first, second, total - first - second)
    parts = stratified_split(labels, sizes, seed)
    assert tuple(map(len, parts)) == sizes
    assert sorted(np.concatenate(parts).tolist()) == list(range(total))
    assert all(np.all(np.diff(part) > 0) for part in parts)
    for c in set(classes):
        share = classes.count(c) / total
        assert abs(np.sum(labels[parts[0]] == c) - share * first) < 1
        assert abs(np.sum(labels[parts[2]] == c) - share * sizes[2]) < 2


def test_seed_decides_and_nothing_else() -> None:
    labels = np.arange(40) % 4
    splits = [stratified_split(labels, (30, 10), seed)[1].tolist() for seed in (0, 0, 1)]
    assert splits[0] == splits[1] != splits[2]


def test_split_does_not_change_between_versions() -> None:
    labels = np.arange(12) % 3
    assert stratified_split(labels, (9, 3), seed=0)[1].tolist() == [1, 8, 9]


def test_sizes_must_add_up() -> None:
    with pytest.raises(ValueError, match="add up to 4 rows"):
        stratified_split(np.array([0, 1, 0, 1]), (1, 2), seed=0)
    with pytest.raises(ValueError, match="sizes"):
        stratified_split(np.array([0, 1]), (3, -1), seed=0)
