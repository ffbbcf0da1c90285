"""Parts that several architectures share: plain config dicts, no modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rpn_zoo.functions import Spec

Config = dict[str, Any]
"""The config of a head or a layer."""


def check_dropout(name: str, p: float) -> float:
    """Return p if it is a probability in [0, 1), else raise a ValueError naming ``name``."""
    if not 0.0 <= p < 1.0:
        raise ValueError(f"{name} must be in [0, 1), got {p!r}.")
    return p


def after(
    activation: Spec | None, dropout: float = 0.0, normalization: Spec | None = None
) -> list[Spec]:
    """The functions after a product, in order: normalisation, activation, dropout.

    Example:
        >>> after("relu", dropout=0.1, normalization="batch_norm")
        ['batch_norm', 'relu', {'name': 'dropout', 'p': 0.1}]
    """
    functions: list[Spec] = [f for f in (normalization, activation) if f is not None]
    if check_dropout("dropout", dropout):
        functions.append({"name": "dropout", "p": dropout})
    return functions


def layer(*heads: Config, fusion: Spec | None = None) -> Config:
    """A layer of these heads.

    Example:
        >>> layer({"bias": True})
        {'heads': [{'bias': True}]}
    """
    made: Config = {"heads": list(heads)}
    if fusion is not None:
        made["fusion"] = fusion
    return made


def stacked(dims: Sequence[int], hidden: Config, last: Config, width: int = 1) -> Config:
    """A network of equal layers, the last of which may differ.

    Args:
        dims: the widths [d_0, ..., d_K].
        hidden: the head of all layers but the last.
        last: the head of the last layer.
        width: number of independent heads of each layer, averaged.

    Example:
        >>> stacked([4, 3], {"bias": True}, {})
        {'dims': [4, 3], 'layers': [{'heads': [{}]}]}
    """
    heads = [hidden] * (len(dims) - 2) + [last]
    return {"dims": list(dims), "layers": [layer(*[head] * width) for head in heads]}


def classifier(widths: Sequence[int], hidden: Config, bias: bool = True) -> list[Config]:
    """Perceptron layers on top of a network: ``hidden`` heads, then one that gives logits."""
    return [layer(hidden) for _ in widths[:-1]] + [layer({"bias": bias})]
