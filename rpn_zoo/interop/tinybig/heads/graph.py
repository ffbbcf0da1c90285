"""The graph head: every node gathers from its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.graph import Graph
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.heads.ready import output, plan, reconciliation, remainder
from rpn_zoo.interop.tinybig.plans import HeadPlan

MODES = ("row", "column", "row_column")


def graph_interdependence_head(
    context: Context,
    m: int,
    n: int,
    channel_num: int = 1,
    graph: Any = None,
    graph_file_path: str | None = None,
    nodes: Any = None,
    links: Any = None,
    directed: bool = False,
    normalization: bool = True,
    normalization_mode: str = "column",
    self_dependence: bool = True,
    require_data: bool = False,
    require_parameters: bool = False,
    with_multihop: bool = False,
    h: int = 1,
    accumulative: bool = False,
    with_pagerank: bool = False,
    c: float = 0.15,
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
    """``tinybig.head.graph_interdependence_head``: one row for each node; log softmax."""
    structure = {
        **graph_options(context, graph, graph_file_path, nodes, links),
        "directed": directed,
        **normalized(normalization, normalization_mode),
    }
    _without_effect(context, require_data, require_parameters, parameters_init_method)
    config = {
        "instance_interdependence": hops(
            structure, self_dependence, with_multihop, h, accumulative, with_pagerank, c
        ),
        "reconciliation": reconciliation(with_dual_lphm, with_lorr, r),
        "remainder": remainder(with_residual),
        "channels": channel_num,
        "bias": enable_bias,
        "output_functions": output(
            context, with_batch_norm, with_relu, with_dropout, p, with_softmax, log=True
        ),
    }
    return plan(m, n, config, "fanout_std_uniform")


def hops(
    structure: dict[str, Any],
    self_dependence: bool,
    with_multihop: bool,
    h: int,
    accumulative: bool,
    with_pagerank: bool,
    c: float,
) -> dict[str, Any]:
    """The interdependence on a graph: PageRank (never with self loops), several hops, or one."""
    if with_pagerank:
        return {"name": "pagerank_multihop_graph_interdependence", "c": c, **structure}
    structure = {**structure, "self_dependence": self_dependence}
    if with_multihop:
        powers = {"h": h, "accumulative": accumulative}
        return {"name": "multihop_graph_interdependence", **powers, **structure}
    return {"name": "graph_interdependence", **structure}


def normalized(normalization: bool, mode: str) -> dict[str, Any]:
    """The options of a normalisation by the sums of the adjacency matrix."""
    check_choice("normalization_mode", mode, MODES)
    return {"normalization": True, "normalization_mode": mode} if normalization else {}


def graph_options(
    context: Context, graph: Any, graph_file_path: str | None, nodes: Any, links: Any
) -> dict[str, Any]:
    """The options that name a graph.

    Raises:
        ValueError: if it is given twice or not at all, or has no nodes.
    """
    given = [value for value in (graph, graph_file_path) if value is not None]
    if len(given) > 1 or (given and (nodes is not None or links is not None)):
        raise ValueError(
            "the graph must be given once: graph, graph_file_path, or nodes and links."
        )
    if isinstance(graph, Graph):
        return {"nodes": graph.num_nodes, "links": [list(pair) for pair in graph.pairs()]}
    if isinstance(graph, Mapping):
        unknown = sorted(set(graph) - {"nodes", "links"})
        if unknown:
            raise ValueError(f"graph must be {{nodes, links}}, got the key {unknown[0]!r}.")
        nodes, links = graph.get("nodes"), graph.get("links")
    elif graph is not None and not isinstance(graph, str):
        raise ValueError(f"graph must be a graph of rpn_zoo or its name, got {graph!r}.")
    elif given:
        return {"graph": given[0]}
    if nodes is None or links is None:
        raise ValueError("the graph is missing: give nodes and links.")
    if isinstance(nodes, (list, tuple)):
        count, known = len(nodes), list(nodes)
    elif isinstance(nodes, int) and not isinstance(nodes, bool):
        count, known = nodes, nodes  # type: ignore[assignment]
    else:
        raise ValueError(f"nodes must be a list of names or their number, got {nodes!r}.")
    if count < 1:
        raise ValueError("nodes must hold at least one node.")
    if not isinstance(links, (list, tuple)) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in links
    ):
        raise ValueError("links must be a list of pairs of nodes.")
    Graph.from_pairs(known, links)  # finds links of unknown nodes
    return {"nodes": known, "links": [list(pair) for pair in links]}


def _without_effect(
    context: Context, require_data: bool, require_parameters: bool, method: str
) -> None:
    """Say which arguments change nothing in tinybig either."""
    if require_data or require_parameters:
        context.warn("require_data and require_parameters have no effect on a graph head.")
    if method not in ("xavier_normal", "xavier_uniform", "fanout_std_uniform"):
        context.at("parameters_init_method").warn("graph heads always use fanout_std_uniform.")
