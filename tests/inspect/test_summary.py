"""The summary says what is really there."""

from __future__ import annotations

import rpn_zoo
from rpn_zoo.inspect import summarize, summary
from rpn_zoo.nn import RPN


def test_flagship() -> None:
    network = rpn_zoo.create_model("mnist-dual-lphm")
    heads = summarize(network)
    assert [(h.m, h.D, h.n) for h in heads] == [
        (784, 615_440, 64), (64, 4160, 64), (64, 4160, 10),
    ]  # fmt: skip
    assert [h.parameters for h in heads] == [7925, 725, 680]
    assert heads[0].rule == "powers_kronecker"
    text = summary(network)
    assert text.splitlines()[-1] == "9,330 trainable parameters"
    assert "784 -> 615440 -> 64" in text


def test_dense_and_several_heads() -> None:
    head = {"expansion": {"name": "taylor_expansion", "postprocess_functions": "tanh"}}
    network = RPN(
        {"dims": [64, 8], "layers": [{"heads": [head, {"remainder": "linear_remainder"}]}]}
    )
    first, second = summarize(network)
    assert (first.place, first.rule) == ("layers[0].heads[0]", "dense")
    assert (second.place, second.remainder) == ("layers[0].heads[1]", "linear_remainder")
    assert first.parameters + second.parameters == network.num_parameters
