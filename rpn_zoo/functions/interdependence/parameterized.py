"""Parameterized interdependence: A is fabricated from parameters, without data."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rpn_zoo.functions.factored_products import left_product
from rpn_zoo.functions.interdependence.reconciled import ReconciledInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


class FabricatedInterdependence(ReconciledInterdependence):
    r"""A = W, (m, m') in attribute or (b, b') in instance mode, fabricated by a reconciliation.

    Without post-processing a W of low rank or Kronecker structure is applied by its factors.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        postprocess_functions: applied to A.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.
        options: the reconciliation's options.
    """

    def __init__(
        self,
        m: int,
        b: int | None,
        interdependence_type: str | None,
        m_prime: int | None,
        b_prime: int | None,
        postprocess_functions: Processing,
        generator: torch.Generator | None,
        init: str,
        **options: Any,
    ) -> None:
        name, prime = self.prime(interdependence_type, m_prime, b_prime)
        super().__init__(
            m, b, interdependence_type, prime, postprocess_functions=postprocess_functions
        )
        assert self.size is not None
        rows = (name.removesuffix("_prime"), self.size)
        self._own(rows, (name, self.columns), generator, init, options)

    def build(self, C: Tensor) -> Tensor:
        """The matrix W."""
        return self.reconciliation.weight()[0]

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z W by the factors of W."""
        return left_product(self.reconciliation, Z)


@register
class ParameterizedInterdependence(FabricatedInterdependence):
    r"""Every entry of A is a parameter, A = w reshaped to (m, m') or (b, b').

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = ParameterizedInterdependence(m=3, m_prime=2)
        >>> f.l, f(torch.ones(5, 3)).shape
        (6, torch.Size([5, 2]))
    """

    formula = "A = w.view(n, D), (n, D) = (m, m') or (b, b'), l = n D"
    size_formula = "l = n D"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: parameterized)"
    reconciliation_key = "identity_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m, b, interdependence_type, m_prime, b_prime, postprocess_functions, generator, init
        )
