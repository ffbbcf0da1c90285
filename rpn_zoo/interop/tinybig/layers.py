"""tinybig's layers by class name: the general one, and the ready-made ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rpn_zoo.interop.tinybig.allocation import allocate, check_count
from rpn_zoo.interop.tinybig.binding import call, parameters
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.fusions import fusion
from rpn_zoo.interop.tinybig.heads import HEADS
from rpn_zoo.interop.tinybig.heads.rpn_head import init_method
from rpn_zoo.interop.tinybig.nested import class_and_parameters
from rpn_zoo.interop.tinybig.plans import HeadPlan, LayerPlan, same_width

OF_THE_LAYER = ("m", "n", "parameters_init_method")
"""A layer's values of these replace what its heads' configs say."""


def rpn_layer(
    context: Context,
    m: int,
    n: int,
    width: int | None = None,
    width_alloc: int | list[int] | None = None,
    heads: Any = None,
    head_configs: Any = None,
    head_fusion: Any = None,
    head_fusion_configs: Any = None,
    parameters_init_method: str = "xavier_uniform",
) -> LayerPlan:
    """``tinybig.module.rpn_layer``: heads of several kinds, fused (several without fusion: mean).

    Heads are given as configs, under either name; ``width_alloc`` says how many of each.
    """
    own = {"m": m, "n": n, "parameters_init_method": init_method(parameters_init_method)}
    slot = "head_configs" if heads is None else "heads"
    value = head_configs if heads is None else heads
    if value is None:
        raise ValueError("a layer needs head_configs.")
    configs = list(value) if isinstance(value, (list, tuple)) else [value]
    counts = allocate("width", width, width_alloc, configs)
    plans: list[HeadPlan] = []
    with context.complete():
        for place, (config, count) in enumerate(zip(configs, counts, strict=True)):
            here = context.at(slot, place) if isinstance(value, (list, tuple)) else context.at(slot)
            plan = here.attempt(lambda: _head(here, config, own))  # noqa: B023
            plans += [plan] * count if plan is not None else []
    given = head_fusion_configs if head_fusion is None else head_fusion
    place_of_fusion = "head_fusion_configs" if head_fusion is None else "head_fusion"
    layer = same_width(tuple(plans))
    if given is None:
        return layer
    fused = fusion(context.at(place_of_fusion), given, [plan.n for plan in plans])
    return LayerPlan(layer.heads, fused.spec, fused.n)


def _head(context: Context, config: Any, own: Mapping[str, Any]) -> HeadPlan:
    key, given, place = class_and_parameters(context, config, "head", HEADS)
    known = parameters(HEADS[key])
    for name in ("m", "n"):
        if given.get(name, own[name]) != own[name]:
            place.at(name).warn(f"{given[name]!r} gives way to the layer's {own[name]}.")
    settings = {name: value for name, value in own.items() if name in known}
    plan: HeadPlan = call(place, HEADS[key], {**given, **settings})
    return plan


@dataclass(frozen=True)
class ReadyLayer:
    """A ready-made layer: ``width`` independent heads of one kind with the same arguments.

    Args:
        head: the translator of its heads.
        defaults: where the layer's default differs from the head's.
        fusion: fusion of the heads by their widths; None: the mean.
    """

    head: Callable[..., HeadPlan]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fusion: Callable[[Sequence[int]], dict[str, Any]] | None = None

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The arguments: the head's, with the layer's defaults, and ``width``."""
        own = parameters(self.head)
        for name, value in self.defaults.items():
            own[name] = own[name].replace(default=value)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        own["width"] = inspect.Parameter("width", kind, default=1, annotation=int)
        return own

    def __call__(self, context: Context, width: int = 1, **arguments: Any) -> LayerPlan:
        """Translate the layer."""
        check_count("width", width)
        head = self.head(context, **{**self.defaults, **arguments})
        layer = same_width((head,) * width)
        if self.fusion is None:
            return layer
        return replace(layer, fusion=self.fusion([head.n] * width))


def _concatenated(dims: Sequence[int]) -> dict[str, Any]:
    """A trained map of all heads side by side, even of a single one."""
    return {"name": "parameterized_concatenation_fusion", "n": dims[0]}


LAYERS: dict[str, Callable[..., LayerPlan]] = {
    "rpn_layer": rpn_layer,
    "perceptron_layer": ReadyLayer(
        HEADS["perceptron_head"], {"with_relu": True, "with_dropout": True, "with_softmax": True}
    ),
    "svm_layer": ReadyLayer(HEADS["svm_head"]),
    "kan_layer": ReadyLayer(HEADS["kan_head"]),
    "naive_bayes_layer": ReadyLayer(HEADS["naive_bayes_head"]),
    "pgm_layer": ReadyLayer(HEADS["pgm_head"]),
    "bilinear_interdependence_layer": ReadyLayer(
        HEADS["bilinear_interdependence_head"], fusion=_concatenated
    ),
    "chain_interdependence_layer": ReadyLayer(HEADS["chain_interdependence_head"]),
    "graph_interdependence_layer": ReadyLayer(HEADS["graph_interdependence_head"]),
    "graph_bilinear_interdependence_layer": ReadyLayer(
        HEADS["graph_bilinear_interdependence_head"]
    ),
    "grid_interdependence_layer": ReadyLayer(HEADS["grid_interdependence_head"]),
    "grid_compression_layer": ReadyLayer(HEADS["grid_compression_head"], {"with_dropout": False}),
}
