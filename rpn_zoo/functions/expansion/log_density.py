"""Logarithms of densities from one table of closed forms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int
from rpn_zoo.functions.densities import DENSITIES, squash
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.exact import from_bits, to_bits
from rpn_zoo.functions.processing import Processing

Block: TypeAlias = tuple[str, float, float]
"""One distribution: a name of :data:`DENSITIES` and its parameters, 0.0 for one it lacks."""


ARGUMENT: dict[str, Callable[[Tensor], Tensor]] = {
    "gamma": squash,
    "chi2": lambda x: x.sigmoid() + 0.001,
    "exponential": squash,
}
"""Where a density is evaluated, if not at x itself."""


def _itself(x: Tensor) -> Tensor:
    return x


class LogDensityExpansion(Expansion):
    """Blocks of width m, each the log density of a fixed distribution at every input; D = K m.

    A subclass names its K distributions. Neighbours of the same family are one broadcast of a
    closed form: about three passes over b K m numbers.

    Args:
        m: input width.
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    blocks: ClassVar[tuple[Block, ...]] = ()
    domain = "all real numbers"
    constant_bits: Tensor

    def __init__(
        self,
        m: int,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        width = check_positive_int("m", m) * len(self.blocks)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        runs = itertools.groupby(self.blocks, key=lambda block: block[0])
        self.runs = [(name, len(list(blocks))) for name, blocks in runs]
        numbers = [
            DENSITIES[name].constants(*parameters[: len(DENSITIES[name].parameters)])
            for name, *parameters in self.blocks
        ]
        # (K, 3, 1); fixed by the class: not saved.
        self.register_buffer("constant_bits", to_bits(numbers).unsqueeze(-1), persistent=False)

    def expand(self, x: Tensor) -> Tensor:
        """All log densities of every input: (b, m) -> (b, K m)."""
        constants = from_bits(self.constant_bits, x).split([count for _, count in self.runs])
        x = x.unsqueeze(1)
        values = [
            DENSITIES[name].value(ARGUMENT.get(name, _itself)(x), *numbers.unbind(1))
            for (name, _), numbers in zip(self.runs, constants, strict=True)
        ]
        return (values[0] if len(values) == 1 else torch.cat(values, dim=1)).flatten(1)
