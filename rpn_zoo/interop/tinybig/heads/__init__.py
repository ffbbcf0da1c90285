"""tinybig's heads, one translator for each, by class name."""

from __future__ import annotations

from collections.abc import Callable

from rpn_zoo.interop.tinybig.heads.bilinear import bilinear_interdependence_head
from rpn_zoo.interop.tinybig.heads.chain import chain_interdependence_head
from rpn_zoo.interop.tinybig.heads.graph import graph_interdependence_head
from rpn_zoo.interop.tinybig.heads.graph_bilinear import graph_bilinear_interdependence_head
from rpn_zoo.interop.tinybig.heads.grid import grid_interdependence_head
from rpn_zoo.interop.tinybig.heads.kan import kan_head
from rpn_zoo.interop.tinybig.heads.naive_bayes import naive_bayes_head
from rpn_zoo.interop.tinybig.heads.perceptron import perceptron_head
from rpn_zoo.interop.tinybig.heads.pgm import pgm_head
from rpn_zoo.interop.tinybig.heads.pooling import grid_compression_head
from rpn_zoo.interop.tinybig.heads.rpn_head import rpn_head
from rpn_zoo.interop.tinybig.heads.svm import svm_head
from rpn_zoo.interop.tinybig.plans import HeadPlan

HEADS: dict[str, Callable[..., HeadPlan]] = {
    function.__name__: function
    for function in (
        rpn_head,
        perceptron_head,
        svm_head,
        kan_head,
        naive_bayes_head,
        pgm_head,
        bilinear_interdependence_head,
        chain_interdependence_head,
        graph_interdependence_head,
        graph_bilinear_interdependence_head,
        grid_interdependence_head,
        grid_compression_head,
    )
}

__all__ = ["HEADS"]
