"""Bilinear interdependence with a Kronecker product."""

from __future__ import annotations

import torch

from rpn_zoo.functions.interdependence.bilinear import BilinearInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class HmParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C` with W = F (x) B, F (p, q), B (d/p, d/q).

    C = x and d = b in attribute mode, C = x^T and d = m in instance mode (any number of rows).

    In the flat layout W has at most the rank s / q if q divides s: 1 for p = q = sqrt(d). The
    Kronecker product has the product of the ranks of its factors.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        p: number of rows of the left factor, a divisor of d; needed.
        q: number of columns of the left factor, a divisor of d; None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if the layout is unknown; also an AssertionError if p or q is missing or
            not a divisor.

    Example:
        >>> import torch
        >>> f = HmParameterizedBilinearInterdependence(m=6, p=2)
        >>> f.l, f(torch.ones(5, 6)).shape, f.matrix(torch.ones(5, 6)).shape
        (13, torch.Size([5, 6]), torch.Size([5, 5]))
    """

    formula = "A = C^T (F (x) B) C, C = x or x^T, l = p q + s t, d = p s = q t = b or m"
    size_formula = "l = p q + s t"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: hm bilinear)"
    reconciliation_key = "hm_reconciliation"
    degree = 2

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )


@register
class LphmParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C` with W = F (x) (S T), F (p, q), S (d/p, r), T (r, d/q).

    C = x and d = b in attribute mode, C = x^T and d = m in instance mode (any number of rows).
    w holds F, S and T in this order, row by row. W is not formed: each object is brought to
    min(p, q) r numbers, W = (I (x) S) (F (x) T), and an entry of A is a product of such vectors.

    In the flat layout W has at most the rank s / q if q divides s: 1 for p = q = sqrt(d). The
    Kronecker product has the product of the ranks of its factors.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        r: rank, >= 1; needed.
        p: number of rows of the left factor, a divisor of d; needed.
        q: number of columns of the left factor, a divisor of d; None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1 or the layout is unknown; also an AssertionError if p or q is
            missing or not a divisor.

    Example:
        >>> import torch
        >>> f = LphmParameterizedBilinearInterdependence(m=6, r=2, p=3)
        >>> f.l, f(torch.ones(5, 6)).shape, f.matrix(torch.ones(5, 6)).shape
        (17, torch.Size([5, 6]), torch.Size([5, 5]))
    """

    formula = "A = C^T (F (x) (S T)) C, C = x or x^T, l = p q + r (d/p + d/q), d = b or m"
    size_formula = "l = p q + r (d / p + d / q)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: lphm bilinear)"
    reconciliation_key = "lphm_reconciliation"
    degree = 3

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        r: int | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )


@register
class DualLphmParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C`, W = (P Q) (x) (S T), P (p, r), Q (r, q), S (d/p, r), T (r, d/q).

    C = x and d = b in attribute mode, C = x^T and d = m in instance mode (any number of rows).
    W is not formed: each object is brought to r^2 numbers, W = (P (x) S) (Q (x) T), and an entry of
    A is a product of such vectors.

    In the flat layout W has at most the rank s / q if q divides s: 1 for p = q = sqrt(d). The
    Kronecker product has the product of the ranks of its factors.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        r: rank, >= 1; needed.
        p: number of rows of the left factor, a divisor of d; needed.
        q: number of columns of the left factor, a divisor of d; None: p.
        layout: ``"kronecker"`` (the definition) or ``"flat"`` (tinybig's reshaped product).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if r < 1 or the layout is unknown; also an AssertionError if p or q is
            missing or not a divisor.

    Example:
        >>> import torch
        >>> f = DualLphmParameterizedBilinearInterdependence(m=6, r=1, p=2)
        >>> f.l, f(torch.ones(5, 6)).shape, f.matrix(torch.ones(5, 6)).shape
        (10, torch.Size([5, 6]), torch.Size([5, 5]))
    """

    formula = "A = C^T ((P Q) (x) (S T)) C, l = r (p + q + s + t), d = p s = q t = b or m"
    size_formula = "l = r (p + q + s + t)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: dual lphm bilinear)"
    reconciliation_key = "dual_lphm_reconciliation"
    degree = 4

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        r: int | None = None,
        p: int | None = None,
        q: int | None = None,
        layout: str = "kronecker",
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
            p=p,
            q=q,
            layout=layout,
        )
