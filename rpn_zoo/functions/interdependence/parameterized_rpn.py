"""Parameterized RPN interdependence: A is itself the output of a small RPN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.contraction import chosen_rule, contract
from rpn_zoo.functions.expansion import IdentityExpansion
from rpn_zoo.functions.interdependence.association import spares_matrix
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.registry import create, register
from rpn_zoo.functions.transformation import Transformation


@register
class ParameterizedRpnInterdependence(Interdependence):
    r"""A = kappa(C^T) psi(w)^T: the objects are expanded and mapped as the rows of a head are.

    The rows of C^T are the attributes, vectors over the b instances, or the instances, vectors over
    the m attributes. Attribute mode: kappa on b columns, A (m, m'), batches of exactly b rows.
    Instance mode: kappa on m columns, A (b, b').

    Args:
        m: number of attributes.
        b: number of instances; needed.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        data_transformation: kappa, the name (and options) of an expansion or compression; needed.
        parameter_fabrication: psi, the name (and options) of a reconciliation; needed.
        m_prime: number of columns of A in attribute mode; None: m.
        b_prime: number of columns of A in instance mode; None: b.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if kappa or psi is missing or of another family.

    Example:
        >>> f = ParameterizedRpnInterdependence(
        ...     m=3, b=5, m_prime=2,
        ...     data_transformation="taylor_expansion", parameter_fabrication="lorr_reconciliation",
        ... )
        >>> f.l, f(torch.ones(5, 3)).shape
        (64, torch.Size([5, 2]))
    """

    formula = "A = kappa(C^T) psi(w)^T, C = x or x^T, psi(w) (m', D) or (b', D)"
    size_formula = "l = that of parameter_fabrication"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: parameterized RPN)"
    stateful = True
    fixed_rows = True
    needs_data = True
    row_independent = False
    depends = ()

    expansion: Transformation
    reconciliation: Reconciliation

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        data_transformation: Spec | None = None,
        parameter_fabrication: Spec | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        if data_transformation is None or parameter_fabrication is None:
            raise ValueError(
                f"{self.key()} needs data_transformation and parameter_fabrication, "
                f"got {data_transformation!r} and {parameter_fabrication!r}."
            )
        _, prime = self.prime(interdependence_type, m_prime, b_prime)
        super().__init__(
            m, b, interdependence_type, prime, preprocess_functions, postprocess_functions
        )
        self.expansion = create(data_transformation, m=self.b if self.mode == "attribute" else m)
        if not isinstance(self.expansion, Transformation):
            raise ValueError(
                "data_transformation must name an expansion or a compression, "
                f"got {data_transformation!r}."
            )
        self.reconciliation = create(
            parameter_fabrication,
            n=self.size_prime,
            D=self.expansion.D,
            generator=generator,
            init=init,
        )
        if not isinstance(self.reconciliation, Reconciliation):
            raise ValueError(
                f"parameter_fabrication must name a reconciliation, got {parameter_fabrication!r}."
            )
        self.l = self.reconciliation.l
        self.identity = IdentityExpansion(self.expansion.D)

    @property
    def w(self) -> nn.Parameter:
        """The parameters, (1, l)."""
        return self.reconciliation.w

    def parts(self) -> list[nn.Parameter]:
        """The parameter w (1, l), where there is one."""
        return [self.w] if self.l else []

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0)."""
        self.reconciliation.reset_parameters(generator, init)

    def build(self, C: Tensor) -> Tensor:
        """The matrix A (..., o, o'), by the fastest contraction."""
        return self._contract(self.expansion, C.mT)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """(Z kappa) psi^T where Z has few rows and no rule evaluates A by structure, else Z A."""
        structured = chosen_rule(self.expansion, self.reconciliation) is not None
        o, columns, D = C.shape[-1], self.reconciliation.n, self.expansion.D
        if structured or not spares_matrix(Z.shape[-2], D, o, columns):
            return super().mix(C, Z)
        rows = C.mT
        K = self.expansion(rows.flatten(0, -2)).unflatten(0, rows.shape[:-1])
        return self._contract(self.identity, Z @ K)

    def _contract(self, expansion: Transformation, rows: Tensor) -> Tensor:
        """< expansion, psi(w) > of rows (..., m) with any leading axes: (..., n)."""
        y = contract(expansion, self.reconciliation, rows.flatten(0, -2)).squeeze(1)
        return y.unflatten(0, rows.shape[:-1])
