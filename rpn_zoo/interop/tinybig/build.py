"""From a tinybig class and its arguments to a config of rpn_zoo, and to the module itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from rpn_zoo.functions.checks import nearest
from rpn_zoo.functions.geometry import oversized_patches
from rpn_zoo.functions.initialization import check_init
from rpn_zoo.interop.tinybig.binding import call
from rpn_zoo.interop.tinybig.component_modules import component_names, make_component
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads import HEADS
from rpn_zoo.interop.tinybig.initialization import initialize
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.models import MODELS
from rpn_zoo.interop.tinybig.paths import last_word
from rpn_zoo.interop.tinybig.plans import HeadPlan, LayerPlan, Plan, head_plans
from rpn_zoo.nn import RPN, Head, HeadConfig, Layer, LayerConfig
from rpn_zoo.nn.config import from_dict

TRANSLATORS: dict[str, Any] = {**HEADS, **LAYERS, **MODELS}


def build(
    key: str,
    kwargs: Mapping[str, Any] | None = None,
    *,
    init: str = "fan_aware",
    seed: int = 0,
    listed_norms: str = "frozen",
) -> nn.Module:
    """Make what a tinybig class would be: a head, a layer, a network or a component function.

    The result consists of rpn_zoo's own classes, with the options that reproduce tinybig's formulas
    in evaluation mode. Where tinybig crashes or is wrong by accident (norms in lists that are never
    switched to evaluation, several heads that are one object) it does what is meant.

    Args:
        key: class name, such as ``"rpn"``, ``"mlp"``, ``"perceptron_layer"``, ``"rpn_head"`` or
            ``"taylor_expansion"``; import paths are understood by their last word.
        kwargs: the constructor's arguments. Component functions need the sizes they work on besides
            (m; n and D; dims).
        init: ``"fan_aware"`` or ``"tinybig"`` (every head by its ``parameters_init_method``).
        seed: seed of the initial values.
        listed_norms: the affine weights of normalisations that are given in a list are
            ``"frozen"``, as in tinybig, ``"plain"`` (left out, for the same function), or
            ``"trained"``.

    Returns:
        A :class:`rpn_zoo.nn.Head`, ``Layer``, ``RPN``, or a component function.

    Raises:
        TinybigError: (a ValueError) listing every unknown class, argument or wrong value by place.

    Example:
        >>> model = build("mlp", {"dims": [4, 5, 3]})
        >>> model.num_parameters, model(torch.rand(2, 4)).shape
        (35, torch.Size([2, 3]))
    """
    check_init(init)
    name = known_class(key)
    arguments = dict(kwargs or {})
    if name not in TRANSLATORS:
        context = Context(name, listed_norms)
        made = context.attempt(lambda: make_component(context, name, arguments, init, seed))
        context.finish()
        assert made is not None
        return made
    plan = translate(name, arguments, Context(name, listed_norms))
    return assemble(plan, init, seed)


def convert(
    key: str, kwargs: Mapping[str, Any] | None = None, *, listed_norms: str = "frozen"
) -> dict[str, Any]:
    """The config of rpn_zoo for a head, layer or model of tinybig.

    Args:
        key: class name.
        kwargs: the constructor's arguments.
        listed_norms: see :func:`build`.

    Returns:
        What :class:`rpn_zoo.nn.HeadConfig`, ``LayerConfig`` or ``RPNConfig`` takes.

    Raises:
        TinybigError: (a ValueError) as :func:`build`.

    Example:
        >>> convert("svm", {"dims": [4, 2], "enable_bias": True})
        {'dims': [4, 2], 'layers': [{'heads': [{'bias': True}]}]}
    """
    name = known_class(key)
    if name not in TRANSLATORS:
        raise ValueError(f"{name} is a component function: only heads, layers and models have one.")
    return translate(name, dict(kwargs or {}), Context(name, listed_norms)).config


def known_class(key: str) -> str:
    """The class name that a name or a path means.

    Raises:
        ValueError: if it is unknown, with the nearest names.
    """
    name = last_word(key)
    names = [*TRANSLATORS, *component_names()]
    if name not in names:
        raise ValueError(f"tinybig has no class {key!r} that is known here.{nearest(name, names)}")
    return name


def translate(name: str, arguments: Mapping[str, Any], context: Context) -> Plan:
    """The plan of a head, layer or model.

    Raises:
        TinybigError: (a ValueError) listing all that is wrong.
    """
    plan: Plan | None = context.attempt(lambda: call(context, TRANSLATORS[name], arguments))
    context.finish()
    assert plan is not None
    return plan


def assemble(plan: Plan, init: str = "fan_aware", seed: int = 0) -> nn.Module:
    """Make the module of a plan.

    Raises:
        ValueError: if a length that the plan states is not that of the module.
    """
    with oversized_patches():  # tinybig knows no limit
        made = _module(plan, init, seed)
    check_lengths(made, plan)
    if init == "tinybig":
        initialize(made, plan, seed)
    return made


def _module(plan: Plan, init: str, seed: int) -> Head | Layer | RPN:
    generator = torch.Generator().manual_seed(seed)
    if isinstance(plan, HeadPlan):
        head_config = from_dict(HeadConfig, plan.config, "head")
        return Head(plan.m, plan.n, head_config, generator, init)
    if isinstance(plan, LayerPlan):
        layer_config = from_dict(LayerConfig, plan.config, "layer")
        return Layer(plan.m, plan.n, layer_config, generator, init)
    return RPN(plan.config if init == "fan_aware" else {**plan.config, "init": init}, seed=seed)


def check_lengths(module: nn.Module, plan: Plan) -> None:
    """Compare the numbers of parameters that a description states with those of the module.

    Raises:
        ValueError: naming the argument and both numbers.
    """
    heads = [head for head in module.modules() if isinstance(head, Head)]
    for place, (head, head_plan) in enumerate(zip(heads, head_plans(plan), strict=True)):
        owners: dict[str, Sequence[Any]] = {
            "l": [head.reconciliation],
            "l_attribute_interdependence": list(head.attribute_interdependences),
            "l_instance_interdependence": list(head.instance_interdependences),
            "l_channel_fusion": [head.channel_fusion],
        }
        for name, stated in head_plan.lengths.items():
            found = getattr(owners[name][0], "l", 0) if owners[name] else 0
            if stated != found:
                raise ValueError(f"head {place}: {name} must be {found}, got {stated}.")
