"""One interdependence: every entry is 1."""

from __future__ import annotations

from rpn_zoo.functions.interdependence.constant_c import ConstantCInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class OneInterdependence(ConstantCInterdependence):
    r"""Every entry of A is 1: constant_c_interdependence with c = 1.

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
        >>> OneInterdependence(m=3, m_prime=2)(torch.tensor([[1.0, 2.0, 3.0]]))
        tensor([[6., 6.]])
    """

    formula = "A = 1: y_j = sum_i z_i for every j"
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
        super().__init__(m, b, interdependence_type, 1.0, m_prime, b_prime, postprocess_functions)
