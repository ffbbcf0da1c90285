"""Interdependence by kernels that are given by name or as functions."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.component import Spec
from rpn_zoo.functions.interdependence.kernel import KernelInterdependence
from rpn_zoo.functions.kernels import (
    Kernel,
    check_weights,
    resolve_kernel,
    weighted_kernel,
)
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class NumericalKernelBasedInterdependence(KernelInterdependence):
    r"""A kernel of the columns that is named or given as a function.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        kernel: a name such as ``linear_kernel``, ``{name: gaussian_rbf_kernel, sigma: 2.0}``, or a
            function of C (..., s, n) that compares its columns, (..., n, n), which no config can
            hold; needed.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if the kernel is missing, unknown or has a bad option.

    Example:
        >>> import torch
        >>> f = NumericalKernelBasedInterdependence(m=2, kernel="linear_kernel")
        >>> f(torch.tensor([[1.0, 2.0]]))
        tensor([[ 5., 10.]])
    """

    formula = "A[i, j] = kernel(c_i, c_j)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: kernel based)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        kernel: Spec | Kernel | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        if kernel is None:
            raise ValueError(f"{self.key()} needs a kernel, got None.")
        super().__init__(
            m,
            b,
            interdependence_type,
            resolve_kernel("kernel", kernel),
            preprocess_functions,
            postprocess_functions,
        )


@register
class StatisticalKernelBasedInterdependence(NumericalKernelBasedInterdependence):
    r"""A statistical kernel of the columns that is named or given as a function.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        kernel: a name such as ``pearson_correlation_kernel``, or a function of C (..., s, n) that
            compares its columns, (..., n, n) (which no config can hold); needed.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if the kernel is missing, unknown or has a bad option.

    Example:
        >>> import torch
        >>> f = StatisticalKernelBasedInterdependence(m=2, kernel="pearson_correlation_kernel")
        >>> f.matrix(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
        tensor([[1., 0.],
                [0., 1.]])
    """

    formula = "A[i, j] = kernel(c_i, c_j)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: kernel based)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        kernel: Spec | Kernel | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m, b, interdependence_type, kernel, preprocess_functions, postprocess_functions
        )


@register
class CustomHybridKernelInterdependence(KernelInterdependence):
    r"""A weighted sum of kernels, :math:`A = \sum_k weight_k kernel_k`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        kernels: names, names with options, or functions as for
            :class:`NumericalKernelBasedInterdependence`; needed.
        weights: a number for each kernel; None: 1 / (number of kernels).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if there are no kernels, one is unknown, or there is not a weight for each.

    Example:
        >>> import torch
        >>> kernels = ["linear_kernel", {"name": "gaussian_rbf_kernel", "sigma": 2.0}]
        >>> CustomHybridKernelInterdependence(m=2, kernels=kernels).matrix(torch.zeros(3, 2))
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
    """

    formula = "A[i, j] = sum_k weight_k kernel_k(c_i, c_j)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: custom hybrid kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        kernels: Sequence[Spec | Kernel] | None = None,
        weights: Sequence[float] | Tensor | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        if not isinstance(kernels, (list, tuple)) or not kernels:
            raise ValueError(f"kernels must name at least one kernel, got {kernels!r}.")
        factors = check_weights(weights, len(kernels))
        resolved = [resolve_kernel("kernels", kernel) for kernel in kernels]
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(weighted_kernel, resolved, factors),
            preprocess_functions,
            postprocess_functions,
        )
        self.weights = factors
        if weights is not None:
            self._options["weights"] = list(factors)
