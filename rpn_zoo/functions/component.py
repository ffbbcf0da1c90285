"""The base class of all component functions: sizes at construction, exact config round trip."""

from __future__ import annotations

import copy
import inspect
import re
from typing import Any, ClassVar, TypeAlias

import torch
from torch import nn

Spec: TypeAlias = str | dict[str, Any]
"""A component in a config: a name, or a name with options ``{name: taylor_expansion, d: 2}``."""

CAPABILITIES = (
    "differentiable", "row_independent", "stateful", "fitted", "random", "exportable",
)  # fmt: skip
"""The attributes that say what a component can do and what it needs."""


class Component(nn.Module):
    """A component function: an ``nn.Module`` that knows its sizes and gives back its config.

    Subclasses set the class attributes below. The sizes (``m``, ``n``, ``D`` ...) come from the
    owner of a component; every other constructor argument is an option and part of the config.

    Attributes:
        family: the family's name, the last word of the registry key.
        sizes: constructor arguments that the owner supplies and that a config never contains.
        formula: the definition in one line.
        size_formula: the width D, the number l of parameters (of one channel) or the output width
            n, from the sizes and options.
        source: where the definition comes from.
        domain: the inputs for which it is meant.
        aliases: further registry keys of this class (not of its subclasses).
        differentiable: whether gradients reach the input (of a reconciliation: the parameters).
        row_independent: whether each output row depends on its own input row only.
        stateful: whether it has frozen arrays in its state dict.
        fitted: whether it is fitted to data.
        random: whether its definition draws random numbers.
        exportable: whether ``torch.export`` and ``torch.compile`` take its evaluation whole.
        depends: those of the last six that options decide, each with what it depends on.

    Where options decide, the class says what it may be and an instance what it is.
    """

    family: ClassVar[str] = ""
    sizes: ClassVar[tuple[str, ...]] = ()
    formula: ClassVar[str] = ""
    size_formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    domain: ClassVar[str] = "all real numbers"
    aliases: ClassVar[tuple[str, ...]] = ()
    # Not class variables: an instance may say otherwise where its options decide.
    differentiable: bool = True
    row_independent: bool = True
    stateful: bool = False
    fitted: bool = False
    random: bool = False
    exportable: bool = True
    depends: ClassVar[tuple[tuple[str, str], ...]] = ()

    _options: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Component:
        """Record the options as they were given, so that ``config`` returns exactly these."""
        self = super().__new__(cls)
        # bind_partial: copying and unpickling call __new__ without arguments.
        bound = inspect.signature(cls.__init__).bind_partial(self, *args, **kwargs)
        given = dict(list(bound.arguments.items())[1:])
        given.update(given.pop("kwargs", {}))
        hidden = {*cls.sizes, "generator", "init"}
        # Copied: a list or dict that the caller changes later must not change the config.
        self.__dict__["_options"] = {
            k: v if _holds_objects(v) else copy.deepcopy(v)
            for k, v in given.items()
            if k not in hidden
        }
        return self

    @classmethod
    def key(cls) -> str:
        """The registry key: the class name in snake case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def config(self) -> dict[str, Any]:
        """The config ``{name, **options}`` from which an equal component can be made."""
        objects = [name for name, value in self._options.items() if _holds_objects(value)]
        if objects:
            raise TypeError(
                f"{self.key()}: option {objects[0]} was given as an object and has no config; "
                "give its name (and options) instead."
            )
        return {"name": self.key(), **copy.deepcopy(self._options)}

    def extra_repr(self) -> str:
        """The sizes and options, as they are shown by ``print(module)``."""
        sizes = {k: getattr(self, k) for k in self.sizes if hasattr(self, k)}
        return ", ".join(f"{k}={v!r}" for k, v in {**sizes, **self._options}.items())


def _holds_objects(value: Any) -> bool:
    """Whether a config value contains something that YAML cannot express."""
    if isinstance(value, dict):
        return any(_holds_objects(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return any(_holds_objects(v) for v in value)
    return not isinstance(value, (str, int, float, bool, type(None)))


def default_generator(generator: torch.Generator | None) -> torch.Generator:
    """Return ``generator``, or a new one with seed 0: the global random state is never used."""
    return torch.Generator().manual_seed(0) if generator is None else generator
