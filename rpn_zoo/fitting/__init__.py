"""Fitting formulas: the same few models on every equation of the catalogue."""

from rpn_zoo.fitting.fit import FitResult, FitRows, fit_network, prepare
from rpn_zoo.fitting.models import MODELS, kan_config, mlp_config, rpn_config

__all__ = [
    "MODELS",
    "FitResult",
    "FitRows",
    "fit_network",
    "kan_config",
    "mlp_config",
    "prepare",
    "rpn_config",
]
