"""Statistical kernels as interdependence."""

from __future__ import annotations

from rpn_zoo.functions.interdependence.kernel import KernelInterdependence
from rpn_zoo.functions.kernels import statistics
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class KlDivergenceInterdependence(KernelInterdependence):
    r"""The Kullback-Leibler divergences of the softmax of the columns.

    .. math:: A_{ij} = \sum_k P_{ki} (\log P_{ki} - \log P_{kj}), \quad P_{\cdot i} = softmax(c_i)

    A is not symmetric; its diagonal is 0.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> KlDivergenceInterdependence(m=2).matrix(torch.zeros(3, 2))
        tensor([[0., 0.],
                [0., 0.]])
    """

    formula = "A[i, j] = sum_k P[k, i] log(P[k, i] / P[k, j]), P = softmax of each column"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: KL divergence)"

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
            statistics.kl_divergence_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class PearsonCorrelationInterdependence(KernelInterdependence):
    r"""The correlations of the columns; 1 on the diagonal, else 0 with a constant column.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> PearsonCorrelationInterdependence(m=2).matrix(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
        tensor([[1., 0.],
                [0., 1.]])
    """

    formula = "A[i, j] = correlation of c_i and c_j, A[i, i] = 1"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: Pearson correlation)"

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
            statistics.pearson_correlation_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class RvCoefficientInterdependence(KernelInterdependence):
    r"""The correlations of the columns, negative ones as 0; the diagonal is 0.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> RvCoefficientInterdependence(m=2).matrix(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
        tensor([[0., 0.],
                [0., 0.]])
    """

    formula = "A[i, j] = max(correlation of c_i and c_j, 0), A[i, i] = 0"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: RV coefficient)"

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
            statistics.rv_coefficient_kernel,
            preprocess_functions,
            postprocess_functions,
        )


@register
class MutualInformationInterdependence(KernelInterdependence):
    r"""The mutual information of the columns if they were Gaussian; the diagonal is 0.

    .. math:: A_{ij} = \tfrac12 \log \frac{v_i v_j}{v_i v_j - cov_{ij}^2}

    Variances v and the determinant below the line are at least 1e-10, the result at least 0.

    Args:
        m: number of attributes.
        b: number of instances; needed in instance mode.
        interdependence_type: ``"attribute"`` (default) or ``"instance"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.

    Example:
        >>> import torch
        >>> MutualInformationInterdependence(m=2).matrix(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
        tensor([[0., 0.],
                [0., 0.]])
    """

    formula = "A[i, j] = log(v_i v_j / (v_i v_j - cov_ij^2)) / 2, A[i, i] = 0"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: mutual information)"

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
            statistics.mutual_information_kernel,
            preprocess_functions,
            postprocess_functions,
        )
