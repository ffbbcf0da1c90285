"""Example options for every registered component; the contract tests run over all of them.

A component registered without an entry here fails the suite (`test_contract.py`). Those that do not
stand here come from the modules ``examples_*.py`` beside this one, which are found by themselves:
each has ``CASES`` (name -> pairs of sizes and options) and may have ``CONSTANT`` (names of
components whose output depends on nothing). So are the oracles in ``oracles_*.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rpn_zoo import functions
from tests.functions import examples_compression
from tests.functions.oracles import ORACLES, Array


def beside(prefix: str) -> list[ModuleType]:
    """The modules of this folder whose names begin with a prefix."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    names = sorted(info.name for info in found if info.name.startswith(prefix))
    return [importlib.import_module(f"tests.functions.{name}") for name in names]


beside("oracles_")
MORE = beside("examples_")


@dataclass(frozen=True)
class Example:
    """One component with sizes and options.

    Attributes:
        name: the registry key.
        sizes: what the owner supplies.
        options: what a config holds.
    """

    name: str
    sizes: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def id(self) -> str:
        """A readable name of the test case."""
        arguments = {**self.sizes, **self.options}
        return f"{self.name}({', '.join(f'{k}={v}' for k, v in arguments.items())})"

    @property
    def family(self) -> str:
        """The component's family."""
        return functions.get(self.name).family

    @property
    def spec(self) -> dict[str, Any]:
        """The config entry."""
        return {"name": self.name, **self.options}

    @property
    def has_gradient(self) -> bool:
        """Whether anything has a gradient: not in constants, nor in steps."""
        return self.name not in CONSTANT and self.make().differentiable

    def make(self, dtype: torch.dtype = torch.float64, **more: Any) -> Any:
        """Make the component, ready to be compared; ``more`` may hold a generator."""
        return self.ready(functions.create(self.spec, **self.sizes, **more)).to(dtype)

    def ready(self, component: Any) -> Any:
        """Bring a compression into its evaluation state, fitted where it is fitted to data."""
        if self.family == "compression":
            component.fit(examples_compression.fit_data(component.m))
            component.eval()
        return component

    def inputs(self, dtype: torch.dtype = torch.float64, rows: int = 4) -> list[Tensor]:
        """Fixed inputs: one tensor, K tensors for a fusion, none for a reconciliation.

        An interdependence gets the b rows for which it was made (4 where any number will do).
        """
        widths: Sequence[int] = self.sizes.get("dims", [])
        if self.family in ("expansion", "compression", "remainder", "interdependence"):
            widths = [self.sizes["m"]]
        if self.family == "interdependence":
            rows = self.make().b or 4
        rows = max(rows, examples_compression.LEAST_ROWS.get(self.name, 0))
        generator = torch.Generator().manual_seed(1)
        return [
            torch.randn(rows, width, generator=generator, dtype=torch.float64).to(dtype)
            for width in widths
        ]

    def call(self, component: nn.Module, inputs: Sequence[Tensor]) -> Tensor:
        """Call a component on its inputs."""
        y = component(list(inputs)) if self.family == "fusion" else component(*inputs)
        assert isinstance(y, Tensor)
        return y

    def oracle(self, component: nn.Module, inputs: Sequence[Tensor]) -> Array:
        """The output by the naive oracle, in float64."""
        arguments = {**self.sizes, **self.options}
        arrays = [x.detach().double().numpy() for x in inputs]
        state = {**dict(component.named_parameters()), **dict(component.named_buffers())}
        parameters = {k: p.detach().double().numpy() for k, p in state.items()}
        return np.asarray(ORACLES[self.name](arguments, arrays, parameters))


def _examples(name: str, *cases: tuple[dict[str, Any], dict[str, Any]]) -> list[Example]:
    return [Example(name, sizes, options) for sizes, options in cases]


KRONECKER_SIZES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"n": 6, "D": 20}, {}),
    ({"n": 6, "D": 20, "channels": 3}, {"layout": "flat"}),
    ({"n": 4, "D": 6, "channels": 2}, {"p": 2, "q": 3}),
    ({"n": 8, "D": 12}, {"p": 4, "q": 2, "layout": "flat"}),
    ({"n": 5, "D": 7}, {"p": 5, "q": 1}),
    ({"n": 3, "D": 4}, {"p": 1, "q": 4, "layout": "flat"}),
]
LOW_RANK_SIZES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *KRONECKER_SIZES,
    ({"n": 4, "D": 6, "channels": 2}, {"p": 2, "q": 3, "r": 1}),
    ({"n": 8, "D": 12}, {"p": 4, "q": 2, "r": 5, "layout": "flat"}),
]

