"""What graph architectures share: the graph as options of an interdependence function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rpn_zoo.models.parts import Config


def graph_options(graph: str | Mapping[str, Any]) -> Config:
    """The options of a graph interdependence function that name its graph.

    Args:
        graph: name or path of a graph file, or ``{"nodes": ..., "links": ...}``.

    Example:
        >>> graph_options("cora")
        {'graph': 'cora'}
    """
    return {"graph": graph} if isinstance(graph, str) else dict(graph)
