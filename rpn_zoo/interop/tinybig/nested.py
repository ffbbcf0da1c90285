"""Heads in layers and layers in networks: ``{head_class, head_parameters}`` and the like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.paths import chosen


def class_and_parameters(
    context: Context, config: Any, stem: str, known: Iterable[str]
) -> tuple[str, dict[str, Any], Context]:
    """Class, parameters and the parameters' place of ``{<stem>_class, <stem>_parameters}``.

    Missing or empty parameters are none.

    Raises:
        Unusable: if the class is unknown; a problem was noted, as for every unknown key.
        ValueError: if it has another form.
    """
    keys = (f"{stem}_class", f"{stem}_parameters")
    if not isinstance(config, Mapping):
        raise ValueError(f"must be {{{', '.join(keys)}}}, got {config!r}.")
    for key in config:
        if key not in keys:
            context.at(str(key)).problem(f"unknown key. Known: {', '.join(keys)}.")
    if keys[0] not in config:
        raise ValueError(f"the key {keys[0]} is missing.")
    place = context.at(keys[0])
    word = place.need(lambda: chosen(config[keys[0]], known, stem))
    given = config.get(keys[1])
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"{keys[1]} must be a mapping, got {given!r}.")
    return word, dict(given or {}), context.at(keys[1])
