from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_zoo.differences import differences

NAN = float("nan")


def places(a: Any, b: Any, ignore: tuple[str, ...] = ()) -> list[str]:
    return [found.place for found in differences(a, b, ignore=ignore)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"x": 1, "y": [1, {"z": 2}]}, {"x": 1, "y": [1, {"z": 3}]}, ["y[1].z"]),
        ({"x": 1}, {"y": 1}, ["x", "y"]),
        ({"x": None}, {}, ["x"]),
        ({"x": 1}, {"x": 1.0}, []),
        ({"x": 1, "y": 2}, {"y": 2, "x": 1}, []),
        ({"x": [1, 2]}, {"x": (1, 2)}, []),
        ({"x": [1, 2]}, {"x": [1]}, ["x"]),
        ({"x": {}}, {"x": []}, ["x"]),
        ({"x": NAN}, {"x": NAN}, []),
        ({"x": 1}, {"x": torch.ones(())}, ["x"]),
        ([torch.ones(2)], [torch.ones(2)], []),
        ([torch.ones(2)], [torch.ones(2).double()], ["[0]"]),
        ([torch.ones(2)], [torch.ones(2, 1)], ["[0]"]),
        ([torch.tensor([0.0])], [torch.tensor([-0.0])], ["[0]"]),
        ([torch.tensor([NAN])], [torch.tensor([NAN])], []),
        ([torch.empty(0)], [torch.empty(0)], []),
        ([torch.eye(2).to_sparse()], [torch.eye(2).to_sparse()], []),
        ([torch.eye(2).to_sparse()], [torch.eye(2)], ["[0]"]),
    ],
)
def test_places(a: Any, b: Any, expected: list[str]) -> None:
    assert places(a, b) == expected
    assert sorted(places(b, a)) == sorted(expected)


def test_keys_can_be_ignored() -> None:
    assert places({"a": {"root": 1, "b": 2}}, {"a": {"root": 2, "b": 3}}, ("root",)) == ["a.b"]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ({"x": {"y": 1}}, {"x": {"y": 1.0}}, ["x.y"]),
        ({"x": 1}, {"x": True}, ["x"]),
        ({"z": {"x": 1, "y": 2}}, {"z": {"y": 2, "x": 1}}, ["z"]),
        ({"x": [NAN, torch.ones(2)]}, {"x": [NAN, torch.ones(2)]}, []),
    ],
)
def test_exact(a: Any, b: Any, expected: list[str]) -> None:
    assert [found.place for found in differences(a, b, exact=True)] == expected


def test_long_keys_and_values_are_cut() -> None:
    (found,) = differences({"k" * 9999: "v" * 9999}, {})
    assert len(str(found)) < 250


def test_words() -> None:
    (found,) = differences({"n": {"a": 1}}, {"n": {}})
    assert str(found) == "n.a was 1, here it is not given"


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(NESTED)
def test_a_copy_does_not_differ(value: Any) -> None:
    assert places(value, copy.deepcopy(value)) == []
