"""Bilinear interdependence: scores c_i^T W c_j of all pairs of columns, W fabricated."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.factored_products import left_product, score_factors
from rpn_zoo.functions.initialization import check_init, dense_variance
from rpn_zoo.functions.interdependence.association import spares_matrix
from rpn_zoo.functions.interdependence.attention import attention, column_softmax, score_factor
from rpn_zoo.functions.interdependence.reconciled import ReconciledInterdependence
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


class BilinearInterdependence(ReconciledInterdependence):
    r"""Scores :math:`A = C^T W C`, C = x or :math:`x^T`; a reconciliation fabricates W (d, d).

    Attribute mode: :math:`A = x^T W x` (m, m), W (b, b), batches of exactly b rows. Instance mode:
    :math:`A = x W x^T` (b, b), W (m, m), batches of any number of rows. Neither W nor A is formed
    where their factors cost less. A softmax over columns as the only post-processing is attention.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` (see :attr:`score_variance`) or ``"tinybig"``.
        options: the reconciliation's options.

    Attributes:
        score_variance: the variance that fan-aware initial values give to the scores of data with
            variance 1. Before a softmax it is 1 after rescaling; otherwise A mixes the objects as a
            good dense layer would.
    """

    default_type = "instance"
    fixed_rows = True
    any_batch = True
    needs_data = True
    row_independent = False
    depends = ()
    degree: ClassVar[int] = 1
    """How many parameters are multiplied in each term of an entry of W."""

    score_variance: float

    def __init__(
        self,
        m: int,
        b: int | None,
        interdependence_type: str | None,
        preprocess_functions: Processing,
        postprocess_functions: Processing,
        generator: torch.Generator | None,
        init: str,
        **options: Any,
    ) -> None:
        super().__init__(
            m, b, interdependence_type, None, preprocess_functions, postprocess_functions
        )
        # W compares columns of C: its size is the number of the rows of C.
        name, d = ("b", self.b) if self.mode == "attribute" else ("m", self.m)
        assert d is not None
        objects = self.size or self.b or d
        factor = score_factor(self.postprocess)
        self.score_variance = 1 / factor**2 if factor else dense_variance(objects, objects)
        generator = default_generator(generator)
        self._own((name, d), (name, d), generator, init, options)
        self._scale(init)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0)."""
        super().reset_parameters(generator, init)
        self._scale(init)

    def _scale(self, init: str) -> None:
        """Bring W from the variance of a dense layer to that which the scores ask for."""
        if check_init(init) != "fan_aware":
            return
        d = self.reconciliation.n
        ratio = self.score_variance / d**2 / dense_variance(d, d)
        with torch.no_grad():
            self.w.mul_(ratio ** (0.5 / self.degree))

    def scores(self, C: Tensor) -> tuple[Tensor, Tensor]:
        """Keys K and queries Q (..., o, k) with A[i, j] = K_i Q_j, the product of their rows."""
        return score_factors(self.reconciliation, C.mT)

    def build(self, C: Tensor) -> Tensor:
        """The scores of all pairs of columns."""
        K, Q = self.scores(C)
        return K @ Q.mT

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        """The scores of some pairs (source, target), (..., E): E k products."""
        K, Q = self.scores(C)
        return (K.index_select(-2, pattern[0]) * Q.index_select(-2, pattern[1])).sum(-1)

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z C^T W C, associated so that neither A nor W is formed where that costs more."""
        K, Q = self.scores(C)
        return self.times_product(Z, K.mT, Q.mT)

    def apply_to(self, C: Tensor, Z: Tensor) -> Tensor:
        """Z post(A), by attention where the post-processing is a plain softmax over columns."""
        softmax = column_softmax(self.postprocess)
        if softmax is None or softmax.mask_zeros:
            return super().apply_to(C, Z)
        K, Q = self.scores(C)
        return attention(Q, K, Z.mT, softmax.rescale_factor).mT


@register
class ParameterizedBilinearInterdependence(BilinearInterdependence):
    r"""Scores :math:`A = C^T W C`, C = x or :math:`x^T`, every entry of W is a parameter.

    Attribute mode: :math:`A = x^T W x` (m, m), W (b, b), batches of exactly b rows. Instance mode:
    :math:`A = x W x^T` (b, b), W (m, m), batches of any number of rows. A is not formed where
    (z x^T) (W x) costs less. A softmax over columns as the only post-processing is attention.

    Args:
        m: number of attributes.
        b: number of instances; needed in attribute mode.
        interdependence_type: ``"instance"`` (default) or ``"attribute"``.
        preprocess_functions: applied to C, only for computing A.
        postprocess_functions: applied to A.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Example:
        >>> f = ParameterizedBilinearInterdependence(m=3)
        >>> f.l, f(torch.ones(5, 3)).shape, f.matrix(torch.ones(5, 3)).shape
        (9, torch.Size([5, 3]), torch.Size([5, 5]))
    """

    formula = "A = C^T w.view(d, d) C, C = x or x^T, l = d^2, d = b or m"
    size_formula = "l = d^2"
    source = "RPN 2, arXiv:2411.11162, section 4 (interdependence: parameterized bilinear)"
    reconciliation_key = "identity_reconciliation"

    def __init__(
        self,
        m: int,
        b: int | None = None,
        interdependence_type: str | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(
            m,
            b,
            interdependence_type,
            preprocess_functions,
            postprocess_functions,
            generator,
            init,
        )

    def mix(self, C: Tensor, Z: Tensor) -> Tensor:
        """(Z C^T W) C where Z has fewer rows than there are objects, else as in general."""
        rows, d, o = Z.shape[-2], *C.shape[-2:]
        if spares_matrix(rows, d, o, o) and not torch.compiler.is_exporting() and rows < o:
            return left_product(self.reconciliation, Z @ C.mT) @ C
        return super().mix(C, Z)
