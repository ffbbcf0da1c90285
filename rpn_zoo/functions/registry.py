"""The one registry of component functions: register, create, list."""

from __future__ import annotations

import builtins
import fnmatch
import inspect
from typing import Any, TypeVar

from rpn_zoo.functions.checks import nearest
from rpn_zoo.functions.component import Component, Spec

FAMILIES = (
    "expansion",
    "compression",
    "reconciliation",
    "remainder",
    "interdependence",
    "fusion",
)

_registry: dict[str, type[Component]] = {}
_aliases: dict[str, str] = {}
"""Further names and the keys that they stand for; they are understood but not listed."""
ComponentType = TypeVar("ComponentType", bound=type[Component])


def register(cls: ComponentType) -> ComponentType:
    """Class decorator: make a component available under its key (the class name in snake case).

    The names in the class's own ``aliases`` are understood as well, but :func:`list` gives the key
    alone, and it is the key that stands in a config.

    Raises:
        ValueError: if a name is taken, does not end in the family's name, or the class lacks a
            formula or a source.
    """
    key = cls.key()
    aliases: tuple[str, ...] = vars(cls).get("aliases", ())
    for name in (key, *aliases):
        if cls.family not in FAMILIES or not name.endswith(cls.family):
            raise ValueError(f"{name} must end in its family's name, one of {', '.join(FAMILIES)}.")
        if name in _registry or name in _aliases:
            owner = _registry[_aliases.get(name, name)]
            raise ValueError(f"the name {name} is already registered by {owner.__qualname__}.")
    if not cls.formula or not cls.source:
        raise ValueError(f"{key} must state its formula and its source.")
    _registry[key] = cls
    _aliases.update(dict.fromkeys(aliases, key))
    return cls


def get(name: str) -> type[Component]:
    """Return the class registered under ``name``.

    Raises:
        ValueError: if the name is unknown; the message gives the nearest names.
    """
    key = _aliases.get(name, name) if isinstance(name, str) else name
    if key not in _registry:
        raise ValueError(
            f"unknown function {name!r}.{nearest(str(name), [*_registry, *_aliases])} "
            "All names: rpn_zoo.functions.list()."
        )
    return _registry[key]


def create(spec: Spec, **arguments: Any) -> Any:
    """Make a component by name.

    Args:
        spec: the registry key, or a dict ``{name: key, **options}`` as it stands in a config.
        **arguments: the sizes, and further options (these must not repeat those of ``spec``).

    Returns:
        The component, an ``nn.Module``.

    Raises:
        ValueError: for an unknown name, an unknown or missing argument, or a bad value.

    Example:
        >>> f = create("taylor_expansion", m=4, d=2)
        >>> f.m, f.D
        (4, 20)
        >>> create({"name": "lorr_reconciliation", "r": 1}, n=3, D=20).config
        {'name': 'lorr_reconciliation', 'r': 1}
    """
    name, options = split_spec(spec)
    cls = get(name)
    repeated = sorted(options.keys() & arguments.keys())
    if repeated:
        raise ValueError(f"{name}: argument {repeated[0]} is given twice.")
    options = {**options, **arguments}
    allowed = signature(cls)
    for option in options:
        if option not in allowed:
            hint = nearest(option, allowed)
            raise ValueError(
                f"{name} has no argument {option!r}.{hint} Its arguments: {', '.join(allowed)}."
            )
    for parameter in allowed.values():
        if parameter.default is inspect.Parameter.empty and parameter.name not in options:
            raise ValueError(f"{name} needs the argument {parameter.name}.")
    return cls(**options)


def split_spec(spec: Spec) -> tuple[str, dict[str, Any]]:
    """Split a config entry into the name and the options.

    Example:
        >>> split_spec({"name": "taylor_expansion", "d": 2})
        ('taylor_expansion', {'d': 2})
    """
    if isinstance(spec, str):
        return spec, {}
    if isinstance(spec, dict) and isinstance(spec.get("name"), str):
        return spec["name"], {k: v for k, v in spec.items() if k != "name"}
    raise ValueError(
        f"a component must be given as its name or as a dict with a 'name', got {spec!r}."
    )


def signature(cls: type[Component]) -> dict[str, inspect.Parameter]:
    """The constructor's parameters by name, without ``self``."""
    parameters = inspect.signature(cls.__init__).parameters
    return {k: v for k, v in parameters.items() if k != "self"}


def list(pattern: str = "*") -> builtins.list[str]:
    """The registered names, sorted.

    Args:
        pattern: a family's name (``"expansion"``) or a wildcard pattern (``"*wavelet*"``).

    Example:
        >>> list("*lphm_rec*")
        ['dual_lphm_reconciliation', 'lphm_reconciliation']
    """
    if pattern in FAMILIES:
        return sorted(k for k, cls in _registry.items() if cls.family == pattern)
    return sorted(fnmatch.filter(_registry, pattern))
