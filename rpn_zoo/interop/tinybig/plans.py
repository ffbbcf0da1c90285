"""What a translation gives: heads, layers and networks as rpn_zoo's plain configs with sizes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rpn_zoo.functions import Spec

INIT_METHODS = ("xavier_uniform", "xavier_normal", "kaiming_uniform", "fanout_std_uniform")


@dataclass(frozen=True)
class HeadPlan:
    """One head.

    Args:
        m: input width.
        n: output width.
        config: what :class:`rpn_zoo.nn.HeadConfig` takes.
        init_method: how tinybig would draw its initial values, one of :data:`INIT_METHODS`.
        lengths: numbers of parameters that the description states, by tinybig's argument.
    """

    m: int
    n: int
    config: dict[str, Any]
    init_method: str = "xavier_normal"
    lengths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerPlan:
    """Heads on the same input, fused.

    Args:
        heads: the heads, all of the same input width.
        fusion: how they are combined.
        n: output width.
    """

    heads: tuple[HeadPlan, ...]
    fusion: Spec
    n: int

    @property
    def m(self) -> int:
        """Input width."""
        return self.heads[0].m

    @property
    def config(self) -> dict[str, Any]:
        """What :class:`rpn_zoo.nn.LayerConfig` takes."""
        config: dict[str, Any] = {"heads": [head.config for head in self.heads]}
        return config if self.fusion == "mean_fusion" else {**config, "fusion": self.fusion}


@dataclass(frozen=True)
class NetworkPlan:
    """Layers one after the other.

    Args:
        layers: the layers; each has the input width that the one before it puts out.
    """

    layers: tuple[LayerPlan, ...]

    @property
    def m(self) -> int:
        """Input width."""
        return self.layers[0].m

    @property
    def n(self) -> int:
        """Output width."""
        return self.layers[-1].n

    @property
    def config(self) -> dict[str, Any]:
        """What :class:`rpn_zoo.nn.RPNConfig` takes."""
        return {
            "dims": [self.m, *(layer.n for layer in self.layers)],
            "layers": [layer.config for layer in self.layers],
        }


def same_width(heads: tuple[HeadPlan, ...]) -> LayerPlan:
    """A layer that averages heads of the same widths.

    Raises:
        ValueError: if they differ.
    """
    widths = {(head.m, head.n) for head in heads}
    if len(widths) != 1:
        raise ValueError(f"the heads of a layer must have the same m and n, got {sorted(widths)}.")
    return LayerPlan(heads, "mean_fusion", heads[0].n)


def network(layers: list[LayerPlan]) -> NetworkPlan:
    """A network of layers whose widths fit.

    Raises:
        ValueError: if there is none, or a layer does not take what the one before it puts out.
    """
    if not layers:
        raise ValueError("a network needs at least one layer.")
    for place, (one, following) in enumerate(itertools.pairwise(layers)):
        if one.n != following.m:
            raise ValueError(
                f"layer {place} puts out {one.n} columns, but layer {place + 1} takes "
                f"m = {following.m}."
            )
    return NetworkPlan(tuple(layers))


Plan: TypeAlias = HeadPlan | LayerPlan | NetworkPlan


def head_plans(plan: Plan) -> list[HeadPlan]:
    """The heads of a plan, in the order in which its module has them."""
    if isinstance(plan, HeadPlan):
        return [plan]
    layers = [plan] if isinstance(plan, LayerPlan) else list(plan.layers)
    return [head for layer in layers for head in layer.heads]
