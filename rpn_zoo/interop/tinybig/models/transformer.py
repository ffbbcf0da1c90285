"""The attention model: rows of a batch attend to one another."""

from __future__ import annotations

from typing import Any

from rpn_zoo.interop.tinybig.binding import parameters
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.models.cnn import perceptrons
from rpn_zoo.interop.tinybig.models.stacked import widths
from rpn_zoo.interop.tinybig.plans import LayerPlan, NetworkPlan, network

HIDDEN = ("with_batch_norm", "with_relu", "with_dropout")


def transformer(
    context: Context,
    dims: list[int],
    fc_dims: list[int],
    batch_num: int | None = None,
    with_dual_lphm_interdependence: bool = False,
    with_lorr_interdependence: bool = True,
    r_interdependence: int = 3,
    with_taylor: bool = False,
    d: int = 2,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = True,
    with_residual: bool = True,
    with_batch_norm: bool = True,
    with_relu: bool = True,
    with_softmax: bool = True,
    with_dropout: bool = True,
    p: float = 0.25,
    channel_num: int = 1,
    width: int = 1,
) -> NetworkPlan:
    """``tinybig.model.transformer``: every attention and perceptron layer ends in a softmax."""
    given: dict[str, Any] = dict(locals())
    attention, perceptron = (
        {name: given[name] for name in parameters(LAYERS[key]) if name in given}
        for key in ("bilinear_interdependence_layer", "perceptron_layer")
    )
    layers: list[LayerPlan] = []
    for m, n in widths(dims):
        layers.append(LAYERS["bilinear_interdependence_layer"](context, m=m, n=n, **attention))
        layers.append(LAYERS["perceptron_layer"](context, m=n, n=n, **perceptron))
    hidden = {name: given[name] for name in HIDDEN}
    shared = {k: v for k, v in perceptron.items() if k not in (*HIDDEN, "with_softmax")}
    layers += perceptrons(context, [dims[-1], *fc_dims], hidden, with_softmax, shared)
    return network(layers)
