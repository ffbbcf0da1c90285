"""What feature selections share: a running mean over batches that is frozen by a stop rule."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_finite, check_positive_int
from rpn_zoo.functions.compression.fitted import FittedCompression
from rpn_zoo.functions.expansion.exact import to_bits
from rpn_zoo.functions.processing import Processing


class RunningMean(FittedCompression):
    r"""A compression chosen by the mean of a statistic over batches, frozen by a stop rule.

    With the statistic u of a batch, :math:`t \leftarrow t + 1` and
    :math:`v \leftarrow ((t - 1) v + u) / t`, from v = 0. The mean is frozen once t reaches
    ``t_threshold`` or :math:`\|v_{new} - v_{old}\|_2` falls below ``incremental_stop_threshold``.

    A subclass implements :meth:`statistic`, :meth:`select` and :meth:`transform`.

    Args:
        m: input width.
        D: output width.
        shape: the shape of the statistic.
        t_threshold: largest number of batches.
        incremental_stop_threshold: smallest change of the mean that keeps it from being frozen.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Attributes:
        least_rows: the rows that a batch needs to have a statistic; a smaller one changes nothing.
    """

    least_rows: ClassVar[int] = 1
    running_mean_bits: Tensor
    frozen: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        shape: tuple[int, ...],
        t_threshold: int = 100,
        incremental_stop_threshold: float = 0.01,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        super().__init__(m, D, preprocess_functions, postprocess_functions)
        self.t_threshold = check_positive_int("t_threshold", t_threshold)
        limit = check_finite("incremental_stop_threshold", incremental_stop_threshold)
        if limit < 0:
            raise ValueError(f"incremental_stop_threshold must be >= 0, got {limit!r}.")
        self.incremental_stop_threshold = limit
        self.register_buffer("running_mean_bits", to_bits(torch.zeros(shape)))
        self.register_buffer("frozen", torch.tensor(False))

    @property
    def running_mean(self) -> Tensor:
        """The mean of the batches' statistics, in float64."""
        return self.running_mean_bits.view(torch.float64)

    def statistic(self, x: Tensor) -> Tensor:
        """The statistic of a batch (b, m) of enough rows."""
        raise NotImplementedError(f"{type(self).__name__} must implement statistic(x).")

    def select(self) -> None:
        """Choose the compression by the running mean."""
        raise NotImplementedError(f"{type(self).__name__} must implement select().")

    def update(self, x: Tensor) -> None:
        """Add the statistic of x (b, m) to the mean, unless it is frozen.

        Raises:
            ValueError: if the very first batch has too few rows for a statistic.
        """
        if bool(self.frozen):
            return
        if x.shape[0] < self.least_rows:
            if not self.is_fitted:
                raise ValueError(
                    f"{self.key()} needs a first batch of {self.least_rows} or more rows, "
                    f"got {x.shape[0]}."
                )
            return
        old = self.running_mean
        mean = (self.t * old + self.statistic(x)) / (self.t + 1)
        self.t += 1
        step = torch.linalg.vector_norm(mean - old)
        self.frozen.copy_((self.t >= self.t_threshold) | (step < self.incremental_stop_threshold))
        self.running_mean_bits.copy_(to_bits(mean))
        self.select()
