"""From columns of numbers to the inputs of a network: one mean and scale a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_zoo.functions.checks import check_finite


@dataclass(frozen=True)
class StandardizeColumns:
    r"""The map :math:`z_j = (x_j - mean_j) / scale_j` of every column j.

    Args:
        mean: one number a column, in units of that column.
        scale: likewise, not 0.

    Raises:
        ValueError: different lengths, no column, or a number that is not finite or a scale of 0.

    Example:
        >>> preprocess = StandardizeColumns(mean=(1.0, 5.0), scale=(2.0, 1.0))
        >>> preprocess(torch.tensor([[3.0, 5.0]]))
        tensor([[1., 0.]])
        >>> StandardizeColumns.from_config(preprocess.to_config()) == preprocess
        True
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    name: ClassVar[str] = "standardize_columns"

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not self.mean or len(self.mean) != len(self.scale):
            raise ValueError(
                "mean and scale must hold one number for each column, got "
                f"{len(self.mean)} and {len(self.scale)}."
            )
        for key in ("mean", "scale"):
            for value in getattr(self, key):
                check_finite(key, value)
        if 0 in self.scale:
            raise ValueError(f"scale must not be 0, got {list(self.scale)}.")

    def __call__(self, x: Tensor | NDArray[Any]) -> Tensor:
        """Map a batch; the input is not changed.

        Args:
            x: floating point, (b, columns), a tensor or numpy array.

        Returns:
            (b, columns), in the dtype of x.

        Raises:
            ValueError: another type, dtype or width.
        """
        if isinstance(x, np.ndarray):
            x = torch.from_numpy(np.array(x))
        width = len(self.mean)
        if not isinstance(x, Tensor) or not x.is_floating_point() or x.shape[1:] != (width,):
            raise ValueError(
                f"x must be floating point of shape (b, {width}), got {type(x).__name__} "
                f"{getattr(x, 'dtype', '')} {tuple(getattr(x, 'shape', ()))}."
            )
        return (x - x.new_tensor(self.mean)) / x.new_tensor(self.scale)

    def to_config(self) -> dict[str, Any]:
        """The plain dictionary ``{name, mean, scale}``."""
        return {"name": self.name, "mean": list(self.mean), "scale": list(self.scale)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> StandardizeColumns:
        """Make the transform that :meth:`to_config` described.

        Raises:
            ValueError: missing or unknown keys, another name, or invalid numbers.
        """
        if set(config) != {"name", "mean", "scale"} or config["name"] != cls.name:
            raise ValueError(
                f"config must be {{name: {cls.name}, mean: [...], scale: [...]}}, got "
                f"{dict(config)!r}."
            )
        return cls(mean=tuple(config["mean"]), scale=tuple(config["scale"]))
