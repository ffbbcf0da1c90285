"""Parameterized concatenation fusion: a linear map of the concatenated inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from rpn_zoo.functions.contraction import contract
from rpn_zoo.functions.expansion import IdentityExpansion
from rpn_zoo.functions.fusion.base import Fusion, equal_width
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.reconciliation import Reconciliation
from rpn_zoo.functions.registry import create, register


class ReconciledConcatenationFusion(Fusion):
    r"""A linear map :math:`y = [x_1, \dots, x_K] W^T` whose W (n, D) a reconciliation fabricates.

    The fusion owns the reconciliation, so that every layout, initialisation and contraction rule
    serves here too. Its parameters and frozen arrays have the prefix ``reconciliation.``.

    Args:
        dims: the widths of the inputs, D = n_1 + ... + n_K.
        n: output width; None: that of the inputs, which must then be equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of all values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.
        options: the reconciliation's options.
    """

    reconciliation_key: ClassVar[str]
    reconciliation: Reconciliation

    def __init__(
        self,
        dims: Sequence[int],
        n: int | None,
        preprocess_functions: Processing,
        postprocess_functions: Processing,
        generator: torch.Generator | None,
        init: str,
        **options: Any,
    ) -> None:
        n = equal_width(f"{self.key()} without n", dims) if n is None else n
        super().__init__(dims, n, preprocess_functions, postprocess_functions)
        self.D = sum(dims)
        self._identity = IdentityExpansion(self.D)
        self.reconciliation = create(
            {"name": self.reconciliation_key, **options},
            n=n,
            D=self.D,
            generator=generator,
            init=init,
        )
        self.l = self.reconciliation.l

    @property
    def w(self) -> nn.Parameter:
        """The parameters, (1, l)."""
        return self.reconciliation.w

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0)."""
        self.reconciliation.reset_parameters(generator, init)

    def fuse(self, xs: Sequence[Tensor]) -> Tensor:
        """Map K tensors (..., n_k) to (..., n)."""
        x = torch.cat(list(xs), dim=-1)
        y = contract(self._identity, self.reconciliation, x.reshape(-1, self.D))
        return y.reshape(*x.shape[:-1], self.n)


@register
class ParameterizedConcatenationFusion(ReconciledConcatenationFusion):
    r"""A dense map of the inputs side by side, :math:`y = [x_1, \dots, x_K] W^T`, l = n D.

    Args:
        dims: the widths of the inputs, D = n_1 + ... + n_K.
        n: output width; None: that of the inputs, which must then be equal.
        preprocess_functions: applied to the inputs.
        postprocess_functions: applied to the result.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if n is not given and the widths differ.

    Example:
        >>> f = ParameterizedConcatenationFusion([3, 2], n=4)
        >>> f.l, f([torch.ones(5, 3), torch.ones(5, 2)]).shape
        (20, torch.Size([5, 4]))
    """

    formula = "y = [x_1, ..., x_K] w.view(n, D)^T, D = n_1 + ... + n_K, l = n D"
    size_formula = "D = sum(dims); l = n D"
    source = "RPN 2, arXiv:2411.11162, section 4 (fusion functions: parameterized concatenation)"
    reconciliation_key = "identity_reconciliation"

    def __init__(
        self,
        dims: Sequence[int],
        n: int | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(dims, n, preprocess_functions, postprocess_functions, generator, init)
