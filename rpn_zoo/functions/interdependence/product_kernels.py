"""Kernels of inner products as interdependence."""

from __future__ import annotations

import functools

from torch import Tensor

from rpn_zoo.functions.checks import check_finite
from rpn_zoo.functions.interdependence.kernel import KernelInterdependence
from rpn_zoo.functions.kernels import products
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class LinearKernelInterdependence(KernelInterdependence):
    r"""The inner products of all columns, :math:`A_{ij} = \langle c_i, c_j \rangle`.

    Without post-processing A is not formed where (z x^T) x costs less.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> LinearKernelInterdependence(m=2)(torch.tensor([[1.0, 2.0]]))
        tensor([[ 5., 10.]])
    """

    formula = "A[i, j] = <c_i, c_j>, c = columns of x or of x^T"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: linear kernel)"

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
            products.linear_kernel,
            preprocess_functions,
            postprocess_functions,
        )

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """(Z C^T) C or Z (C^T C), by the fewer products."""
        return self.times_product(Z, C, C)


@register
class PolynomialKernelInterdependence(KernelInterdependence):
    r"""Powers of inner products, :math:`A_{ij} = (\langle c_i, c_j \rangle + c)^d`.

    With d = 1 and without post-processing A is not formed where (z x^T) x costs less.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        c: what is added to the inner products.
        d: exponent. A negative base has no fractional power (NaN).
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if c or d is no finite number; when called, if d < 0 and a base is 0.

    Example:
        >>> import torch
        >>> PolynomialKernelInterdependence(m=2, c=1.0)(torch.tensor([[1.0, 2.0]]))
        tensor([[ 8., 13.]])
    """

    formula = "A[i, j] = (<c_i, c_j> + c)^d"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: polynomial kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        c: float = 0.0,
        d: float = 1,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(products.polynomial_kernel, c=c, d=d),
            preprocess_functions,
            postprocess_functions,
        )
        self.c = check_finite("c", c)
        self.d = check_finite("d", d)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """For d = 1 as for the linear kernel, plus c times the sums of the rows of Z."""
        if self.d != 1:
            return super().mix(C, Z)
        y = self.times_product(Z, C, C)
        return y if self.c == 0 else y + self.c * Z.sum(-1, keepdim=True)


@register
class HyperbolicTangentKernelInterdependence(KernelInterdependence):
    r"""Squashed inner products, :math:`A_{ij} = \tanh(\alpha \langle c_i, c_j \rangle + c)`.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        c: what is added.
        alpha: factor of the inner products.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Raises:
        ValueError: if c or alpha is no finite number.

    Example:
        >>> import torch
        >>> f = HyperbolicTangentKernelInterdependence(m=2, alpha=0.5)
        >>> f.matrix(torch.zeros(3, 2))
        tensor([[0., 0.],
                [0., 0.]])
    """

    formula = "A[i, j] = tanh(alpha <c_i, c_j> + c)"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: hyperbolic tangent kernel)"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        c: float = 0.0,
        alpha: float = 1.0,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            functools.partial(products.hyperbolic_tangent_kernel, c=c, alpha=alpha),
            preprocess_functions,
            postprocess_functions,
        )
        self.c = check_finite("c", c)
        self.alpha = check_finite("alpha", alpha)


@register
class CosineSimilarityInterdependence(KernelInterdependence):
    r"""The cosines of the angles of all columns; 0 for a column of zeros, also with itself.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> CosineSimilarityInterdependence(m=2).matrix(torch.tensor([[3.0, 0.0], [4.0, 0.0]]))
        tensor([[1., 0.],
                [0., 0.]])
    """

    formula = "A[i, j] = <c_i, c_j> / (|c_i| |c_j|), 0 if one of them is 0"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: cosine similarity)"

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
            products.cosine_similarity_kernel,
            preprocess_functions,
            postprocess_functions,
        )
