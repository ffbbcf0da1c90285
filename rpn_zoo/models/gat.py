"""The graph attention network as an RPN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rpn_zoo.functions import Spec
from rpn_zoo.models.graphs import graph_options
from rpn_zoo.models.parts import Config, after, stacked
from rpn_zoo.nn import RPN


def gat(
    dims: Sequence[int],
    graph: str | Mapping[str, Any],
    scores: Spec | None = None,
    directed: bool = False,
    activation: Spec | None = "relu",
    dropout: float = 0.5,
    input_dropout: float = 0.0,
    reconciliation: Spec = "identity_reconciliation",
    remainder: Spec = "zero_remainder",
    bias: bool = True,
    width: int = 1,
    seed: int = 0,
) -> RPN:
    r"""A graph attention network: each node averages its neighbours by bilinear scores.

    .. math:: A_{ij} = softmax_i(adj_{ij}\, x_i^T W x_j), \quad y = act(A^T x V^T + b)

    The softmax runs over the links into node j alone, self loops included; scores are computed for
    the links only. A batch is the whole graph. The result are logits of the nodes.

    Args:
        dims: the widths [d_0, ..., d_K].
        graph: name or path of a graph file, or ``{"nodes": ..., "links": ...}``.
        scores: the bilinear interdependence; None: low rank with r = 3.
        directed: whether links go one way only.
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
        >>> network = gat([4, 8, 2], {"nodes": 3, "links": [[0, 1], [1, 2]]})
        >>> network.num_parameters  # as the GCN, and 3 (4 + 4) + 3 (8 + 8) for the scores
        130
    """
    neighbours: Config = {
        "name": "graph_interdependence",
        **graph_options(graph),
        "directed": directed,
        "self_dependence": True,
    }
    low_rank: Config = {"name": "lowrank_parameterized_bilinear_interdependence", "r": 3}
    attention: Config = {
        "name": "hybrid_interdependence",
        "interdependence_functions": [neighbours, low_rank if scores is None else scores],
        "fusion_function": "prod_fusion",
        "postprocess_functions": {
            "name": "operator_based_normalize_matrix",
            "mask_zeros": True,
            "mode": "column",
        },
    }
    head: Config = {
        "instance_interdependence": attention,
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
