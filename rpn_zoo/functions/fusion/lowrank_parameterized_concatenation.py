"""Low-rank parameterized concatenation fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rpn_zoo.functions.fusion.parameterized_concatenation import ReconciledConcatenationFusion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class LowrankParameterizedConcatenationFusion(ReconciledConcatenationFusion):
    r"""A low-rank map of the inputs side by side: W = A B as in lorr_reconciliation, l = r (n + D).

    Args:
        dims: the widths of the inputs, D = n_1 + ... + n_K.
        n: output width; None: that of the inputs, which must then be equal.
        r: rank, >= 1.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if n is not given and the widths differ.

    Example:
        >>> f = LowrankParameterizedConcatenationFusion([3, 3], n=4)
        >>> f.l, f([torch.ones(5, 3), torch.ones(5, 3)]).shape
        (20, torch.Size([5, 4]))
    """

    formula = "y = [x_1, ..., x_K] (A B)^T, A (n, r), B (r, D), l = r (n + D)"
    size_formula = "D = sum(dims); l = r (n + D)"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: low-rank concatenation)"
    reconciliation_key = "lorr_reconciliation"

    def __init__(
        self,
        dims: Sequence[int],
        n: int | None = None,
        r: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        options = {"r": r}
        super().__init__(
            dims, n, preprocess_functions, postprocess_functions, generator, init, **options
        )
