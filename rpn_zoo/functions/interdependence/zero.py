"""Zero interdependence: every entry is 0."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.interdependence.constant_c import ConstantCInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class ZeroInterdependence(ConstantCInterdependence):
    r"""A = 0: constant_c_interdependence with c = 0; the result is 0 whatever the data.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        m_prime: number of columns of the result; needed in attribute mode.
        b_prime: number of rows of the result; needed in instance mode.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if the size of the mode is missing.

    Example:
        >>> import torch
        >>> ZeroInterdependence(m=3, m_prime=2)(torch.ones(1, 3))
        tensor([[0., 0.]])
    """

    formula = "A = 0: y = 0"
    source = "RPN 2, arXiv:2411.11162, section 4 (data interdependence functions: constant)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        m_prime: int | None = None,
        b_prime: int | None = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, b, interdependence_type, 0.0, m_prime, b_prime, postprocess_functions)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Zeros (..., rows, o')."""
        return Z.new_zeros(()).expand(*Z.shape[:-1], self.columns)
