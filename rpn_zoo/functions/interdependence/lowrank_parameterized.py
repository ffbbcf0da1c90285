"""Parameterized interdependence of low rank."""

from __future__ import annotations

import torch

from rpn_zoo.functions.interdependence.parameterized import FabricatedInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class LowrankParameterizedInterdependence(FabricatedInterdependence):
    r"""A = S T of rank r, S (m, r) and T (r, m'), or (b, r) and (r, b').

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        r: rank, >= 1.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1.

    Example:
        >>> import torch
        >>> f = LowrankParameterizedInterdependence(m=6, m_prime=4, r=1)
        >>> f.l, f(torch.ones(5, 6)).shape
        (10, torch.Size([5, 4]))
    """

    formula = "A = S T, S (n, r), T (r, D), (n, D) = (m, m') or (b, b'), l = r (n + D)"
    size_formula = "l = r (n + D)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: lowrank parameterized)"
    reconciliation_key = "lorr_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        r: int = 2,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            m_prime,
            b_prime,
            postprocess_functions,
            generator,
            init,
            r=r,
        )


@register
class RandomMatrixAdaptionParameterizedInterdependence(FabricatedInterdependence):
    r"""A = diag(l1) R_A diag(l2) R_B^T with frozen Gaussian R_A (n, r), R_B (D, r).

    (n, D) = (m, m') or (b, b'). The frozen arrays are saved as ``reconciliation.A`` and
    ``reconciliation.B``.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        r: rank, >= 1.
        postprocess_functions: applied to A.
        generator: source of the frozen arrays and the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1.

    Example:
        >>> import torch
        >>> f = RandomMatrixAdaptionParameterizedInterdependence(m=6, m_prime=4, r=3)
        >>> f.l, f(torch.ones(5, 6)).shape
        (9, torch.Size([5, 4]))
    """

    formula = "A = diag(l1) R_A diag(l2) R_B^T, R_A (n, r), R_B (D, r) ~ N(0, 1), l = n + r"
    size_formula = "l = n + r"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: random matrix adaption)"
    reconciliation_key = "random_matrix_adaption_reconciliation"
    stateful = True
    random = True

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        r: int = 2,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            m_prime,
            b_prime,
            postprocess_functions,
            generator,
            init,
            r=r,
        )
