"""Radial basis functions of every input around fixed centres."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.expansion.base import Expansion
from rpn_zoo.functions.expansion.exact import from_bits, to_bits
from rpn_zoo.functions.memory import check_table
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register
from rpn_zoo.functions.with_gradient import with_gradient


class RadialBasisExpansion(Expansion):
    r"""Entry ``i K + k`` is a function of :math:`z^2 = (\epsilon (x_i - c_k))^2`.

    Args:
        m: input width; D = m K.
        base_range: (lo, hi): the first and the last centre.
        num_interval: number K of equidistant centres, >= 1 (1: only lo).
        epsilon: the inverse width of the functions, > 0.
        base: the centres themselves, instead of base_range and num_interval; K = len(base).
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.
    """

    size_formula = "D = m num_interval, or m len(base) with base"
    source = "RPN, arXiv:2407.04819, section 5.1 (radial basis functions)"
    domain = "the neighbourhood of the centres; close to 0 far from all of them"
    centre_bits: Tensor

    def __init__(
        self,
        m: int,
        base_range: tuple[float, float] = (-1, 1),
        num_interval: int = 10,
        epsilon: float = 1.0,
        base: Sequence[float] | None = None,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        centres = _equidistant(base_range, num_interval) if base is None else _explicit(base)
        width = check_positive_int("m", m) * len(centres)
        super().__init__(m, width, preprocess_functions, postprocess_functions)
        self.epsilon = check_finite("epsilon", epsilon)
        if self.epsilon <= 0:
            raise ValueError(f"epsilon must be > 0, got {epsilon!r}.")
        # The centres follow from the options: not saved.
        self.register_buffer("centre_bits", to_bits(centres), persistent=False)

    def differences(self, x: Tensor) -> Tensor:
        """The differences x_i - c_k: (b, m) -> (b, m, K)."""
        return x.unsqueeze(-1) - from_bits(self.centre_bits, x)


def _equidistant(base_range: object, num_interval: int) -> list[float]:
    check_positive_int("num_interval", num_interval)
    check_table("the list of num_interval centres", num_interval, size=64)  # Python's floats
    if not isinstance(base_range, (tuple, list)) or len(base_range) != 2:
        raise ValueError(f"base_range must hold two numbers (lo, hi), got {base_range!r}.")
    lo, hi = (check_finite("base_range", end) for end in base_range)
    if lo >= hi:
        raise ValueError(f"base_range must satisfy lo < hi, got {base_range!r}.")
    last = max(num_interval - 1, 1)
    return [(lo * (last - k) + hi * k) / last for k in range(num_interval)]


def _explicit(base: object) -> list[float]:
    if not isinstance(base, (tuple, list)) or not base:
        raise ValueError(f"base must be a list of one or more centres, got {base!r}.")
    return [check_finite("base", centre) for centre in base]


def gaussian(z: Tensor, epsilon: float) -> Tensor:
    """The Gaussian exp(-(epsilon z)^2), of any shape."""
    return (z * z).mul_(-(epsilon**2)).exp_()


def gaussian_pullback(z: Tensor, y: Tensor, g: Tensor, epsilon: float) -> Tensor:
    """The gradient of z."""
    return (-2 * epsilon**2) * z * y * g


def inverse(z: Tensor, epsilon: float) -> Tensor:
    """The inverse quadratic 1 / (1 + (epsilon z)^2), of any shape."""
    return (z * z).mul_(epsilon**2).add_(1).reciprocal_()


def inverse_pullback(z: Tensor, y: Tensor, g: Tensor, epsilon: float) -> Tensor:
    """The gradient of z."""
    return (-2 * epsilon**2) * z * y * y * g


@register
class GaussianRbfExpansion(RadialBasisExpansion):
    r"""Gaussians around fixed centres: :math:`\exp(-(\epsilon (x_i - c_k))^2)` at ``i K + k``.

    Args:
        m: input width; D = m K.
        base_range: (lo, hi): the first and the last centre.
        num_interval: number K of equidistant centres, >= 1 (1: only lo).
        epsilon: the inverse width of the functions, > 0.
        base: the centres themselves, instead of base_range and num_interval; K = len(base).
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> GaussianRbfExpansion(m=1, num_interval=3)(torch.tensor([[0.0]]))
        tensor([[0.3679, 1.0000, 0.3679]])
    """

    formula = "kappa(x)[i K + k] = exp(-(epsilon (x_i - c_k))^2), D = m K"

    def expand(self, x: Tensor) -> Tensor:
        """All Gaussians of every input: (b, m) -> (b, m K)."""
        z = with_gradient(gaussian, gaussian_pullback, self.differences(x), self.epsilon)
        return z.flatten(1)


@register
class InverseQuadraticRbfExpansion(RadialBasisExpansion):
    r"""Inverse quadratics around fixed centres: :math:`1 / (1 + (\epsilon (x_i - c_k))^2)`.

    Args:
        m: input width; D = m K.
        base_range: (lo, hi): the first and the last centre.
        num_interval: number K of equidistant centres, >= 1 (1: only lo).
        epsilon: the inverse width of the functions, > 0.
        base: the centres themselves, instead of base_range and num_interval; K = len(base).
        preprocess_functions: applied to x before the expansion; must keep the width.
        postprocess_functions: applied to the expanded data.

    Example:
        >>> import torch
        >>> InverseQuadraticRbfExpansion(m=1, num_interval=3)(torch.tensor([[0.0]]))
        tensor([[0.5000, 1.0000, 0.5000]])
    """

    formula = "kappa(x)[i K + k] = 1 / (1 + (epsilon (x_i - c_k))^2), D = m K"

    def expand(self, x: Tensor) -> Tensor:
        """All inverse quadratics of every input: (b, m) -> (b, m K)."""
        differences = self.differences(x)
        return with_gradient(inverse, inverse_pullback, differences, self.epsilon).flatten(1)
