"""Constant c interdependence: every entry is the same number."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class ConstantCInterdependence(Interdependence):
    r"""Every entry of A is c: each column (row) of the result is c times the sum of all.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        c: the entries' value.
        m_prime: number of columns of the result; needed in attribute mode.
        b_prime: number of rows of the result; needed in instance mode.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if c is not a finite number or the size of the mode is missing.

    Example:
        >>> import torch
        >>> f = ConstantCInterdependence(m=3, c=0.5, m_prime=2)
        >>> f(torch.tensor([[1.0, 2.0, 3.0]]))
        tensor([[3., 3.]])
    """

    formula = "A = c 1: y_j = c sum_i z_i for every j"
    source = "RPN 2, arXiv:2411.11162, section 4 (data interdependence functions: constant)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        c: float = 1.0,
        m_prime: int | None = None,
        b_prime: int | None = None,
        postprocess_functions: Processing = None,
    ) -> None:
        name, prime = self.prime(interdependence_type, m_prime, b_prime)
        if prime is None:
            raise ValueError(f"{self.key()} needs {name}, the number of columns of A.")
        super().__init__(
            m, b, interdependence_type, prime, postprocess_functions=postprocess_functions
        )
        self.c = check_finite("c", c)

    def build(self, C: Tensor) -> Tensor:
        """The matrix: one number, expanded."""
        return C.new_full((), self.c).expand(C.shape[-1], self.columns)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """The sums of the rows of Z times c, repeated: one addition a number."""
        total = Z.sum(-1, keepdim=True) * self.c
        return total.expand(*Z.shape[:-1], self.columns)
