"""Example options for chain and graph interdependence."""

from __future__ import annotations

from typing import Any

Case = tuple[dict[str, Any], dict[str, Any]]
"""The sizes, and the options of a config."""

ATTRIBUTE = {"interdependence_type": "attribute"}
CHAINS: list[Case] = [
    ({"m": 3}, {"chain_length": 5}),
    ({"m": 5}, {"chain_length": 5, "bi_directional": True, **ATTRIBUTE}),
    ({"m": 2}, {"chain": {"length": 4, "bi_directional": True}, "normalization": True}),
    ({"m": 2}, {"chain_length": 1}),
    (
        {"m": 4},
        {"chain_length": 4, "normalization": True, "normalization_mode": "row_column", **ATTRIBUTE},
    ),
]
LINKS = [["a", "b"], ["b", "c"], ["c", "a"], ["c", "d"], ["d", "d"]]
GRAPH: dict[str, Any] = {"nodes": ["a", "b", "c", "d", "e"], "links": LINKS}
UNDIRECTED = {**GRAPH, "directed": False, "normalization": True}
GRAPHS: list[Case] = [
    ({"m": 3}, GRAPH),
    ({"m": 5}, {**GRAPH, **ATTRIBUTE, "normalization": True}),
    ({"m": 2}, {**UNDIRECTED, "normalization_mode": "column"}),
    ({"m": 2}, {**UNDIRECTED, "normalization_mode": "row_column"}),
    ({"m": 2}, {**UNDIRECTED, "normalization_mode": "symmetric"}),
    ({"m": 2}, {**GRAPH, "normalization": True, "normalization_mode": "symmetric"}),
    ({"m": 3}, {"nodes": 4, "links": [], "normalization": True}),
]


def with_options(cases: list[Case], *options: dict[str, Any]) -> list[Case]:
    """The cases with these further options in turn."""
    return [
        (sizes, {**given, **options[i % len(options)]}) for i, (sizes, given) in enumerate(cases)
    ]


SELF = {"self_dependence": True, "self_scaling": 0.5}
HOPS = (
    {"h": 2},
    {"h": 3, "accumulative": True},
    {"h": 2, "accumulative": True, "self_dependence": False},
    {"h": 0},
)
CASES: dict[str, list[Case]] = {
    "chain_interdependence": with_options(CHAINS, {}, SELF, {"self_dependence": False}),
    "multihop_chain_interdependence": with_options(CHAINS, *HOPS),
    "inverse_approx_multihop_chain_interdependence": CHAINS,
    "exponential_approx_multihop_chain_interdependence": CHAINS,
    "graph_interdependence": with_options(GRAPHS, {}, SELF, {"self_dependence": True}),
    "multihop_graph_interdependence": with_options(GRAPHS, *HOPS, {"h": 2, **SELF}),
    "pagerank_multihop_graph_interdependence": with_options(
        [case for case in GRAPHS if "normalization" in case[1]], {}, {"c": 0.4}
    ),
}
