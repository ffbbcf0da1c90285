"""Evaluating reference cases with rpn_zoo: one adapter per family.

An adapter takes a :class:`Case` and returns an :class:`Evaluation`. To cover another family write
its adapter here and name it in ``ADAPTERS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from rpn_zoo import functions
from rpn_zoo.functions.registry import signature
from tests.reference_cases.cases import Case, CaseError

TOLERANCE = 1e-9

HEAD_OPTIONS = {"enable_bias", "require_parameters", "name", "device"}
"""tinybig's options that concern the owner of a function; passed on only where we know them."""

WIDTH_OPTIONS = {"num_features", "normalized_shape"}
"""Constructor arguments of torch modules that rpn_zoo derives from the sizes."""


@dataclass
class Evaluation:
    """What a case's function gives.

    Attributes:
        values: computed outputs by name.
        loss: the scalar whose gradients the outputs ``g<leaf>`` hold.
        leaves: the tensors that have gradients, by name; several ones that are one array together
            are a list.
        sizes: computed sizes by name, compared with ``call`` (and ``l`` with the stated length).
        tolerance: the largest allowed difference, relative to 1 + |y|.
        tolerances: those of single outputs that have their own, one number or one for each entry.
    """

    values: dict[str, Tensor]
    loss: Tensor | None = None
    leaves: Mapping[str, Tensor | list[Tensor]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    tolerance: float = TOLERANCE
    tolerances: dict[str, Tensor] = field(default_factory=dict)

    def output(self, name: str) -> Tensor:
        """A computed output, or the gradient that its name ``g<leaf>`` asks for."""
        if name in self.values:
            return self.values[name]
        leaf = self.leaves.get(name[1:]) if name.startswith("g") else None
        if leaf is None or self.loss is None:
            raise CaseError(f"the adapter does not compute the output {name!r}")
        parts = [leaf] if isinstance(leaf, Tensor) else leaf
        if not self.loss.requires_grad:
            return torch.cat([torch.zeros_like(part) for part in parts], dim=-1)
        # materialize_grads: a function that ignores an input has gradient 0 there.
        gradients = torch.autograd.grad(self.loss, parts, retain_graph=True, materialize_grads=True)
        return torch.cat(gradients, dim=-1)


def expansion(case: Case) -> Evaluation:
    """``x`` -> ``y``; ``gx`` = d sum(y y) / dx."""
    x = case.tensor("x").requires_grad_()
    f = make(case, m=case.size("m", ("x", 1)))
    y = f(x)
    return Evaluation({"y": y}, y.square().sum(), leaves(f, x=x), {"D": f.D})


def reconciliation(case: Case) -> Evaluation:
    """``w`` -> ``y`` = W; ``x``, ``c`` -> ``z`` = x W^T and gradients of sum(z c)."""
    given = set(case.inputs)
    n = case.size("n", ("c", 1), ("y", -2))
    D = case.size("D", ("x", 1), ("y", -1))
    channels = case.shape("w")[0] if "w" in given else 1
    f = make(case, n=n, D=D, channels=channels)
    W = f.weight()
    values = {"y": W.squeeze(0) if channels == 1 else W}
    tensors: dict[str, Tensor] = {}
    loss = None
    if "x" in given:
        x = tensors["x"] = case.tensor("x").requires_grad_()
        # The way of a head, so that a contraction rule is compared too where one applies.
        z = functions.contract(functions.create("identity_expansion", m=D), f, x)
        values["z"] = z.squeeze(1) if channels == 1 else z
        loss = (values["z"] * case.tensor("c")).sum() if "c" in given else None
    return Evaluation(values, loss, leaves(f, **tensors), {"l": f.l})


def remainder(case: Case) -> Evaluation:
    """``x`` (and ``w``, ``b``) -> ``y`` and gradients of sum(y y); constants have no ``x``."""
    n = case.size("n", ("y", -1))
    if "x" in case.inputs:
        x = case.tensor("x").requires_grad_()
        f = make(case, m=case.size("m", ("x", -1)), n=n)
        y = f(x)
        return Evaluation({"y": y}, y.square().sum(), leaves(f, x=x))
    f = make(case, m=n, n=n)
    # tinybig's constant remainders have shape (n); ours have a row for each row of x.
    return Evaluation({"y": f(torch.ones(1, n, dtype=torch.float64)).squeeze(0)})


def fusion(case: Case) -> Evaluation:
    """``x0`` .. ``x{K-1}`` (and ``w``) -> ``y``; ``g<i>``, ``gw`` = gradients of sum(y y)."""
    names = sorted((a for a in case.inputs if _is_data(a)), key=lambda a: int(a[1:]))
    xs = [case.tensor(name).requires_grad_() for name in names]
    f = make(case, dims=case.kwargs.get("dims") or [x.shape[-1] for x in xs])
    y = f(xs)
    inputs = {str(k): x for k, x in enumerate(xs)}
    return Evaluation({"y": y}, y.square().sum(), leaves(f, **inputs), {"n": f.n})


Adapter = Callable[[Case], Evaluation]
ADAPTERS: dict[str, Adapter] = {
    "expansion": expansion,
    "reconciliation": reconciliation,
    "remainder": remainder,
    "fusion": fusion,
    "compression": lambda case: compression(case),
}


def make(case: Case, **sizes: Any) -> Any:
    """Make a case's function in float64 and copy the given arrays into it.

    Args:
        case: the case.
        **sizes: the sizes our constructor takes.

    Raises:
        CaseError: if an array has no place in it, or a parameter is not given.
    """
    allowed = signature(functions.get(case.function))
    options = {
        name: value
        for name, value in options_of(case.kwargs).items()
        if name not in sizes and (name in allowed or name not in HEAD_OPTIONS)
    }
    options.update({name: case.tensor(name) for name in case.constructor_arrays})
    f = functions.create({"name": case.function, **options}, **_only(sizes, allowed)).double()
    stored = [a for a in case.inputs if a not in case.constructor_arrays and not _is_data(a)]
    fill(f, {name: case.tensor(name) for name in stored})
    return f


def fill(module: nn.Module, arrays: Mapping[str, Tensor], complete: bool = True) -> None:
    """Copy arrays into the parameters and buffers of the same names.

    Args:
        module: has the parameters and buffers.
        arrays: by name.
        complete: whether every parameter must be among the arrays.
    """
    # A fusion's parameters are those of the reconciliation that it owns.
    places = {
        name.removeprefix("reconciliation."): place
        for name, place in (*module.named_parameters(), *module.named_buffers())
    }
    for name, value in arrays.items():
        if name not in places:
            known = ", ".join(places) or "none"
            raise CaseError(f"the function has no parameter or buffer {name!r}; it has: {known}")
        if places[name].shape != value.shape:
            shapes = f"{tuple(places[name].shape)}, the array {tuple(value.shape)}"
            raise CaseError(f"{name} has shape {shapes}")
        with torch.no_grad():
            places[name].copy_(value)
    for name in leaves(module) if complete else ():
        # Normalisation weights inside pre- and post-processing keep their initial 1 and 0.
        if name not in arrays and "." not in name:
            raise CaseError(f"the array {name!r} is missing: the function has such a parameter")


def leaves(module: nn.Module, **tensors: Tensor) -> dict[str, Tensor]:
    """The tensors with gradients: the module's parameters, and the given ones."""
    parameters = {k.removeprefix("reconciliation."): p for k, p in module.named_parameters()}
    return {**parameters, **tensors}


def options_of(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """tinybig's constructor arguments as rpn_zoo's options.

    Example:
        >>> options_of({"activation_function_configs": {"function_class": "torch.nn.SiLU"}})
        {'activation_functions': [{'name': 'torch.nn.SiLU'}]}
    """
    options = {k: v for k, v in kwargs.items() if not k.endswith("_function_configs")}
    if "functions" in options:  # those that an extended or nested expansion is made of
        options["functions"] = [_inner(item) for item in options["functions"]]
    for key, configs in kwargs.items():
        slot = key.replace("_function_configs", "_functions")
        if slot == key or configs is None or options.get(slot) is not None:
            continue  # tinybig reads the configs only where no functions are given
        items = configs if isinstance(configs, (list, tuple)) else [configs]
        options[slot] = [_processing(item) for item in items]
    return options


def _processing(config: Mapping[str, Any]) -> dict[str, Any]:
    parameters = config.get("function_parameters") or {}
    given = {k: v for k, v in parameters.items() if k not in WIDTH_OPTIONS}
    return {"name": config["function_class"], **given}


def _inner(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": config["name"], **options_of(config.get("kwargs") or {})}


def _is_data(name: str) -> bool:
    """Whether an input is data (x, x0, x1 ..., c) and not a parameter or a frozen array."""
    return re.fullmatch(r"x\d*|c", name) is not None


def _only(sizes: Mapping[str, Any], allowed: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in sizes.items() if k in allowed}


# Registers the adapters written there; last, since they use what stands above.
from tests.reference_cases import interdependence  # noqa: E402, F401
from tests.reference_cases.compression import compression  # noqa: E402
