"""Models that stack one kind of layer with the same arguments."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rpn_zoo.interop.tinybig.binding import parameters
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.plans import NetworkPlan, network

OF_EACH_LAYER = ("m", "n", "parameters_init_method")
"""Arguments of a layer that a model does not have."""


@dataclass(frozen=True)
class Stacked:
    """A model with one layer for each pair of neighbouring widths ``dims``.

    Args:
        layer: class name of the layers.
        arguments: which of their arguments the model has; None: all but :data:`OF_EACH_LAYER`.
        defaults: where the model's default differs from the layer's.
        hidden: switches that the last layer, by position, has not.
        last: switches that the last layer alone has.
    """

    layer: str
    arguments: tuple[str, ...] | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    last: tuple[str, ...] = ()

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The arguments of the model."""
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        found = {"dims": inspect.Parameter("dims", kind, annotation=list[int])}
        for name, parameter in parameters(LAYERS[self.layer]).items():
            if name not in OF_EACH_LAYER and (self.arguments is None or name in self.arguments):
                default = self.defaults.get(name, parameter.default)
                found[name] = parameter.replace(default=default)
        return found

    def __call__(self, context: Context, dims: list[int], **arguments: Any) -> NetworkPlan:
        """Translate the model."""
        given = {**self.defaults, **arguments}
        off_first = dict.fromkeys(self.last, False)
        off_last = dict.fromkeys(self.hidden, False)
        pairs = widths(dims)
        layers = []
        for place, (m, n) in enumerate(pairs):
            off = off_last if place == len(pairs) - 1 else off_first
            layers.append(LAYERS[self.layer](context, m=m, n=n, **{**given, **off}))
        return network(layers)


def widths(dims: list[int], least: int = 2) -> list[tuple[int, int]]:
    """The pairs of neighbouring widths.

    Raises:
        ValueError: if there are fewer than ``least`` widths.

    Example:
        >>> widths([4, 3, 2])
        [(4, 3), (3, 2)]
    """
    if len(dims) < least:
        raise ValueError(f"there must be at least {least} widths, got {dims!r}.")
    return list(itertools.pairwise(dims))


SHARED = ("enable_bias", "with_lorr", "r", "with_residual", "channel_num", "width")
GRAPH = {"with_dropout": False, "p": 0.25}
OFF_AT_THE_END = ("with_batch_norm", "with_relu", "with_dropout")

mlp = Stacked("perceptron_layer", (*SHARED, "with_taylor", "d"), {"enable_bias": False})
"""``tinybig.model.mlp``: every layer, the last included, has ReLU, dropout and softmax."""
kan = Stacked("kan_layer", (*SHARED, "grid_range", "t", "d"))
"""``tinybig.model.kan``: B-splines with a SiLU remainder."""
svm = Stacked("svm_layer", (*SHARED, "kernel", "base_range", "num_interval", "epsilon"))
"""``tinybig.model.svm``: kernels to fixed base points."""
naive_bayes = Stacked("naive_bayes_layer", (*SHARED, "distribution"))
"""``tinybig.model.naive_bayes``: log densities of one distribution."""
pgm = Stacked("pgm_layer", (*SHARED, "distribution", "d", "with_replacement"))
"""``tinybig.model.pgm``: normal log densities of tuples."""
gcn = Stacked(
    "graph_interdependence_layer",
    defaults=GRAPH,
    hidden=OFF_AT_THE_END,
    last=("with_softmax",),
)
"""``tinybig.model.gcn``: graph convolution, log softmax on the last layer."""
gat = Stacked(
    "graph_bilinear_interdependence_layer",
    defaults={**GRAPH, "normalization": True},
    hidden=OFF_AT_THE_END,
    last=("with_softmax",),
)
"""``tinybig.model.gat``: graph attention, log softmax on the last layer."""
