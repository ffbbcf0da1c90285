"""Component functions: a class with its parameters, as rpn_zoo's name with its options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

from rpn_zoo.functions import list as registered
from rpn_zoo.functions.component import Component, Spec
from rpn_zoo.functions.registry import get, signature, split_spec
from rpn_zoo.interop.tinybig.binding import PLUMBING, checked
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.paths import chosen
from rpn_zoo.interop.tinybig.processing import functions

CONFIG_KEYS = ("function_class", "function_parameters")
OF_THE_OWNER = (*PLUMBING, "require_parameters", "require_data", "enable_bias")
"""Arguments of tinybig's functions that concern their owner, or nothing."""
PROCESSES = ("preprocess", "postprocess", "activation")


def read(
    context: Context, given: Any, families: tuple[str, ...]
) -> tuple[str, dict[str, Any], Context]:
    """Key, parameters and the parameters' place of ``{function_class, function_parameters}``.

    A function of rpn_zoo, its name, or its ``{name, **options}`` will do as well.

    Raises:
        Unusable: if the class is unknown or of another family; a problem was noted.
        ValueError: if it is none of these forms.
    """
    path: Any = given
    parameters: Any = {}
    place = context
    if isinstance(given, Component):
        path, parameters = split_spec(given.config)
    elif isinstance(given, Mapping) and "function_class" in given:
        for key in given:
            if key not in CONFIG_KEYS:
                known = ", ".join(CONFIG_KEYS)
                context.at(str(key)).problem(f"unknown key. Known: {known}.")
        path, parameters = given["function_class"], given.get("function_parameters") or {}
        place = context.at("function_class")
        context = context.at("function_parameters")
    elif isinstance(given, Mapping) and isinstance(given.get("name"), str):
        path, parameters = split_spec(dict(given))
    elif not isinstance(given, str):
        raise ValueError(
            f"a function must be given as {{function_class, function_parameters}}, got {given!r}."
        )
    keys = [key for family in families for key in registered(family)]
    keys += [alias for key in keys for alias in vars(get(key)).get("aliases", ())]
    word = place.need(lambda: chosen(path, keys, " or ".join(families)))
    if not isinstance(parameters, Mapping):
        raise ValueError(f"must be a mapping of parameters, got {parameters!r}.")
    return get(word).key(), dict(parameters), context


def options(
    context: Context,
    key: str,
    parameters: Mapping[str, Any],
    also: tuple[str, ...] = (),
    widths: Mapping[str, int | None] | None = None,
) -> dict[str, Any]:
    """A function's options in rpn_zoo, checked by name and type.

    Args:
        context: the place of the parameters.
        key: the registry key.
        parameters: tinybig's parameters.
        also: names of further parameters, which the caller understands and which are left out.
        widths: by slot (``"preprocess"`` ...) the number of columns where its functions act.

    Raises:
        Unusable: if a parameter is unknown or wrong; problems were noted.
    """
    cls = get(key)
    allowed = _arguments(cls)
    slots = [slot for slot in PROCESSES if f"{slot}_functions" in allowed]
    configs = tuple(f"{slot}_function_configs" for slot in slots)
    given = tuple(f"{slot}_functions" for slot in slots)
    owners = tuple(name for name in OF_THE_OWNER if name not in allowed)
    plain = {name: value for name, value in allowed.items() if name not in given}
    with context.complete():
        found = checked(context, plain, parameters, (*owners, *also, *configs, *given))
        for slot in slots:
            made = context.attempt(
                lambda slot=slot: functions(  # type: ignore[misc]
                    context,
                    slot,
                    parameters.get(f"{slot}_functions"),
                    parameters.get(f"{slot}_function_configs"),
                    (widths or {}).get(slot),
                )
            )
            if made:
                found[f"{slot}_functions"] = made if len(made) > 1 else made[0]
    if isinstance(found.get("metric"), str):
        found["metric"] = found["metric"].rsplit(".", 1)[-1]
    if "layout" in allowed and "layout" not in found:
        found["layout"] = "flat"  # tinybig reshapes, the definition is a Kronecker product
    return found


def spec(key: str, given: Mapping[str, Any]) -> Spec:
    """A config entry: the name alone where there are no options."""
    return {"name": key, **given} if given else key


def _arguments(cls: type[Component]) -> dict[str, inspect.Parameter]:
    """The constructor's options (not the sizes) with their types, where these can be told."""
    try:
        hints = get_type_hints(cls.__init__)
    except (NameError, TypeError):  # annotations that are text for the type checker only
        hints = {}
    hidden = {*cls.sizes, "generator", "init"}
    return {
        name: parameter.replace(annotation=hints.get(name, Any))
        for name, parameter in signature(cls).items()
        if name not in hidden
    }
