"""The linear remainder: a dense residual map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_matrix
from rpn_zoo.functions.component import default_generator
from rpn_zoo.functions.initialization import (
    check_init,
    dense_variance,
    factor_std,
    normal_,
    tinybig_,
)
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.remainder.base import Remainder


@register
class LinearRemainder(Remainder):
    r"""A dense residual map :math:`\pi(x) = act(x w^T + b)`; the activation follows the product.

    Args:
        m: input width.
        n: output width.
        require_parameters: whether there is a matrix w (n, m); without it pi(x) = act(x), m = n.
        enable_bias: whether there is a bias b (n), starting at 0.
        activation_functions: applied to the result, in order.
        generator: source of the initial values; None: a new one with seed 0.
        init: ``"fan_aware"`` or ``"tinybig"``.

    Raises:
        ValueError: if there is no matrix and m != n.

    Example:
        >>> import torch
        >>> LinearRemainder(m=3, n=2, enable_bias=True)(torch.zeros(1, 3)).shape
        torch.Size([1, 2])
    """

    formula = "pi(x) = act(x w^T + b), w (n, m), b (n)"
    size_formula = "l = n m, or n m + n with enable_bias, or 0 without require_parameters"
    source = "RPN, arXiv:2407.04819, section 5.3 (linear remainder)"

    w: nn.Parameter | None
    b: nn.Parameter | None

    def __init__(
        self,
        m: int,
        n: int,
        require_parameters: bool = True,
        enable_bias: bool = False,
        activation_functions: Processing = None,
        generator: torch.Generator | None = None,
        init: str = "fan_aware",
    ) -> None:
        super().__init__(m, n, activation_functions)
        if not require_parameters and m != n:
            raise ValueError(
                f"linear_remainder without parameters needs n = m, got m = {m}, n = {n}."
            )
        if not require_parameters and enable_bias:
            raise ValueError("linear_remainder: enable_bias needs require_parameters=True.")
        self.w = nn.Parameter(torch.empty(n, m)) if require_parameters else None
        self.b = nn.Parameter(torch.empty(n)) if enable_bias else None
        self.reset_parameters(generator, init)

    def reset_parameters(
        self, generator: torch.Generator | None = None, init: str = "fan_aware"
    ) -> None:
        """Draw w anew (None: from a new generator with seed 0), set b to 0."""
        generator = default_generator(generator)
        if self.w is None:
            return
        if check_init(init) == "tinybig":
            tinybig_(self.w, generator)
        else:
            normal_(self.w, factor_std(dense_variance(self.n, self.m), factors=1), generator)
        if self.b is not None:
            nn.init.zeros_(self.b)

    def remain(self, x: Tensor) -> Tensor:
        """The linear map: (b, m) -> (b, n)."""
        check_matrix("x", x, self.m)
        return x if self.w is None else nn.functional.linear(x, self.w, self.b)
