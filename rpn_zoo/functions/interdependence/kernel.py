"""The common part of the kernel interdependences: A[i, j] = k(c_i, c_j), from data alone."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.interdependence.base import Interdependence
from rpn_zoo.functions.kernels import Kernel
from rpn_zoo.functions.processing import Processing


class KernelInterdependence(Interdependence):
    r"""A compares all pairs of attributes (over the batch) or of instances (over the attributes).

    A is (m, m) for a batch of any number of rows, or (b, b) for exactly b rows. Every row of the
    result depends on all rows of x.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        kernel: a function of C (..., s, n) that compares its columns, (..., n, n).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
    """

    needs_data = True
    row_independent = False
    depends = ()

    def __init__(
        self,
        m: int,
        b: int | None,
        interdependence_type: str | None,
        kernel: Kernel,
        preprocess_functions: Processing,
        postprocess_functions: Processing,
    ) -> None:
        super().__init__(
            m, b, interdependence_type, None, preprocess_functions, postprocess_functions
        )
        self._kernel = kernel

    def build(self, C: Tensor) -> Tensor:
        """The kernel's values for all pairs of columns."""
        return self._kernel(C)
