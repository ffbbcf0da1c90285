"""Kernels: pure functions that compare the columns of C (..., s, n), giving (..., n, n)."""

from rpn_zoo.functions.kernels.table import (
    KERNELS,
    Kernel,
    check_weights,
    resolve_kernel,
    weighted_kernel,
)

__all__ = ["KERNELS", "Kernel", "check_weights", "resolve_kernel", "weighted_kernel"]
