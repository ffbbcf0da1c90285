"""Expansions made of expansions: side by side, or one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import create, register
from rpn_zoo.functions.transformation import Transformation


def _expansion(spec: Spec | Expansion, m: int) -> Expansion:
    """One inner expansion for inputs of width m, from its config or as it is given."""
    inner = spec if isinstance(spec, nn.Module) else create(spec, m=m)
    if not isinstance(inner, Expansion):
        raise ValueError(f"functions must hold expansions, got {type(inner).__name__}.")
    if inner.m != m:
        raise ValueError(f"functions: {inner.key()} was made for width {inner.m}, needed is {m}.")
    return inner


def _specs(functions: object) -> list[Spec | Expansion]:
    if not isinstance(functions, (list, tuple)):
        raise ValueError(f"functions must be a list of expansions, got {functions!r}.")
    return list(functions)


@register
class ExtendedExpansion(Expansion):
    r"""Several expansions of the same data side by side: [f_1(x), f_2(x), ...].

    Each inner expansion keeps its own pre- and post-processing and is a registered submodule.

    Args:
        m: input width; D is the sum of the widths of the inner expansions.
        functions: configs (or ready modules) of one or more expansions.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> f = ExtendedExpansion(m=1, functions=["identity_expansion", "chebyshev_expansion"])
        >>> f(torch.tensor([[2.0]]))
        tensor([[2., 2., 7.]])
    """

    formula = "kappa(x) = [f_1(x), ..., f_k(x)], D = D_1 + ... + D_k"
    source = "RPN, arXiv:2407.04819, section 5.1 (extended expansion)"
    domain = "that of the inner expansions"

    def __init__(
        self,
        m: int,
        functions: Sequence[Spec | Expansion],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_positive_int("m", m)
        parts = [_expansion(spec, m) for spec in _specs(functions)]
        if not parts:
            raise ValueError("functions must hold at least one expansion, got [].")
        width = sum(part.D for part in parts)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.parts = nn.ModuleList(parts)
        self.differentiable = any(part.differentiable for part in parts)
        self.row_independent = all(part.row_independent for part in parts)
        self.closed_form_moments = _few_without_moments(parts)

    def expand(self, x: Tensor) -> Tensor:
        """All inner expansions: (b, m) -> (b, D_1 + ... + D_k)."""
        return torch.cat([part(x) for part in self.parts], dim=-1)

    def moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance over D, each (b, 1).

        From those of the inner expansions where most have a closed form and none a post-processing:
        the variance is the mean of the parts' variances plus the variance of their means.
        """
        if not self.closed_form_moments:
            return super().moments(x)
        shares = [float(part.D) / self.D for part in self._inner()]
        found = [part.moments(part.prepare(x)) for part in self._inner()]
        mean = sum_of([share * mu for share, (mu, _) in zip(shares, found, strict=True)])
        variance = sum_of(
            [
                share * (v + (mu - mean).square())
                for share, (mu, v) in zip(shares, found, strict=True)
            ]
        )
        return mean, variance

    def _inner(self) -> list[Transformation]:
        return [part for part in self.parts if isinstance(part, Transformation)]


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


@register
class NestedExpansion(Expansion):
    r"""Expansions one after the other: f_k(... f_2(f_1(x))).

    Each inner expansion keeps its own pre- and post-processing and is a registered submodule. A
    post-processing must keep the width if another expansion follows.

    Args:
        m: input width; D is the width of the last expansion.
        functions: configs (or ready modules) of expansions; an empty list is the identity.
        preprocess_functions: applied to x before all of them; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> f = NestedExpansion(m=1, functions=["chebyshev_expansion", "taylor_expansion"])
        >>> f(torch.tensor([[2.0]]))
        tensor([[ 2.,  7.,  4., 14., 14., 49.]])
    """

    formula = "kappa(x) = f_k(... f_2(f_1(x))), D = D_k(... D_1(m))"
    source = "RPN, arXiv:2407.04819, section 5.1 (nested expansion)"
    domain = "that of the inner expansions"

    def __init__(
        self,
        m: int,
        functions: Sequence[Spec | Expansion],
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = check_positive_int("m", m)
        parts: list[Expansion] = []
        for spec in _specs(functions):
            parts.append(_expansion(spec, width))
            width = parts[-1].D
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.parts = nn.ModuleList(parts)
        self.differentiable = all(part.differentiable for part in parts)
        self.row_independent = all(part.row_independent for part in parts)

    @property
    def core(self) -> Transformation:
        """The last inner expansion (an empty list: this one itself)."""
        last = self.parts[-1] if len(self.parts) else self
        assert isinstance(last, Transformation)
        return last

    def core_input(self, x: Tensor) -> Tensor:
        """The data after all inner expansions but the last."""
        for part in list(self.parts)[:-1]:
            x = part(x)
        return x

    def expand(self, x: Tensor) -> Tensor:
        """The last inner expansion of the one before it ...: (b, m) -> (b, D)."""
        for part in self.parts:
            x = part(x)
        return x
