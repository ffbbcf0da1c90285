"""The general model: layers of several kinds."""

from __future__ import annotations

from typing import Any

from rpn_zoo.interop.tinybig.allocation import allocate
from rpn_zoo.interop.tinybig.binding import call
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.nested import class_and_parameters
from rpn_zoo.interop.tinybig.plans import LayerPlan, NetworkPlan, network


def rpn(
    context: Context,
    depth: int | None = None,
    depth_alloc: int | list[int] | None = None,
    layers: Any = None,
    layer_configs: Any = None,
) -> NetworkPlan:
    """``tinybig.model.rpn``: layers are given as configs, ``depth_alloc`` says how many of each."""
    slot = "layer_configs" if layers is None else "layers"
    value = layer_configs if layers is None else layers
    if value is None:
        raise ValueError("a model needs layer_configs.")
    configs = list(value) if isinstance(value, (list, tuple)) else [value]
    counts = allocate("depth", depth, depth_alloc, configs)
    plans: list[LayerPlan] = []
    with context.complete():
        for place, (config, count) in enumerate(zip(configs, counts, strict=True)):
            here = context.at(slot, place) if isinstance(value, (list, tuple)) else context.at(slot)
            plan = here.attempt(lambda: _layer(here, config))  # noqa: B023
            plans += [plan] * count if plan is not None else []
    return network(plans)


def _layer(context: Context, config: Any) -> LayerPlan:
    key, given, place = class_and_parameters(context, config, "layer", LAYERS)
    plan: LayerPlan = call(place, LAYERS[key], given)
    return plan
