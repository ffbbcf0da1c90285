"""Kernels exp(-distance) as interdependence."""

from __future__ import annotations

import functools

from rpn_zoo.functions.interdependence.kernel import KernelInterdependence
from rpn_zoo.functions.kernels import distances
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class MinkowskiDistanceInterdependence(KernelInterdependence):
    r"""Kernels of p-norm distances, :math:`A_{ij} = \exp(-\|c_i - c_j\|_p)`.

    p = 0 counts the coordinates that differ, p = inf (-inf) takes the largest (smallest)
    difference. Gradients at equal columns are 0.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        p: a number, ``"inf"``, ``"-inf"``, or ``"fro"`` (2); needed.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if p is missing or not one of these.

    Example:
        >>> import torch
        >>> MinkowskiDistanceInterdependence(m=2, p="inf").matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_p)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Minkowski distance)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        p: float | str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        exponent = distances.order(p)
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(distances.minkowski_distance_kernel, p=exponent),
            preprocess_functions,
            postprocess_functions,
        )
        self.p = exponent


@register
class ManhattanDistanceInterdependence(KernelInterdependence):
    r"""Kernels of Manhattan distances, :math:`A_{ij} = \exp(-\|c_i - c_j\|_1)`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> ManhattanDistanceInterdependence(m=2).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_1)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Manhattan distance)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            distances.manhattan_distance_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class EuclideanDistanceInterdependence(KernelInterdependence):
    r"""Kernels of Euclidean distances, :math:`A_{ij} = \exp(-\|c_i - c_j\|_2)`.

    Distances are taken from differences, so that equal columns have distance 0 (a Gram matrix would
    leave the root of a rounding error).

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> EuclideanDistanceInterdependence(m=2).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_2)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Euclidean distance)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            distances.euclidean_distance_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class ChebyshevDistanceInterdependence(KernelInterdependence):
    r"""Kernels of Chebyshev distances, :math:`A_{ij} = \exp(-\|c_i - c_j\|_\infty)`.

    Of coordinates with the same largest difference one has the gradient.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> ChebyshevDistanceInterdependence(m=2).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_inf)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Chebyshev distance)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            distances.chebyshev_distance_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class CanberraDistanceInterdependence(KernelInterdependence):
    r"""Kernels of Canberra distances, :math:`A_{ij} = \exp(-\sum_k |u_k - v_k| / (|u_k| + |v_k|))`.

    u and v are the columns c_i and c_j; 1e-10 is added to each denominator.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> CanberraDistanceInterdependence(m=2).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-sum_k |u_k - v_k| / (|u_k| + |v_k| + 1e-10)), u = c_i, v = c_j"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Canberra distance)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            distances.canberra_distance_kernel,
            preprocess_functions,
            postprocess_functions,
        )
