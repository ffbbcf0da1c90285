"""Random matrix adaption parameterized concatenation fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rpn_zoo.functions.fusion.parameterized_concatenation import ReconciledConcatenationFusion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class RandomMatrixAdaptionParameterizedConcatenationFusion(ReconciledConcatenationFusion):
    r"""A map W = diag(l1) A diag(l2) B^T of the inputs side by side, A and B frozen, l = n + r.

    Args:
        dims: the widths of the inputs, D = n_1 + ... + n_K.
        n: output width; None: that of the inputs, which must then be equal.
        r: rank, >= 1.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of A, B and the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if n is not given and the widths differ.

    Example:
        >>> f = RandomMatrixAdaptionParameterizedConcatenationFusion([3, 3], n=4)
        >>> f.l, f([torch.ones(5, 3), torch.ones(5, 3)]).shape
        (6, torch.Size([5, 4]))
    """

    formula = "y = [x_1, ..., x_K] (diag(l1) A diag(l2) B^T)^T, l = n + r"
    size_formula = "D = sum(dims); l = n + r"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: random matrix concatenation)"
    reconciliation_key = "random_matrix_adaption_reconciliation"
    stateful = True
    random = True

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
