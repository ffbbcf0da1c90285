"""Component functions by themselves, outside of a head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from rpn_zoo.functions import create
from rpn_zoo.functions import list as registered
from rpn_zoo.functions.interdependence import Interdependence, make_interdependence
from rpn_zoo.functions.registry import FAMILIES, get, signature
from rpn_zoo.functions.transformation import make_transformation
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.interdependences import interdependence
from rpn_zoo.interop.tinybig.transformations import transformation


def component_names() -> list[str]:
    """The class names of all component functions, with their aliases."""
    keys = [key for family in FAMILIES for key in registered(family)]
    return [*keys, *(alias for key in keys for alias in vars(get(key)).get("aliases", ()))]


def make_component(
    context: Context, name: str, arguments: Mapping[str, Any], init: str, seed: int
) -> nn.Module:
    """Make a component function from tinybig's arguments and the sizes it works on.

    Raises:
        Unusable: if an argument is unknown or wrong; problems were noted.
        ValueError: if a size is missing.
    """
    cls = get(name)
    generator = torch.Generator().manual_seed(seed)
    sizes = {size: arguments[size] for size in cls.sizes if size in arguments}
    needed = [size for size in cls.sizes if size not in sizes and size != "channels"]
    if needed:
        raise ValueError(f"needs the size {needed[0]} among its arguments.")
    rest = {k: v for k, v in arguments.items() if k not in sizes}
    given = {"function_class": name, "function_parameters": rest}
    if cls.family in ("expansion", "compression"):
        found = transformation(context, given, sizes["m"])
        return make_transformation(found.spec, sizes["m"], generator)
    if issubclass(cls, Interdependence):
        mode = cls.mode_of(arguments.get("interdependence_type"))
        mixed = interdependence(context, given, mode, sizes["m"], arguments.get("b"))
        return make_interdependence(mixed.spec, mode, sizes["m"], None, generator, init)
    key, parameters, place = read(context, given, FAMILIES)
    drawn = {"generator": generator, "init": init} if "generator" in signature(cls) else {}
    made: nn.Module = create(spec(key, options(place, key, parameters)), **sizes, **drawn)
    return made
