"""Configs are checked before anything is built, with messages that help."""

from __future__ import annotations

from typing import Any

import pytest

from rpn_zoo.nn import RPN, Head, HeadConfig, Layer, LayerConfig


def with_head(**head: Any) -> dict[str, Any]:
    return {"dims": [4, 4], "layers": [{"heads": [head]}]}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"dim": [4, 3]}, r"network has no key 'dim'.*Did you mean dims"),
        ({"layers": []}, r"network needs the key 'dims'"),
        ({"dims": [4]}, r"dims must list at least two widths, got \[4\]"),
        ({"dims": 4}, r"dims must list at least two widths, got 4"),
        ({"dims": [4, 0]}, r"dims must be an integer >= 1, got 0"),
        ({"dims": [4, 3.0]}, r"dims must be an integer >= 1, got 3\.0"),
        ({"dims": [4, 3], "init": "tiny"}, r"init must be one of fan_aware, tinybig, got 'tiny'"),
        ({"dims": [4, 3, 2, 1], "layers": [{}, {}]}, r"one config per layer \(3 for .*got 2"),
        ({"dims": [4, 3], "layers": [{}, {}]}, r"one config per layer \(1 for .*got 2"),
        ({"dims": [4, 3], "layers": []}, r"got 0"),
        ({"dims": [4, 3], "layers": {}}, r"layers must be a list"),
        ({"dims": [4, 3], "layers": ["x"]}, r"config of a layer must be a dict, got 'x'"),
        ({"dims": [4, 3], "layers": [{"head": []}]}, r"layer has no key 'head'.*mean heads"),
        ({"dims": [4, 3], "layers": [{"heads": []}]}, r"heads must be a list of at least one"),
        ({"dims": [4, 3], "layers": [{"fusion": "mean"}]}, r"unknown function 'mean'"),
        ({"dims": [4, 3], "layers": [{"fusion": "zero_remainder"}]}, r"fusion must name.*fusion"),
        (with_head(expansions="x"), r"head has no key 'expansions'.*Did you mean expansion"),
        (with_head(expansion="taylor"), r"unknown function 'taylor'"),
        (with_head(expansion="tailor_expansion"), r"Did you mean taylor_expansion"),
        (with_head(expansion="zero_remainder"), r"expansion must name a function of the family"),
        (with_head(channels=0), r"channels must be an integer >= 1, got 0"),
        (with_head(bias="yes"), r"bias must be true or false, got 'yes'"),
        (with_head(output_functions=["sigmoyd"]), r"output_functions: unknown function 'sigmoyd'"),
        (with_head(expansion={"name": "taylor_expansion", "degree": 2}), r"no argument 'degree'"),
        (with_head(expansion={"d": 2}), r"dict with a 'name'"),
        (with_head(expansion={"name": "taylor_expansion", "m": 4}), r"m is given twice"),
        (
            with_head(reconciliation={"name": "hm_reconciliation", "p": 3}),
            r"p must divide n = 4, got p = 3",
        ),
        (
            with_head(remainder={"name": "zero_remainder", "activation_functions": "tanh"}),
            r"zero_remainder takes no activation_functions in a head",
        ),
        (
            with_head(channels=3, channel_fusion="concatenation_fusion"),
            r"n = 4 must be a multiple of the number of inputs, 3",
        ),
    ],
)
def test_wrong_configs_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RPN(config)


def test_not_a_config() -> None:
    with pytest.raises(ValueError, match="config of a network must be a dict"):
        RPN(None)  # type: ignore[arg-type]


def test_widths_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="needs n = m, got m = 4, n = 3"):
        Head(4, 3, HeadConfig(remainder="identity_remainder"))
    with pytest.raises(ValueError, match="n = 5 must be a multiple of the number of inputs, 2"):
        Layer(4, 5, LayerConfig([HeadConfig(), HeadConfig()], "concatenation_fusion"))
    with pytest.raises(ValueError, match="m must be an integer >= 1, got 0"):
        Head(0, 3)


def test_one_layer_serves_for_all_and_defaults_are_not_shared() -> None:
    assert len(RPN({"dims": [4, 3, 2], "layers": [{}]}).layers) == 2
    assert LayerConfig().heads is not LayerConfig().heads
    assert HeadConfig().input_functions is not HeadConfig().input_functions
