"""Ordinary functions (pre- and post-processing, activations) as rpn_zoo's names and options."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn

from rpn_zoo.functions import Spec
from rpn_zoo.functions import processing as resolver
from rpn_zoo.functions.checks import nearest
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.paths import last_word

Item = Spec | nn.Module

WITHOUT_EFFECT = ("name", "device", "dtype", "inplace")
NORMS = {"layer_norm": "normalized_shape", "batch_norm": "num_features"}
ALIASES = {"layernorm": "layer_norm", "batchnorm1d": "batch_norm", "logsoftmax": "log_softmax"}
IDENTITIES = ("torch.nn.Identity", "identity")
CONFIG_KEYS = ("function_class", "function_parameters")


def functions(
    context: Context, slot: str, given: Any, configs: Any, width: int | None = None
) -> list[Any]:
    """The functions of a slot.

    Args:
        context: the place of the slot's owner.
        slot: what the arguments' names begin with, such as ``"output_process"``.
        given: functions (names, configs, modules, or a list of these); they win over the configs.
        configs: ``{function_class, function_parameters}``, or a list of these.
        width: number of columns where they are applied; None: not known.

    Returns:
        Entries for a slot of rpn_zoo, empty if there are none.

    Raises:
        Unusable: if one of them cannot be taken over.
    """
    argument = f"{slot}_functions" if given is not None else f"{slot}_function_configs"
    if given is not None and configs is not None:
        context.warn(f"{argument} are given, so that {slot}_function_configs are not used.")
    value = configs if given is None else given
    if value is None:
        return []
    listed = isinstance(value, (list, tuple))
    items = list(value) if listed else [value]
    found = []
    with context.complete():
        for place, item in enumerate(items):
            here = context.at(argument, place) if listed else context.at(argument)

            def one(item: Any = item, here: Context = here) -> Item | None:
                return _item(here, item, listed, width)

            found.append(here.attempt(one))
    return [item for item in found if item is not None]


def _item(context: Context, item: Any, listed: bool, width: int | None) -> Item | None:
    """One function; None for the identity, which does nothing."""
    path = item.get("function_class") if isinstance(item, Mapping) else item
    if isinstance(item, nn.Identity) or (isinstance(path, str) and path in IDENTITIES):
        return None
    if isinstance(item, nn.Module):
        module = copy.deepcopy(item)
        freeze = listed and context.listed_norms != "trained"
        return module.requires_grad_(False) if freeze else module
    if isinstance(item, Mapping):
        return _configured(context, item, listed, width)
    name = item if isinstance(item, str) else getattr(item, "__name__", None)
    if not isinstance(name, str):
        raise ValueError(f"must be the name or the config of a function, got {item!r}.")
    key = _key(name)
    # A bare name has no weights of its own in tinybig.
    spec: dict[str, Any] = {"name": key}
    return _checked({**spec, **_weights(context, key, listed=True, bare=True)}, width)


def _configured(context: Context, item: Mapping[str, Any], listed: bool, width: int | None) -> Spec:
    for key in item:
        if key not in CONFIG_KEYS:
            context.at(str(key)).problem(f"unknown key. Known: {', '.join(CONFIG_KEYS)}.")
    if "function_class" not in item:
        raise ValueError("a function needs the key function_class.")
    key = _key(item["function_class"])
    options = item.get("function_parameters")
    if options is not None and not isinstance(options, Mapping):
        raise ValueError(f"function_parameters must be a mapping, got {options!r}.")
    options = {k: v for k, v in (options or {}).items() if k not in WITHOUT_EFFECT}
    stated = options.pop(NORMS.get(key, ""), None)
    if isinstance(stated, (list, tuple)) and len(stated) == 1:
        stated = stated[0]
    if stated is not None and width is not None and stated != width:
        raise ValueError(f"{NORMS[key]} must be {width} here, the number of columns, got {stated}.")
    weights = _weights(context, key, listed, bare=False, affine=options.pop(_affine(key), True))
    return _checked({"name": key, **options, **weights}, width or stated)


def _affine(key: str) -> str:
    return "elementwise_affine" if key == "layer_norm" else "affine"


def _weights(
    context: Context, key: str, listed: bool, bare: bool, affine: bool = True
) -> dict[str, Any]:
    """The options that say what becomes of a function's own weights."""
    frozen: dict[str, Any] = {"trainable": False}
    policy = context.listed_norms if listed else "trained"
    if key == "prelu":
        return frozen if policy != "trained" else {}
    if key not in NORMS or (bare and key == "layer_norm"):
        return {}
    # rpn_zoo's layer norm has no weights unless asked, its batch norm has.
    with_weights = {"elementwise_affine": True} if key == "layer_norm" else {}
    without = {} if key == "layer_norm" else {"affine": False}
    if not affine or policy == "plain":
        return without
    return with_weights if policy == "trained" else {**with_weights, **frozen}


def _key(path: object) -> str:
    """rpn_zoo's name of a function.

    Raises:
        ValueError: for an unknown one, with the nearest names.
    """
    word = last_word(path).lower()
    key = ALIASES.get(word, word)
    known = resolver.names()
    for name in known:
        if key in (name, name.replace("_", "")):
            return name
    raise ValueError(f"unknown function {path!r}.{nearest(key, known)}")


def _checked(spec: dict[str, Any], width: int | None) -> Spec:
    """The entry, if a function can be made of it."""
    resolver.resolve(str(spec["name"]), spec, width or 1)
    return str(spec["name"]) if set(spec) == {"name"} else spec
