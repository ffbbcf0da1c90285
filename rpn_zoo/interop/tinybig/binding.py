"""Calling a translator with arguments from a description: names and types are checked, by place."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from rpn_zoo.functions.checks import nearest
from rpn_zoo.interop.tinybig.context import Context, Unusable

PLUMBING = ("name", "device")
"""Arguments of every tinybig class that say nothing of what it computes."""


def parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a translator but the context, with their types as annotations.

    A function that stands for others tells them itself, by its method ``parameters``.
    """
    own = getattr(function, "parameters", None)
    told: dict[str, inspect.Parameter] = _signature(function) if own is None else own()
    return dict(told)


@cache
def _signature(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a plain function; found once, as types are looked up by name."""
    hints = get_type_hints(function)
    return {
        name: parameter.replace(annotation=hints.get(name, Any))
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "context"
    }


@dataclass(frozen=True)
class Variant:
    """A translator with other defaults, and with arguments that are fixed.

    Args:
        function: the translator.
        defaults: other default values, by argument.
        fixed: arguments that the variant does not have, with their values.
    """

    function: Callable[..., Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The arguments of the variant."""
        own = parameters(self.function)
        return {
            name: parameter.replace(default=self.defaults.get(name, parameter.default))
            for name, parameter in own.items()
            if name not in self.fixed
        }

    def __call__(self, context: Context, **arguments: Any) -> Any:
        """Translate with the defaults and fixed values of the variant."""
        return self.function(context, **{**self.defaults, **arguments, **self.fixed})


def call(context: Context, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call ``function(context, **arguments)`` if the arguments are right.

    If some are not, it is called with the others all the same, so that it notes what is wrong with
    these.

    Raises:
        Unusable: if an argument is unknown, missing or of a wrong type; all are noted as problems.
        ValueError: what the function itself finds wrong.
    """
    allowed = parameters(function)
    known = len(context.problems)
    given = checked(context, allowed, arguments)
    if len(context.problems) == known:
        return function(context, **given)
    needed = (name for name, p in allowed.items() if p.default is inspect.Parameter.empty)
    if all(name in given for name in needed):
        # What it finds wrong with all of them together may only follow from those left out.
        with suppress(ValueError):
            function(context, **given)
    raise Unusable


def checked(
    context: Context,
    allowed: Mapping[str, inspect.Parameter],
    arguments: Mapping[str, Any],
    also: Sequence[str] = PLUMBING,
) -> dict[str, Any]:
    """The arguments that are known and of the right type; all others are noted as problems.

    Args:
        context: the place of the arguments.
        allowed: the known arguments by name.
        arguments: the arguments given.
        also: further arguments that are accepted and left out.
    """
    given: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in also and name not in allowed:
            continue
        if name not in allowed:
            hint = nearest(str(name), allowed)
            place = context.at(str(name))
            place.problem(f"unknown argument.{hint} Known: {', '.join(allowed) or 'none'}.")
        elif not matches(value, allowed[name].annotation):
            wanted = describe(allowed[name].annotation)
            context.at(name).problem(f"must be {wanted}, got {value!r}.")
        else:
            given[name] = value
    for name, parameter in allowed.items():
        if parameter.default is inspect.Parameter.empty and name not in arguments:
            context.problem(f"the argument {name} is missing.")
    return given


def matches(value: Any, hint: Any) -> bool:
    """Whether a value has a type that is made of plain types, unions, lists and mappings.

    Example:
        >>> matches(3, int | None), matches(True, int), matches([1, "a"], list[int])
        (True, False, False)
    """
    if hint in (Any, inspect.Parameter.empty, object):
        return True
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(matches(value, option) for option in inner)
    if hint in (None, type(None)):
        return value is None
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin in (list, Sequence):
        return isinstance(value, (list, tuple)) and all(matches(v, inner[0]) for v in value)
    if origin in (dict, Mapping):
        return isinstance(value, Mapping)
    return isinstance(value, hint) if isinstance(hint, type) else True


def describe(hint: Any) -> str:
    """A type in words.

    Example:
        >>> describe(int | None), describe(list[int])
        ('a whole number or nothing', 'a list of whole numbers')
    """
    words = {
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        str: "text",
        type(None): "nothing",
    }
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(describe(option) for option in inner)
    if origin in (list, Sequence):
        element = describe(inner[0]).removeprefix("a ")
        return "a list" if inner[0] is Any else f"a list of {element}s"
    if origin in (dict, Mapping):
        return "a mapping"
    return words.get(hint, getattr(hint, "__name__", str(hint)))
