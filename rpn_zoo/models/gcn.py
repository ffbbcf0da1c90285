"""The graph convolutional network as an RPN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.models.graphs import graph_options
from rpn_zoo.models.parts import Config, after, stacked
from rpn_zoo.nn import RPN


def gcn(
    dims: Sequence[int],
    graph: str | Mapping[str, Any],
    interdependence: str = "graph_interdependence",
    interdependence_options: Mapping[str, Any] | None = None,
    directed: bool = False,
    normalization_mode: str = "row_column",
    activation: Spec | None = "relu",
    dropout: float = 0.5,
    input_dropout: float = 0.0,
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    bias: bool = True,
    width: int = 1,
    seed: int = 0,
) -> RPN:
    r"""A graph convolutional network: :math:`act(A^T x W^T + b)`, one row for each node.

    A is the normalised adjacency matrix with self loops; its product is sparse and is applied after
    W where that is narrower. A batch is the whole graph. The result are logits of the nodes.

    Args:
        dims: the widths [d_0, ..., d_K].
        graph: name or path of a graph file, or ``{"nodes": ..., "links": ...}``.
        interdependence: ``graph_interdependence``, ``multihop_graph_interdependence`` or
            ``pagerank_multihop_graph_interdependence``.
        interdependence_options: further options of it, such as ``{"h": 2}``.
        directed: whether links go one way only.
        normalization_mode: ``"row"``, ``"column"``, ``"row_column"`` or ``"symmetric"``.
        activation: after all layers but the last; None: none.
        dropout: probability, after each activation.
        input_dropout: probability, on the input of the first layer.
        reconciliation: psi of all layers.
        remainder: pi of all layers.
        bias: whether layers have a bias.
        width: number of independent heads of each layer, averaged.
        seed: seed of the initial weights.

    Raises:
        ValueError: for a bad graph, bad sizes or unknown functions.

    Example:
        >>> network = gcn([4, 8, 2], {"nodes": 3, "links": [[0, 1], [1, 2]]})
        >>> network.num_parameters
        58
    """
    structure: Config = {
        "name": interdependence,
        **graph_options(graph),
        "directed": directed,
        "normalization": True,
        "normalization_mode": normalization_mode,
    }
    if not interdependence.startswith("pagerank"):
        structure["self_dependence"] = True
    head: Config = {
        "instance_interdependence": {**structure, **(interdependence_options or {})},
        "reconciliation": reconciliation,
        "remainder": remainder,
        "bias": bias,
    }
    hidden = {**head, "output_functions": after(activation, dropout)}
    config = stacked(dims, hidden, head, width)
    if input_dropout:
        for first in config["layers"][0]["heads"]:
            first["input_functions"] = after(None, input_dropout)
    return RPN(config, seed=seed)
