"""Mean 0 and standard deviation 1, with figures taken from one part of the data."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice, check_finite

MODES = ("column", "row", "global")


@dataclass(frozen=True, eq=False)
class Standardization:
    """The map :math:`z = (x - mean) / scale` and back.

    Args:
        mean: broadcasts against the data, e.g. (1, n) for one mean a column.
        scale: likewise, not 0.

    Example:
        >>> fitted = Standardization.fit(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
        >>> z = fitted(torch.tensor([[2.0, 8.0]]))
        >>> z, fitted.invert(z)
        (tensor([[0., 1.]]), tensor([[2., 8.]]))
    """

    mean: Tensor
    scale: Tensor

    @classmethod
    def fit(cls, x: Tensor, mode: str = "column", epsilon: float = 0.0) -> Standardization:
        r"""Take the figures of a matrix.

        Args:
            x: floating point, (N, n), at least one number.
            mode: ``"column"`` one mean and scale a column, ``"row"`` one a row, ``"global"`` one
                for all.
            epsilon: added to the standard deviation.

        Returns:
            The standardisation. Its scale is the sample standard deviation (divisor N - 1), plus
            epsilon; where all numbers are equal it is 1.

        Raises:
            ValueError: another mode, an empty matrix, or epsilon below 0.

        Example:
            >>> Standardization.fit(torch.tensor([[1.0], [3.0], [5.0]])).scale
            tensor([[2.]])
        """
        check_choice("mode", mode, MODES)
        if check_finite("epsilon", epsilon) < 0:
            raise ValueError(f"epsilon must be >= 0, got {epsilon!r}.")
        if x.dim() != 2 or not x.numel() or not x.is_floating_point():
            raise ValueError(
                "x must be floating point of shape (N, n) and not empty, got "
                f"{x.dtype} of shape {tuple(x.shape)}."
            )
        dims = {"column": (0,), "row": (1,), "global": (0, 1)}[mode]
        count = max(x.numel() // x.mean(dims, keepdim=True).numel(), 2)
        mean = x.mean(dims, keepdim=True)
        std = ((x - mean).square().sum(dims, keepdim=True) / (count - 1)).sqrt()
        # Not by std == 0: the mean of equal numbers is rounded, so their deviation is not 0.
        constant = x.amax(dims, keepdim=True) == x.amin(dims, keepdim=True)
        return cls(mean, torch.where(constant, 1.0, std + epsilon))

    @classmethod
    def identity(cls) -> Standardization:
        """The map that changes nothing."""
        return cls(torch.zeros(1, 1), torch.ones(1, 1))

    def __call__(self, x: Tensor) -> Tensor:
        """Standardise x; it is not changed."""
        return (x - self.mean.to(x)) / self.scale.to(x)

    def invert(self, z: Tensor) -> Tensor:
        """Back to the units of the data."""
        return z * self.scale.to(z) + self.mean.to(z)
