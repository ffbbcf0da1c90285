"""Dataclasses from plain data and back, with the type hints as the schema."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from typing import Any, TypeVar

from rpn_zoo.functions.checks import nearest

T = TypeVar("T")


def from_plain(cls: type[T], data: Any, source: str, ignore_unknown: bool = False) -> T:
    """Make a dataclass from nested dicts and lists, checking every key and type.

    Hints may be str, int, float (finite, an int counts), bool, Any, ``X | None``,
    ``tuple[X, ...]``, ``dict[str, X]`` and dataclasses. Fields without default are required.

    Args:
        cls: the dataclass.
        data: what a YAML or JSON file held.
        source: where it comes from, for messages.
        ignore_unknown: whether unknown keys are skipped instead of refused.

    Raises:
        ValueError: naming source, key, value and what is allowed.

    Example:
        >>> @dataclasses.dataclass
        ... class Point:
        ...     x: float
        ...     label: str | None = None
        >>> from_plain(Point, {"x": 1}, "here")
        Point(x=1.0, label=None)
        >>> from_plain(Point, {"x": "one"}, "here")
        Traceback (most recent call last):
        ValueError: here: x must be a finite number, got 'one'.
    """
    try:
        made = _dataclass(cls, data, "", ignore_unknown)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    return typing.cast(T, made)


def to_plain(value: Any) -> Any:
    """Nested dicts and lists of a dataclass, in the order of its fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value


def _dataclass(cls: type[Any], data: Any, place: str, ignore_unknown: bool) -> Any:
    if not isinstance(data, dict):
        raise _wrong(place or "the content", "a mapping of keys to values", data)
    fields = {f.name: f for f in dataclasses.fields(cls)}
    prefix = f"{place}." if place else ""
    for key in data:
        if key not in fields and not ignore_unknown:
            raise ValueError(
                f"unknown key {prefix}{key}.{nearest(str(key), fields)} "
                f"Allowed: {', '.join(fields)}."
            )
    hints = typing.get_type_hints(cls)
    values = {}
    for key, f in fields.items():
        if key in data:
            values[key] = _convert(hints[key], data[key], prefix + key, ignore_unknown)
        elif f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            raise ValueError(f"the key {prefix}{key} is missing.")
    return cls(**values)


def _convert(hint: Any, value: Any, place: str, ignore_unknown: bool) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        inner = next(a for a in arguments if a is not type(None))
        return _convert(inner, value, place, ignore_unknown)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(place, "a list", value)
        return tuple(
            _convert(arguments[0], item, f"{place}[{i}]", ignore_unknown)
            for i, item in enumerate(value)
        )
    if origin is dict:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise _wrong(place, "a mapping with text as keys", value)
        return {
            key: _convert(arguments[1], item, f"{place}.{key}", ignore_unknown)
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast(type[Any], hint), value, place, ignore_unknown)
    return _scalar(hint, value, place)


def _scalar(hint: Any, value: Any, place: str) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is float:
        try:
            made = float(value) if number else math.nan
        except OverflowError:  # an integer beyond all floating point numbers
            made = math.inf
        if not math.isfinite(made):
            raise _wrong(place, "a finite number", value)
        return made
    if hint is int:
        if not number or not isinstance(value, int):
            raise _wrong(place, "an integer", value)
        return value
    if not isinstance(value, hint):
        raise _wrong(place, {str: "text", bool: "true or false"}[hint], value)
    return value


def _wrong(place: str, allowed: str, value: Any) -> ValueError:
    return ValueError(f"{place} must be {allowed}, got {repr(value)[:100]}.")
