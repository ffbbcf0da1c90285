"""Dual LPHM parameterized concatenation fusion."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from rpn_zoo.functions.fusion.parameterized_concatenation import ReconciledConcatenationFusion
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class DualLphmParameterizedConcatenationFusion(ReconciledConcatenationFusion):
    r"""A Kronecker product as the map of the inputs side by side: W as in dual_lphm_reconciliation.

    Args:
        dims: the widths of the inputs, D = n_1 + ... + n_K.
        n: output width; None: that of the inputs, which must then be equal.
        p: number of rows of the left factor, a divisor of n.
        q: number of columns of the left factor, a divisor of D; None: p.
        r: rank, >= 1.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if p does not divide n or q does not divide D.

    Example:
        >>> f = DualLphmParameterizedConcatenationFusion([3, 3], n=4, p=2)
        >>> f.l, f([torch.ones(5, 3), torch.ones(5, 3)]).shape
        (18, torch.Size([5, 4]))
    """

    formula = "y = [x_1, ..., x_K] ((P Q) (x) (S T))^T, l = r (p + q + s + t)"
    size_formula = "D = sum(dims); l = r (p + q + s + t), s = n / p, t = D / q"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: dual lphm concatenation)"
    reconciliation_key = "dual_lphm_reconciliation"

    def __init__(
        self,
        dims: Sequence[int],
        n: int | None = None,
        p: int = 2,
        q: int | None = None,
        r: int = 2,
        layout: str = "kronecker",
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        options = {"p": p, "q": p if q is None else q, "r": r, "layout": layout}
        super().__init__(
            dims, n, preprocess_functions, postprocess_functions, generator, init, **options
        )
