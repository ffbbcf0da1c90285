"""The graph attention head: bilinear scores on the links of a graph."""

from __future__ import annotations

from typing import Any

from rpn_zoo.interop.tinybig.binding import parameters
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.bilinear import bilinear, masked_softmax
from rpn_zoo.interop.tinybig.heads.graph import graph_interdependence_head
from rpn_zoo.interop.tinybig.plans import HeadPlan


def graph_bilinear_interdependence_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    graph: Any = None,
    graph_file_path: str | None = None,
    nodes: Any = None,
    links: Any = None,
    directed: bool = False,
    normalization: bool = False,
    normalization_mode: str = "column",
    self_dependence: bool = True,
    require_data: bool = False,
    require_parameters: bool = False,
    with_multihop: bool = False,
    h: int = 1,
    accumulative: bool = False,
    with_pagerank: bool = False,
    c: float = 0.15,
    with_dual_lphm_interdependence: bool = False,
    with_lorr_interdependence: bool = False,
    r_interdependence: int = 3,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = False,
    with_residual: bool = False,
    with_batch_norm: bool = False,
    with_relu: bool = True,
    with_softmax: bool = True,
    with_dropout: bool = True,
    p: float = 0.5,
    parameters_init_method: str = "xavier_normal",
) -> HeadPlan:
    """``tinybig.head.graph_bilinear_interdependence_head``: entries of the graph times scores."""
    given = dict(locals())
    scores = bilinear(
        m, with_lorr_interdependence, with_dual_lphm_interdependence, r_interdependence
    )
    shared = {name: given[name] for name in parameters(graph_interdependence_head)}
    head = graph_interdependence_head(context, **shared)
    neighbours = head.config["instance_interdependence"]
    attention = {
        "name": "hybrid_interdependence",
        "interdependence_functions": [neighbours, scores],
        "fusion_function": "prod_fusion",
        "postprocess_functions": masked_softmax(),
    }
    return HeadPlan(
        head.m, head.n, {**head.config, "instance_interdependence": attention}, head.init_method
    )
