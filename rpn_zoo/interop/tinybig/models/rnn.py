"""Recurrent models: perceptrons on every position and chains between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.interop.tinybig.binding import Variant
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.models.stacked import widths
from rpn_zoo.interop.tinybig.plans import LayerPlan, NetworkPlan, network

CHAIN = (
    "bi_directional", "with_multihop", "h", "accumulative", "with_inverse_approx",
    "with_exponential_approx", "self_dependence", "self_scaling",
)  # fmt: skip
SHARED = (
    "with_dual_lphm", "with_lorr", "r", "with_residual", "enable_bias", "channel_num", "width",
)  # fmt: skip
EXPANSION = ("with_taylor", "with_bspline", "d")
IGNORED = (
    "with_hybrid_expansion",
    "with_lorr_interdependence",
    "with_dual_lphm_interdependence",
)


def recurrent(
    context: Context,
    regression: bool,
    chain_length: int,
    dims: list[int],
    bi_directional: bool = False,
    with_multihop: bool = False,
    h: int = 1,
    accumulative: bool = False,
    with_inverse_approx: bool = False,
    with_exponential_approx: bool = False,
    self_dependence: bool = True,
    self_scaling: float = 1.0,
    with_taylor: bool = False,
    with_bspline: bool = False,
    with_hybrid_expansion: bool = False,
    d: int = 2,
    with_lorr_interdependence: bool = False,
    with_dual_lphm_interdependence: bool = False,
    r_interdependence: int = 3,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    with_residual: bool = False,
    enable_bias: bool = False,
    with_batch_norm: bool = False,
    with_relu: bool = True,
    with_softmax: bool = True,
    with_dropout: bool = False,
    p: float = 0.25,
    channel_num: int = 1,
    width: int = 1,
) -> NetworkPlan:
    """A recurrent model, for classification or for regression."""
    given = dict(locals())
    layers = _hidden(**given)
    if regression:
        if with_softmax:
            context.at("with_softmax").warn(
                "a softmax stands at the end of a regression: with one output it is always 1."
            )
        return network([*layers, _last(**given, m=chain_length * dims[-2])])
    last = _last(**given, m=dims[-2])
    mean = {"name": "position_mean", "count": chain_length}
    heads = tuple(
        replace(head, m=chain_length * head.m, config={**head.config, "input_functions": [mean]})
        for head in last.heads
    )
    return network([*layers, replace(last, heads=heads)])


rnn = Variant(recurrent, fixed={"regression": False})
"""``tinybig.model.rnn``: the last layer sees the mean over the positions."""
regression_rnn = Variant(recurrent, fixed={"regression": True})
"""``tinybig.model.regression_rnn``: the last layer sees all positions side by side."""


def _hidden(context: Context, chain_length: int, dims: list[int], **given: Any) -> list[LayerPlan]:
    """For each width but the last a perceptron on every position, then a chain layer."""
    check_positive_int("chain_length", chain_length)
    widths(dims)
    for name in IGNORED:
        if given[name]:
            context.at(name).warn("has no effect in tinybig's recurrent models.")
    shared = {name: given[name] for name in SHARED}
    expansion = {name: given[name] for name in EXPANSION}
    chain = {name: given[name] for name in CHAIN}
    layers = []
    switches = ("with_relu", "with_batch_norm", "with_dropout", "p")
    chain |= {"chain_length": chain_length, **{name: given[name] for name in switches}}
    off = dict.fromkeys(("with_dropout", "with_softmax"), False)
    for m, n in widths(dims[:-1], least=1):
        perceptron = LAYERS["perceptron_layer"]
        layer = perceptron(context, m=m, n=n, with_relu=True, **off, **shared, **expansion)
        layers.append(position_wise(layer, chain_length))
        link = LAYERS["chain_interdependence_layer"]
        layers.append(link(context, m=n, n=n, with_softmax=False, **shared, **chain))
    return layers


def _last(context: Context, dims: list[int], m: int, **given: Any) -> LayerPlan:
    """The perceptron at the end, without ReLU."""
    arguments = {name: given[name] for name in (*SHARED, *EXPANSION)}
    return LAYERS["perceptron_layer"](
        context, m=m, n=dims[-1], with_relu=False, with_dropout=False,
        with_softmax=given["with_softmax"], **arguments,
    )  # fmt: skip


def position_wise(layer: LayerPlan, count: int) -> LayerPlan:
    """A layer that treats each of several positions of a row alike."""
    heads = tuple(
        replace(
            head,
            m=count * head.m,
            n=count * head.n,
            config={**head.config, "positions": {"count": count}},
        )
        for head in layer.heads
    )
    return LayerPlan(heads, layer.fusion, count * layer.n)
