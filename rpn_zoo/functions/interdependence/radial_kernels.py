"""Radial kernels as interdependence."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.interdependence.kernel import KernelInterdependence
from rpn_zoo.functions.kernels import radial
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class ExponentialKernelInterdependence(KernelInterdependence):
    r"""Kernels :math:`A_{ij} = \exp(-\gamma \|c_i - c_j\|_2^2)`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        gamma: factor of the squared distance.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if gamma is no finite number.

    Example:
        >>> ExponentialKernelInterdependence(m=2, gamma=0.5).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-gamma |c_i - c_j|_2^2)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: exponential kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        gamma: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(radial.exponential_kernel, gamma=gamma),
            preprocess_functions,
            postprocess_functions,
        )
        self.gamma = check_finite("gamma", gamma)


@register
class GaussianRbfKernelInterdependence(KernelInterdependence):
    r"""Gaussian kernels :math:`A_{ij} = \exp(-\|c_i - c_j\|_2^2 / (2 \sigma^2))`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        sigma: width, > 0.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if sigma is not a positive number.

    Example:
        >>> GaussianRbfKernelInterdependence(m=2, sigma=2.0).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_2^2 / (2 sigma^2))"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Gaussian RBF kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        sigma: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(radial.gaussian_rbf_kernel, sigma=sigma),
            preprocess_functions,
            postprocess_functions,
        )
        self.sigma = radial.check_width("sigma", sigma)


@register
class LaplacianKernelInterdependence(KernelInterdependence):
    r"""Laplacian kernels :math:`A_{ij} = \exp(-\|c_i - c_j\|_1 / \sigma)`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        sigma: width, not 0.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if sigma is 0 or no finite number.

    Example:
        >>> LaplacianKernelInterdependence(m=2, sigma=2.0).matrix(torch.zeros(3, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-|c_i - c_j|_1 / sigma)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Laplacian kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        sigma: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(radial.laplacian_kernel, sigma=sigma),
            preprocess_functions,
            postprocess_functions,
        )
        self.sigma = radial.check_width("sigma", sigma, negative=True)


@register
class AnisotropicRbfKernelInterdependence(KernelInterdependence):
    r"""Kernels :math:`A_{ij} = \exp(-\sum_k a_k (C_{ki} - C_{kj})^2)`, a factor a coordinate.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        a_vector: the factors, of any sign: one for each of the b instances in attribute mode (the
            batch must then have b rows), one for each of the m attributes in instance mode.
        a_scalar: the factor of all coordinates where ``a_vector`` is not given.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if ``a_vector`` has another length, or b is missing.

    Example:
        >>> f = AnisotropicRbfKernelInterdependence(m=2, b=1, a_vector=[0.5])
        >>> f.matrix(torch.zeros(1, 2))
        tensor([[1., 1.],
                [1., 1.]])
    """

    formula = "A[i, j] = exp(-sum_k a_k (C[k, i] - C[k, j])^2)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: anisotropic RBF)"

    a_vector: Tensor | None

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        a_vector: Sequence[float] | Tensor | None = None,
        a_scalar: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        # The factors belong to the rows of C.
        self.fixed_rows = a_vector is not None
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(radial.anisotropic_rbf_kernel, a_scalar=a_scalar),
            preprocess_functions,
            postprocess_functions,
        )
        self.a_scalar = check_finite("a_scalar", a_scalar)
        factors = None
        if a_vector is not None:
            factors = torch.as_tensor(a_vector)
            if not factors.is_floating_point():
                factors = factors.to(torch.get_default_dtype())
            factors = factors.detach().clone()
            self._options["a_vector"] = factors.tolist()
            radial.check_factors(factors, self.b if self.mode == "attribute" else self.m)
        # Not saved: the config has it.
        self.register_buffer("a_vector", factors, persistent=False)

    def build(self, C: Tensor) -> Tensor:
        """The kernel's values for all pairs of columns."""
        return radial.anisotropic_rbf_kernel(C, self.a_vector, self.a_scalar)
