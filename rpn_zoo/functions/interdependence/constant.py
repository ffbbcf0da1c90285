"""Constant interdependence: a given matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register

Matrix: TypeAlias = "Tensor | Sequence[Sequence[float]]"


@register
class ConstantInterdependence(Interdependence):
    r"""A is a given matrix, (m, m') in attribute or (b, b') in instance mode; saved as ``A``.

    A tensor stays in its dtype and is converted to that of the data; a list takes torch's default
    dtype. An ``nn.Parameter`` is registered as such and trained.

    Args:
        m: number of attributes.
        A: the matrix; its columns tell m' (b').
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if A has not two axes, or its rows are not the m attributes (b instances).

    Example:
        >>> f = ConstantInterdependence(m=2, A=[[1.0, 0.0, 2.0], [0.0, 1.0, 2.0]])
        >>> f.m_prime, f(torch.tensor([[3.0, 4.0]]))
        (3, tensor([[ 3.,  4., 14.]]))
    """

    formula = "A given: y = z A, or A^T z"
    source = "RPN 2, arXiv:2411.11162, section 4 (data interdependence functions: constant)"
    stateful = True

    A: Tensor

    def __init__(
        self,
        m: int,
        A: Matrix,
        b: int | None = None,
        interdependence_type: str | None = None,
        postprocess_functions: Processing = None,
    ) -> None:
        if A is None:
            raise ValueError("A must be a matrix, got None.")
        given = A if isinstance(A, Tensor) else torch.tensor(A)
        if given.dim() != 2:
            raise ValueError(f"A must be a matrix, got the shape {tuple(given.shape)}.")
        super().__init__(
            m, b, interdependence_type, given.shape[1], postprocess_functions=postprocess_functions
        )
        if given.shape[0] != self.size:
            what = "m" if self.mode == "attribute" else "b"
            raise ValueError(
                f"A must have {what} = {self.size} rows in {self.mode} mode, "
                f"got the shape {tuple(given.shape)}."
            )
        if isinstance(given, nn.Parameter):
            self.A = given
        else:
            dtype = given.dtype if given.is_floating_point() else torch.get_default_dtype()
            self.register_buffer("A", given.detach().to(dtype, copy=True))
            self._options["A"] = given.tolist()

    def update_A(self, A: Matrix) -> None:
        """Replace the matrix by another of the same shape.

        Raises:
            ValueError: if the shape differs.
        """
        given = torch.as_tensor(A)
        if given.shape != self.A.shape:
            raise ValueError(
                f"A must keep the shape {tuple(self.A.shape)}, got {tuple(given.shape)}."
            )
        with torch.no_grad():
            self.A.copy_(given)
        if not isinstance(self.A, nn.Parameter):
            self._options["A"] = given.tolist()

    def build(self, C: Tensor) -> Tensor:
        """The matrix, in the dtype of the data."""
        return self.A.to(C.dtype)
