"""Evaluating the cases of the family ``interdependence``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions.interdependence import Interdependence
from rpn_zoo.functions.registry import signature
from tests.reference_cases.adapters import ADAPTERS, HEAD_OPTIONS, Evaluation, fill, leaves
from tests.reference_cases.cases import Case, CaseError

ARRAYS = {"A_const": "A", "a_vector": "a_vector"}
"""Arrays that are constructor arguments, and the arguments' names."""
FROZEN = {"R_A": "A", "R_B": "B"}
"""Frozen arrays and their names in a reconciliation."""
DATA = ("x", "kappa_x", "c", "w")
SIZES = ("m_prime", "b_prime", "patch_num", "patch_size")


def interdependence(case: Case) -> Evaluation:
    """``x`` (``kappa_x``, ``w``) -> ``A`` and ``y``; ``gx``, ``gw`` = gradients of sum(y c)."""
    options = options_of(case)
    options.update({ARRAYS[a]: case.tensor(a) for a in case.inputs if a in ARRAYS})
    f = functions.create({"name": case.function, **options}, m=case.size("m", ("x", 1)))
    assert isinstance(f, Interdependence)
    f = f.double()
    place_parameters(f, case)
    frozen = [a for a in case.inputs if a not in DATA and a not in ARRAYS]
    fill(f, {FROZEN.get(name, name): case.tensor(name) for name in frozen}, complete=False)
    x = case.tensor("x").requires_grad_()
    z = case.tensor("kappa_x") if "kappa_x" in case.inputs else None
    y = f(x, z)
    # The matrix of one channel, where a function treats several alike.
    matrix = f.channel_matrix(x) if hasattr(f, "channel_matrix") else f.matrix(x)
    loss = (y * case.tensor("c")).sum() if "c" in case.inputs else y.square().sum()
    sizes = {name: getattr(f, name) for name in SIZES if getattr(f, name, None) is not None}
    tensors: dict[str, Tensor | list[Tensor]] = {"x": x, "w": list(f.parts())}
    return Evaluation({"A": matrix, "y": y}, loss, {**leaves(f), **tensors}, {**sizes, "l": f.l})


def options_of(case: Case) -> dict[str, Any]:
    """The constructor arguments as rpn_zoo's options."""
    allowed = signature(functions.get(case.function))
    given = {k: v for k, v in case.kwargs.items() if k != "m"}
    options = {k: named(v) for k, v in given.items() if k in allowed or k not in HEAD_OPTIONS}
    if "preprocess_functions" not in allowed:
        # Functions that use no data have none, and those of tinybig do not apply theirs.
        options.pop("preprocess_functions", None)
    fusion = options.get("fusion_function")
    if isinstance(fusion, dict):
        fusion.pop("dims", None)  # those of the functions
    return options


def named(value: Any) -> Any:
    """Components in the form {"key", "kwargs"} as {"name", **options}, at any depth.

    Example:
        >>> named([{"key": "mean_fusion", "kwargs": {"dims": [4, 4]}}])
        [{'name': 'mean_fusion', 'dims': [4, 4]}]
    """
    if isinstance(value, list):
        return [named(item) for item in value]
    if isinstance(value, Mapping) and "key" in value:
        options = {k: named(v) for k, v in (value.get("kwargs") or {}).items()}
        return {"name": value["key"], **options}
    return value


def place_parameters(f: Interdependence, case: Case) -> None:
    """Copy the case's ``w`` into the parameters of which it consists."""
    parts = f.parts()
    if "w" not in case.inputs:
        if f.l:
            raise CaseError("the array 'w' is missing: the function has such a parameter")
        return
    w = case.tensor("w").reshape(1, -1)
    if w.shape[1] != f.l:
        raise CaseError(f"the function has l = {f.l} parameters, w has {w.shape[1]}")
    with torch.no_grad():
        for part, values in zip(parts, w.split([p.numel() for p in parts], dim=1), strict=True):
            part.copy_(values)


ADAPTERS["interdependence"] = interdependence
