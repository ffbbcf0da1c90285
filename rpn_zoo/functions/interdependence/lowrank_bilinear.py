"""Bilinear interdependence of low rank."""

from __future__ import annotations

import torch

from rpn_zoo.functions.interdependence.bilinear import BilinearInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class LowrankParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C` with W = S T of rank r, S (d, r) and T (r, d).

    C = x and d = b in attribute mode, C = x^T and d = m in instance mode (any number of rows).
    They are products of r numbers for each object: (C^T S) (T C).

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        r: rank, >= 1.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1.

    Example:
        >>> import torch
        >>> f = LowrankParameterizedBilinearInterdependence(m=6, r=1)
        >>> f.l, f(torch.ones(5, 6)).shape, f.matrix(torch.ones(5, 6)).shape
        (12, torch.Size([5, 6]), torch.Size([5, 5]))
    """

    formula = "A = C^T S T C, S (d, r), T (r, d), C = x or x^T, l = 2 r d, d = b or m"
    size_formula = "l = 2 r d"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: lowrank bilinear)"
    reconciliation_key = "lorr_reconciliation"
    degree = 2

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        r: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            preprocess_functions,
            postprocess_functions,
            generator,
            init,
            r=r,
        )


@register
class RandomMatrixAdaptionParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C`, W = diag(l1) R_A diag(l2) R_B^T, R_A and R_B (d, r) frozen.

    C = x and d = b in attribute mode, C = x^T and d = m in instance mode (any number of rows).
    R_A and R_B are Gaussian and saved as ``reconciliation.A`` and ``reconciliation.B``.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        r: rank, >= 1.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the frozen arrays and the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1.

    Example:
        >>> import torch
        >>> f = RandomMatrixAdaptionParameterizedBilinearInterdependence(m=6, r=3)
        >>> f.l, f(torch.ones(5, 6)).shape, f.matrix(torch.ones(5, 6)).shape
        (9, torch.Size([5, 6]), torch.Size([5, 5]))
    """

    formula = "A = C^T diag(l1) R_A diag(l2) R_B^T C, C = x or x^T, l = d + r, d = b or m"
    size_formula = "l = d + r"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: random matrix adaption bilinear)"
    reconciliation_key = "random_matrix_adaption_reconciliation"
    degree = 2
    stateful = True
    random = True

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        r: int = 2,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            preprocess_functions,
            postprocess_functions,
            generator,
            init,
            r=r,
        )
