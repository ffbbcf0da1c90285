"""Transformations made of transformations: side by side, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import CAPABILITIES, Spec, default_generator
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.transformation import Transformation, make_transformation

Part: TypeAlias = "Spec | Transformation"


class Composition(Transformation):
    """What extended and nested transformations share: their parts, and what these can do.

    Attributes:
        kinds: the families that a part may belong to.
        parts: the inner transformations, registered submodules.
    """

    domain = "that of the inner functions"
    depends = tuple((key, "as the inner functions are") for key in CAPABILITIES)
    kinds: ClassVar[tuple[str, ...]] = ("expansion", "compression")
    parts: nn.ModuleList

    def _part(self, spec: Part, m: int, generator: torch.Generator | None) -> Transformation:
        """One part for inputs of width m, from its config or as it is given."""
        ready = isinstance(spec, nn.Module)
        part = spec if isinstance(spec, nn.Module) else make_transformation(spec, m, generator)
        if not isinstance(part, Transformation) or part.family not in self.kinds:
            wanted = " and ".join(f"{kind}s" for kind in self.kinds)
            raise ValueError(f"functions must hold {wanted}, got {type(part).__name__}.")
        if ready and part.m != m:
            raise ValueError(f"functions: {part.key()} was made for width {part.m}, needed is {m}.")
        return part

    def _specs(self, functions: object) -> list[Part]:
        if not isinstance(functions, (list, tuple)):
            raise ValueError(f"functions must be a list of {self.kinds[0]}s, got {functions!r}.")
        return list(functions)

    def _adopt(self, parts: Sequence[Transformation]) -> None:
        """Register the parts; this instance can what they can."""
        self.parts = nn.ModuleList(parts)
        self.row_independent = all(part.row_independent for part in parts)
        self.exportable = all(part.exportable for part in parts)
        self.stateful = any(part.stateful for part in parts)
        self.fitted = any(part.fitted for part in parts)
        self.random = any(part.random for part in parts)

    def _transformations(self) -> Iterator[Transformation]:
        for part in self.parts:
            assert isinstance(part, Transformation)
            yield part


class Extended(Composition):
    """Several transformations of the same data side by side: [f_1(x), f_2(x), ...]."""

    formula = "kappa(x) = [f_1(x), ..., f_k(x)], D = D_1 + ... + D_k"
    size_formula = "D = D_1 + ... + D_K of the functions"

    def __init__(
        self,
        m: int,
        functions: Sequence[Part],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        check_positive_int("m", m)
        generator = default_generator(generator)  # one for all: equal parts draw different numbers
        parts = [self._part(spec, m, generator) for spec in self._specs(functions)]
        if not parts:
            raise ValueError(f"functions must hold at least one {self.kinds[0]}, got [].")
        width = sum(part.D for part in parts)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self._adopt(parts)
        self.differentiable = any(part.differentiable for part in parts)
        self.closed_form_moments = _few_without_moments(parts)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance over D, each (b, 1).

        From those of the parts where most have a closed form and none a post-processing: the
        variance is the mean of the parts' variances plus the variance of their means.
        """
        if not self.closed_form_moments:
            return super().moments(x)
        parts = list(self._transformations())
        shares = [part.D / self.D for part in parts]
        found = [part.moments(part.prepare(x)) for part in parts]
        mean = sum_of([share * mu for share, (mu, _) in zip(shares, found, strict=True)])
        variance = sum_of(
            [
                share * (v + (mu - mean).square())
                for share, (mu, v) in zip(shares, found, strict=True)
            ]
        )
        return mean, variance

    def expand(self, x: Tensor) -> Tensor:
        """All inner functions: (b, m) -> (b, D_1 + ... + D_k)."""
        return torch.cat([part(x) for part in self.parts], dim=-1)

    def fit(self, x: Tensor) -> None:
        """Fit every part that is fitted to data, by the batch x (b, m)."""
        x = self.prepare(x)
        for part in self._transformations():
            part.fit(x)


class Nested(Composition):
    """Transformations one after the other: f_k(... f_2(f_1(x)))."""

    formula = "kappa(x) = f_k(... f_2(f_1(x))), D = D_k(... D_1(m))"
    size_formula = "D = that of the last function"

    def __init__(
        self,
        m: int,
        functions: Sequence[Part],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
    ) -> None:
        width = check_positive_int("m", m)
        generator = default_generator(generator)
        parts: list[Transformation] = []
        for spec in self._specs(functions):
            parts.append(self._part(spec, width, generator))
            width = parts[-1].D
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self._adopt(parts)
        self.differentiable = all(part.differentiable for part in parts)

    @property
    def core(self) -> Transformation:
        """The last part (an empty list: this one itself)."""
        last = self.parts[-1] if len(self.parts) else self
        assert isinstance(last, Transformation)
        return last

    def core_input(self, x: Tensor) -> Tensor:
        """The data after all parts but the last."""
        for part in list(self.parts)[:-1]:
            x = part(x)
        return x

    def expand(self, x: Tensor) -> Tensor:
        """The last inner function of the one before it ...: (b, m) -> (b, D)."""
        for part in self.parts:
            x = part(x)
        return x

    def fit(self, x: Tensor) -> None:
        """Fit the parts one after the other, each to what the fitted parts before it give."""
        x = self.prepare(x)
        with torch.no_grad():
            for part in self._transformations():
                part.fit(x)
                training = part.training
                x = part.eval()(x)
                part.train(training)


def _few_without_moments(parts: Sequence[Transformation]) -> bool:
    """Whether the moments cost little: not the expanded data, except those of narrow parts."""
    if any(len(part.postprocess) for part in parts):
        return False
    without = sum(part.D for part in parts if not part.closed_form_moments)
    return 8 * without <= sum(part.D for part in parts)


def sum_of(tensors: Sequence[Tensor]) -> Tensor:
    """The sum of one or more tensors of equal shape."""
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total
