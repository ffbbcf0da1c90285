"""Parameterized interdependence as a Kronecker product."""

from __future__ import annotations

import torch

from rpn_zoo.functions.interdependence.parameterized import FabricatedInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class HmParameterizedInterdependence(FabricatedInterdependence):
    r"""A = F (x) B, F (p, q), B (s, t); (n, D) = (m, m') or (b, b'), n = p s, D = q t.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        p: number of rows of the left factor, a divisor of m (b); needed.
        q: number of columns of the left factor, a divisor of m' (b'); None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if the layout is unknown; also an AssertionError if p or q is missing or
            not a divisor.

    Example:
        >>> import torch
        >>> f = HmParameterizedInterdependence(m=6, m_prime=4, p=2)
        >>> f.l, f(torch.ones(5, 6)).shape
        (10, torch.Size([5, 4]))
    """

    formula = "A = F (x) B, F (p, q), B (s, t), n = p s, D = q t, l = p q + s t"
    size_formula = "l = p q + s t"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: hm parameterized)"
    reconciliation_key = "hm_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )


@register
class LphmParameterizedInterdependence(FabricatedInterdependence):
    r"""A = F (x) (S T), F (p, q), S (s, r), T (r, t).

    (n, D) = (m, m') or (b, b'), n = p s, D = q t.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        r: rank, >= 1; needed.
        p: number of rows of the left factor, a divisor of m (b); needed.
        q: number of columns of the left factor, a divisor of m' (b'); None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1 or the layout is unknown; also an AssertionError if p or q is
            missing or not a divisor.

    Example:
        >>> import torch
        >>> f = LphmParameterizedInterdependence(m=6, m_prime=4, p=2, r=1)
        >>> f.l, f(torch.ones(5, 6)).shape
        (9, torch.Size([5, 4]))
    """

    formula = "A = F (x) (S T), n = p s, D = q t, l = p q + r (s + t)"
    size_formula = "l = p q + r (s + t)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: lphm parameterized)"
    reconciliation_key = "lphm_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        r: int | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )


@register
class DualLphmParameterizedInterdependence(FabricatedInterdependence):
    r"""A = (P Q) (x) (S T), P (p, r), Q (r, q), S (s, r), T (r, t).

    (n, D) = (m, m') or (b, b'), n = p s, D = q t.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        r: rank, >= 1; needed.
        p: number of rows of the left factor, a divisor of m (b); needed.
        q: number of columns of the left factor, a divisor of m' (b'); None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1 or the layout is unknown; also an AssertionError if p or q is
            missing or not a divisor.

    Example:
        >>> import torch
        >>> f = DualLphmParameterizedInterdependence(m=6, m_prime=4, p=2, r=1)
        >>> f.l, f(torch.ones(5, 6)).shape
        (9, torch.Size([5, 4]))
    """

    formula = "A = (P Q) (x) (S T), n = p s, D = q t, l = r (p + q + s + t)"
    size_formula = "l = r (p + q + s + t)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: dual lphm parameterized)"
    reconciliation_key = "dual_lphm_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        r: int | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )
