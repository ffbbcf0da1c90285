"""The base class of data transformations kappa: (b, m) -> (b, D), expansions and compressions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions import processing
from rpn_zoo.functions.checks import check_matrix, check_positive_int
from rpn_zoo.functions.component import Component, Spec
from rpn_zoo.functions.memory import check_budget
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import create, get, signature, split_spec


class Transformation(Component):
    """A data transformation: ``forward(x) = post(expand(pre(x)))``.

    A subclass computes its width D in ``__init__`` and implements :meth:`expand`. One with a closed
    form for mean and variance over D overrides :meth:`moments` and sets ``closed_form_moments``:
    LayerNorm after it then needs no wide array. One that is another transformation of other data
    says so by :attr:`core` and :meth:`core_input`: the contraction rules are those of the core.

    Args:
        m: input width.
        D: output width.
        preprocess_functions: applied to x before the transformation; must keep the width.
        postprocess_functions: applied to the transformed data.
    """

    sizes = ("m",)
    closed_form_moments: bool = False

    preprocess: nn.ModuleList
    postprocess: nn.ModuleList

    def __init__(
        self,
        m: int,
        D: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__()
        self.m = check_positive_int("m", m)
        self.D = check_positive_int("D", D)
        self.preprocess = processing.resolve("preprocess_functions", preprocess_functions, m)
        self.postprocess = processing.resolve("postprocess_functions", postprocess_functions, D)
        # In a tuple, so that it is no submodule: it has no state.
        self._processed = (Expanded(D),) if len(self.postprocess) else ()

    def prepare(self, x: Tensor) -> Tensor:
        """Check x of shape (b, m) and apply the pre-processing."""
        return processing.apply(self.preprocess, check_matrix("x", x, self.m))

    def expand(self, x: Tensor) -> Tensor:
        """The bare transformation of pre-processed x: (b, m) -> (b, D)."""
        raise NotImplementedError(f"{type(self).__name__} must implement expand(x).")

    def expanded(self, x: Tensor) -> Tensor:
        """:meth:`expand`, unless its result would exceed the memory budget.

        Raises:
            MemoryBudgetError: before anything is allocated (see
                :func:`rpn_zoo.functions.memory_budget`).
        """
        check_budget(self.key, x, self.D)
        return self.expand(x)

    @property
    def processed(self) -> Expanded | None:
        """The identity on the post-processed data (b, D), where there is a post-processing."""
        return self._processed[0] if self._processed else None

    @property
    def core(self) -> Transformation:
        """What is contracted: ``expand(x)`` is ``core(core_input(x))``. As a rule this one."""
        return self

    def core_input(self, x: Tensor) -> Tensor:
        """What the core gets for pre-processed x: (b, m) -> (b, core.m)."""
        return x

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and population variance over the D entries of ``expand(x)``, each (b, 1)."""
        k = self.expanded(x)
        return k.mean(-1, keepdim=True), k.var(-1, correction=0, keepdim=True)

    def fit(self, x: Tensor) -> None:
        """Fit to the batch x (b, m) what is fitted to data (here: nothing)."""

    def forward(self, x: Tensor) -> Tensor:
        """Transform x of shape (b, m) to (b, D)."""
        return processing.apply(self.postprocess, self.expanded(self.prepare(x)))


def make_transformation(spec: Spec, m: int, generator: torch.Generator | None) -> Transformation:
    """Make the transformation of a head or of a composition.

    Args:
        spec: its name and options.
        m: input width.
        generator: what it draws from, where it draws anything; None: a new one with seed 0.

    Example:
        >>> make_transformation("identity_expansion", 4, None).D
        4
    """
    drawn = "generator" in signature(get(split_spec(spec)[0]))
    made: Transformation = create(spec, m=m, **({"generator": generator} if drawn else {}))
    return made


class Expanded(Transformation):
    """The identity on data (b, D) that are expanded already.

    Args:
        D: the width of the expanded data.
    """

    def __init__(self, D: int) -> None:
        super().__init__(D, D)

    def expand(self, x: Tensor) -> Tensor:
        """Return x (b, D) itself."""
        return x
