"""The registry: names, creation, refusal of duplicates and of wrong arguments."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions import registry
from rpn_zoo.functions.expansion import Expansion


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    monkeypatch.setattr(registry, "_aliases", dict(registry._aliases))


def test_list_takes_families_and_wildcards() -> None:
    assert "taylor_expansion" in functions.list("expansion")
    assert all(name.endswith("_expansion") for name in functions.list("expansion"))
    assert functions.list("*lphm_rec*") == ["dual_lphm_reconciliation", "lphm_reconciliation"]
    assert functions.list("no such*") == []
    assert functions.list() == sorted(functions.list())


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("taylor_expansoin", "taylor_expansion"),
        ("tailor_expansion", "taylor_expansion"),
        ("dual_lphm", "dual_lphm_reconciliation"),
        ("lorr_reconcilation", "lorr_reconciliation"),
    ],
)
def test_unknown_name_suggests_the_nearest(name: str, suggestion: str) -> None:
    for ask in (functions.get, functions.describe, functions.create):
        with pytest.raises(ValueError, match=rf"unknown function '{name}'.*{suggestion}"):
            ask(name)


def test_create_from_name_and_from_config() -> None:
    by_name = functions.create("taylor_expansion", m=3, d=1)
    by_config = functions.create({"name": "taylor_expansion", "d": 1}, m=3)
    assert by_name.config == by_config.config == {"name": "taylor_expansion", "d": 1}
    assert functions.create("taylor_expansion", m=3).config == {"name": "taylor_expansion"}


def test_create_does_not_keep_or_change_the_config() -> None:
    config = {"name": "taylor_expansion", "preprocess_functions": [{"name": "elu", "alpha": 2.0}]}
    f = functions.create(config, m=3)
    before = f.config
    functions_given: Any = config["preprocess_functions"]
    functions_given[0]["alpha"] = 5.0
    x = torch.full((1, 3), -1.0)
    torch.testing.assert_close(f(x)[0, :3], 2 * torch.expm1(x[0]))
    assert f.config == before


@pytest.mark.parametrize(
    ("spec", "arguments", "message"),
    [
        ("taylor_expansion", {"m": 3, "dd": 2}, r"no argument 'dd'.*Did you mean d"),
        ("lorr_reconciliation", {"n": 3, "D": 3, "rank": 2}, r"no argument 'rank'.*Its arguments"),
        ("taylor_expansion", {}, r"needs the argument m"),
        ({"name": "taylor_expansion", "d": 2}, {"m": 3, "d": 2}, r"d is given twice"),
        ({"d": 2}, {"m": 3}, r"a dict with a 'name'"),
        (3, {}, r"its name or as a dict"),
    ],
)
def test_wrong_arguments_are_refused(spec: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(spec, **arguments)


def test_duplicates_and_incomplete_classes_are_refused() -> None:
    class CubeExpansion(Expansion):
        """Cubes."""

        formula = "x^3"
        source = "this test"

        def __init__(self, m: int) -> None:
            super().__init__(m, m)

        def expand(self, x: Tensor) -> Tensor:
            return x**3

    functions.register(CubeExpansion)
    assert functions.create("cube_expansion", m=2)(torch.full((1, 2), 2.0)).tolist() == [[8.0, 8.0]]
    with pytest.raises(ValueError, match="cube_expansion is already registered by"):
        functions.register(CubeExpansion)

    class Cube(CubeExpansion):
        """Not named after its family."""

    with pytest.raises(ValueError, match="must end in its family's name"):
        functions.register(Cube)

    class SourcelessExpansion(CubeExpansion):
        """Without a source."""

        source = ""

    with pytest.raises(ValueError, match="must state its formula and its source"):
        functions.register(SourcelessExpansion)


def test_an_alias_is_understood_but_not_listed() -> None:
    class SameExpansion(Expansion):
        """The data."""

        formula = "x"
        source = "this test"
        aliases = ("equal_expansion",)

        def __init__(self, m: int) -> None:
            super().__init__(m, m)

    functions.register(SameExpansion)
    assert functions.get("equal_expansion") is SameExpansion
    assert functions.create("equal_expansion", m=2).config == {"name": "same_expansion"}
    assert functions.describe("equal_expansion").name == "same_expansion"
    assert "equal_expansion" not in functions.list()
    with pytest.raises(ValueError, match=r"'equl_expansion'.*Did you mean equal_expansion"):
        functions.get("equl_expansion")

    class EqualExpansion(SameExpansion):
        """Taken."""

    with pytest.raises(ValueError, match="equal_expansion is already registered by.*SameExpansion"):
        functions.register(EqualExpansion)

    class OtherExpansion(SameExpansion):
        """A subclass has no part in the aliases."""

    functions.register(OtherExpansion)
    assert functions.get("equal_expansion") is SameExpansion


def test_an_object_as_option_has_no_config() -> None:
    f = functions.create("identity_expansion", m=2, preprocess_functions=torch.nn.Tanh())
    torch.testing.assert_close(f(torch.ones(1, 2)), torch.ones(1, 2).tanh())
    with pytest.raises(TypeError, match="preprocess_functions was given as an object"):
        _ = f.config
