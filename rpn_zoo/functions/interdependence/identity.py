"""Identity interdependence: every object keeps to itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class IdentityInterdependence(Interdependence):
    r"""A[i, j] = 1 if i = j, else 0. Also under the name ``eye_interdependence``.

    Rectangular, the result is cut after m' columns (b' rows), or filled up with zeros.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of the result in attribute mode; None: m.
        b_prime: number of rows of the result in instance mode; None: b.
        postprocess_functions: applied to A.

    Example:
        >>> f = IdentityInterdependence(m=2, m_prime=3)
        >>> f(torch.tensor([[1.0, 2.0]]))
        tensor([[1., 2., 0.]])
    """

    formula = "A = I: y = z, cut or filled up with zeros"
    source = "RPN 2, arXiv:2411.11162, section 4 (data interdependence functions: identity)"
    aliases = ("eye_interdependence",)

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        postprocess_functions: Processing = None,
    ) -> None:
        _, prime = self.prime(interdependence_type, m_prime, b_prime)
        super().__init__(
            m, b, interdependence_type, prime, postprocess_functions=postprocess_functions
        )

    def build(self, C: Tensor) -> Tensor:
        """The identity matrix (o, o')."""
        return torch.eye(C.shape[-1], self.columns, dtype=C.dtype, device=C.device)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """The first o' columns of Z, or Z with zeros after it: no products."""
        more = self.columns - Z.shape[-1]
        return Z if more == 0 else nn.functional.pad(Z, (0, more))
