from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpn_zoo.zoo import Card, load_card
from rpn_zoo.zoo.card import dump_card, save_card
from rpn_zoo.zoo.readme import render_readme
from rpn_zoo.zoo.schema import from_plain, to_plain
from rpn_zoo.zoo.strict_yaml import dump_yaml, parse_yaml
from tests.zoo.builders import make_card

HASH = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def card() -> Card:
    return make_card(HASH, 1234)


def write(path: Path, card: Card, **changes: Any) -> Path:
    """A card file with plain values changed; ``...`` removes a key."""
    plain = {**to_plain(card), **changes}
    path.write_text(dump_yaml({k: v for k, v in plain.items() if v is not ...}))
    return path


def test_round_trip_in_stable_order(tmp_path: Path, card: Card) -> None:
    for made in (card, dataclasses.replace(card, weights=None, notes="ü | # : 'x'\n- y")):
        path = tmp_path / "card.yaml"
        save_card(path, made, overwrite=True)
        assert load_card(path) == made
        assert path.read_text() == dump_card(load_card(path))
        assert list(parse_yaml(path.read_text(), "")) == [f.name for f in dataclasses.fields(Card)]


@settings(max_examples=50, deadline=2000)
@given(text=st.text(), number=st.floats(0, 1))
def test_any_text_and_number_come_back(card: Card, text: str, number: float) -> None:
    made = dataclasses.replace(card, notes=text, title=text, tolerance=number)
    if "\ufeff" in text or any(0xD800 <= ord(c) < 0xE000 for c in text):
        return
    assert from_plain(Card, parse_yaml(dump_card(made), ""), "") == made


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"colour": 1}, "unknown key colour"),
        ({"titel": "x"}, "unknown key titel. Did you mean title"),
        ({"title": ...}, "the key title is missing"),
        ({"title": 3}, "title must be text, got 3"),
        ({"parameters": 1.5}, "parameters must be an integer"),
        ({"parameters": True}, "parameters must be an integer"),
        ({"parameters": -1}, "parameters must be an integer >= 0"),
        ({"comparable": "yes please"}, "comparable must be true or false"),
        ({"mean": "high"}, "mean must be a finite number"),
        ({"mean": float("nan")}, "mean must be a finite number"),
        ({"mean": 0.99}, "mean must be .* from the seeds"),
        ({"std": None}, "std must be .* from the seeds"),
        ({"shipped_seed": 9}, r"shipped_seed must be one of \[0, 1\]"),
        ({"seeds": []}, "one or more different seeds"),
        ({"seeds": {}}, "seeds must be a list"),
        ({"seeds": [{"seed": 0}]}, r"the key seeds\[0\].validation is missing"),
        ({"weights": {"sha256": HASH}}, "the key weights.size is missing"),
        ({"weights": {"sha256": "abc", "size": 1}}, "weights.sha256 must be 64"),
        ({"weights": {"sha256": HASH, "size": 1, "url": "x"}}, "unknown key weights.url"),
        ({"name": "other.v1"}, "name must be tiny-digits.<tag>"),
        ({"name": "tiny-digits"}, "name must be tiny-digits.<tag>"),
        ({"config": "../secret"}, "config must be lower-case"),
        ({"metric": "beauty"}, "metric must be one of"),
        ({"tolerance": -1.0}, "tolerance must not be negative"),
        ({"date": "yesterday"}, "date must be YYYY-MM-DD"),
        ({"versions": {"torch": 2}}, "versions.torch must be text"),
        ({"class_names": "0123456789"}, "class_names must be a list"),
        ({"preprocess": [1]}, "preprocess must be a mapping"),
    ],
)
def test_bad_cards_are_refused(
    tmp_path: Path, card: Card, changes: dict[str, Any], match: str
) -> None:
    path = write(tmp_path / "card.yaml", card, **changes)
    with pytest.raises(ValueError, match=match) as error:
        load_card(path)
    assert str(error.value).startswith(str(path))


BOMB = "a: &a [x, x]\n" + "\n".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(20)
)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (BOMB, "aliases"),
        ("a: &a\n  b: *a\n", "aliases"),
        ("title: x\ntitle: y\n", "given twice"),
        ("!!python/object/apply:os.mkdir [executed]", "python/object"),
        ("!!python/name:os.system", "python/name"),
        ("[" * 30_000, "nested more than 32 deep"),
        ("a: " + "{b: " * 40 + "1" + "}" * 40, "nested more than 32 deep"),
        ("<<: {title: x}\ntitle: y\n", "merges"),
        ("title: !!binary aGk=\n", "tag:yaml.org,2002:binary"),
        ("title: !!set {a, b}\n", "tag:yaml.org,2002:set"),
        ("x" * 70_000, "larger than"),
        ("? [a, b]\n: 1\n", "keys must be plain text"),
        ("a: [", "not acceptable YAML"),
        ("- 1\n", "must be a mapping"),
        ("", "must be a mapping"),
        ("a: 1\n---\nb: 2\n", "single document"),
    ],
)
def test_hostile_yaml_is_refused_at_once(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    start = time.perf_counter()
    with pytest.raises(ValueError, match=match) as error:
        load_card(path)
    assert time.perf_counter() - start < 10
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 1000


def test_not_text_and_not_there(tmp_path: Path) -> None:
    path = tmp_path / "card.yaml"
    with pytest.raises(FileNotFoundError):
        load_card(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="UTF-8"):
        load_card(path)


@settings(
    max_examples=100, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_corrupted_cards_are_refused_or_valid(
    tmp_path: Path, card: Card, data: st.DataObject
) -> None:
    content = bytearray(dump_card(card).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    path = tmp_path / "card.yaml"
    path.write_bytes(bytes(content))
    try:
        made = load_card(path)
    except ValueError:
        return
    assert from_plain(Card, parse_yaml(dump_card(made), ""), "") == made


def test_yaml_is_readable_by_others(card: Card) -> None:
    assert yaml.safe_load(dump_card(card)) == to_plain(card)
    assert parse_yaml("{a: 1e-3, b: .5, c: 2026-01-02, d: '1e-3'}", "") == {
        "a": 1e-3, "b": 0.5, "c": "2026-01-02", "d": "1e-3",
    }  # fmt: skip


def test_readme(card: Card) -> None:
    page = render_readme(card)
    assert page == render_readme(card)
    for part in (card.name, HASH, "logistic regression", "| 0 | 0.9000 |", "not comparable"):
        assert part in page
    assert "not shipped" in render_readme(dataclasses.replace(card, weights=None))
