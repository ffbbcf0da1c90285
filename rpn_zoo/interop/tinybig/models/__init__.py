"""tinybig's models by class name: the general one, and the ready-made ones."""

from __future__ import annotations

from collections.abc import Callable

from rpn_zoo.interop.tinybig.models.cnn import cnn, resnet
from rpn_zoo.interop.tinybig.models.rnn import regression_rnn, rnn
from rpn_zoo.interop.tinybig.models.rpn import rpn
from rpn_zoo.interop.tinybig.models.stacked import (
    gat,
    gcn,
    kan,
    mlp,
    naive_bayes,
    pgm,
    svm,
)
from rpn_zoo.interop.tinybig.models.transformer import transformer
from rpn_zoo.interop.tinybig.plans import NetworkPlan

_READY: dict[str, Callable[..., NetworkPlan]] = {
    "mlp": mlp,
    "kan": kan,
    "svm": svm,
    "naive_bayes": naive_bayes,
    "pgm": pgm,
    "cnn": cnn,
    "resnet": resnet,
    "rnn": rnn,
    "regression_rnn": regression_rnn,
    "gcn": gcn,
    "gat": gat,
    "transformer": transformer,
}
MODELS: dict[str, Callable[..., NetworkPlan]] = {
    "rpn": rpn,
    **_READY,
    **{f"rpn_{name}": function for name, function in _READY.items()},
}

__all__ = ["MODELS"]