EXAMPLES: list[Example] = [
    *_examples(
        "identity_expansion",
        ({"m": 4}, {}),
        ({"m": 3}, {"preprocess_functions": ["relu", "tanh"], "postprocess_functions": "sigmoid"}),
    ),
    *_examples(
        "taylor_expansion",
        ({"m": 3}, {}),
        ({"m": 4}, {"d": 1}),
        ({"m": 3}, {"d": 3, "preprocess_functions": "tanh"}),
        ({"m": 1}, {"d": 4}),
        ({"m": 4}, {"postprocess_functions": "layer_norm"}),
    ),
    *_examples(
        "bspline_expansion",
        ({"m": 3}, {}),
        ({"m": 2}, {"grid_range": [-2, 3], "t": 4, "d": 2}),
        ({"m": 2}, {"grid_range": [-0.3, 0.7], "t": 7, "d": 4, "preprocess_functions": "tanh"}),
        ({"m": 4}, {"t": 3, "d": 1, "postprocess_functions": {"name": "layer_norm"}}),
        ({"m": 2}, {"t": 1, "d": 0}),
        ({"m": 2}, {"t": 4, "d": 2, "outside": "clamp", "count_outside": True}),
        ({"m": 2}, {"grid_range": [-9, 9], "outside": "error"}),
    ),
    *_examples(
        "identity_reconciliation", ({"n": 3, "D": 5}, {}), ({"n": 1, "D": 4, "channels": 2}, {})
    ),
    *_examples(
        "lorr_reconciliation",
        ({"n": 4, "D": 7}, {}),
        ({"n": 3, "D": 6, "channels": 2}, {"r": 1}),
        ({"n": 2, "D": 3}, {"r": 5}),
    ),
    *_examples("hm_reconciliation", *KRONECKER_SIZES),
    *_examples("lphm_reconciliation", *LOW_RANK_SIZES),
    *_examples("dual_lphm_reconciliation", *LOW_RANK_SIZES),
    *_examples(
        "zero_remainder",
        ({"m": 3, "n": 2}, {}),
        ({"m": 3, "n": 2}, {"activation_functions": "sigmoid"}),
    ),
    *_examples(
        "identity_remainder",
        ({"m": 3, "n": 3}, {}),
        ({"m": 4, "n": 4}, {"activation_functions": ["silu", "tanh"]}),
    ),
    *_examples(
        "linear_remainder",
        ({"m": 3, "n": 5}, {}),
        ({"m": 4, "n": 2}, {"enable_bias": True, "activation_functions": "silu"}),
        ({"m": 3, "n": 3}, {"require_parameters": False, "activation_functions": "tanh"}),
    ),
    *_examples(
        "concatenation_fusion",
        (
            {"dims": [2, 2, 2]},
            {"preprocess_functions": "tanh", "postprocess_functions": "layer_norm"},
        ),
        ({"dims": [2, 4, 3]}, {"preprocess_functions": ["tanh", "layer_norm"]}),
        ({"dims": [3]}, {}),
    ),
    *_examples(
        "mean_fusion",
        ({"dims": [3, 3]}, {}),
        (
            {"dims": [4, 4, 4]},
            {"preprocess_functions": "sigmoid", "postprocess_functions": ["tanh"]},
        ),
        ({"dims": [2]}, {}),
    ),
    *_examples(
        "summation_fusion",
        ({"dims": [3, 3]}, {}),
        (
            {"dims": [4, 4, 4]},
            {"preprocess_functions": "layer_norm", "postprocess_functions": "silu"},
        ),
        ({"dims": [1]}, {}),
    ),
    *(
        example
        for module in MORE
        for name, cases in module.CASES.items()
        for example in _examples(name, *cases)
    ),
]

CONSTANT = {"zero_remainder"}.union(*(getattr(module, "CONSTANT", ()) for module in MORE))
"""Components whose output does not depend on their input."""


def first_of_each() -> list[Example]:
    """The first example of every component, for the costly checks."""
    seen: dict[str, Example] = {}
    for example in EXAMPLES:
        seen.setdefault(example.name, example)
    return list(seen.values())
