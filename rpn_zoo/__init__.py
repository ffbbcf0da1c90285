"""rpn_zoo: Reconciled Polynomial Networks, exact and fast, with a zoo of verified networks.

Example:
    >>> import rpn_zoo
    >>> rpn_zoo.list_models("mnist-dual*")
    ['mnist-dual-lphm']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rpn_zoo.version import __version__

if TYPE_CHECKING:
    from rpn_zoo.zoo import create_model, list_models, load_model, load_pipeline, model_card

__all__ = [
    "__version__",
    "create_model",
    "list_models",
    "load_model",
    "load_pipeline",
    "model_card",
]


def __getattr__(name: str) -> Any:
    """Import the zoo's functions when they are first used: ``import rpn_zoo`` stays light."""
    if name in __all__:
        return getattr(importlib.import_module("rpn_zoo.zoo"), name)
    if name in ("data", "functions", "inspect", "models", "nn", "training", "zoo"):
        return importlib.import_module(f"rpn_zoo.{name}")
    raise AttributeError(f"module 'rpn_zoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
