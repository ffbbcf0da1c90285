"""Fusions of tinybig, of the channels of a head and of the heads of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rpn_zoo.functions import Spec, create
from rpn_zoo.functions.fusion import input_dims
from rpn_zoo.functions.registry import get, signature
from rpn_zoo.interop.tinybig.components import options, read, spec
from rpn_zoo.interop.tinybig.context import Context

MEANS = ("mean_fusion", "average_fusion")


@dataclass(frozen=True)
class Fused:
    """A fusion of inputs of known widths.

    Args:
        spec: its name and options in rpn_zoo.
        n: output width.
    """

    spec: Spec
    n: int

    @property
    def is_mean(self) -> bool:
        """Whether it is the plain mean, before or after which a bias may be added."""
        return self.spec in MEANS


def fusion(context: Context, given: Any, dims: list[int]) -> Fused:
    """Translate a fusion.

    Args:
        context: its place.
        given: ``{function_class, function_parameters}``; None: the mean.
        dims: widths of the inputs.

    Raises:
        Unusable: if it cannot be taken over; problems were noted.
    """
    return context.need(lambda: _fusion(context, given, dims))


def _fusion(context: Context, given: Any, dims: list[int]) -> Fused:
    if given is None:
        if len(set(dims)) != 1:
            raise ValueError(f"inputs of the different widths {dims} need a fusion.")
        return Fused("mean_fusion", dims[0])
    key, parameters, place = read(context, given, ("fusion",))
    stated = parameters.get("dims")
    if stated is not None and list(stated) != dims:
        place.at("dims").problem(f"must be {dims}, the widths of the inputs, got {stated!r}.")
    widths = {"preprocess": dims[0] if len(set(dims)) == 1 else None}
    found = options(place, key, parameters, also=("dims",), widths=widths)
    drawn = {"init": "tinybig"} if "init" in signature(get(key)) else {}
    bare = {k: v for k, v in found.items() if "process_function" not in k}
    n: int = create(spec(key, bare), dims=dims, **drawn).n
    if n != dims[0]:  # now that the width is known
        widths["postprocess"] = n
        found = options(place, key, parameters, also=("dims",), widths=widths)
    made = spec(key, found)
    if input_dims(made, n, len(dims)) != dims:
        made = {"name": key, "dims": dims, **found}
    return Fused(made, n)
