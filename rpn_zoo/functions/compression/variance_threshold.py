"""The D features of largest variance."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.compression.base import check_at_most_m
from rpn_zoo.functions.compression.running import RunningMean
from rpn_zoo.functions.processing import Processing
from rpn_zoo.functions.registry import register


@register
class IncrementalVarianceThresholdBasedCompression(RunningMean):
    r"""The D features of largest variance, in order of increasing variance.

    In training mode v becomes the mean over the batches of the unbiased variances of each feature,
    until t = ``t_threshold`` batches were seen or a step changes v by less than
    ``incremental_stop_threshold`` (in the Euclidean norm): then it is frozen for good. A batch of
    fewer than two rows has no variance and changes nothing. The transform gathers D columns.

    Args:
        m: input width.
        D: number of features, <= m.
        t_threshold: largest number of batches.
        incremental_stop_threshold: smallest change of v that keeps it from being frozen.
        preprocess_functions: applied to x before the compression; must keep the width.
        postprocess_functions: applied to the compressed data.

    Raises:
        ValueError: for a bad option; at the call, if the first batch has fewer than two rows, if a
            batch to fit is not finite, or in evaluation mode if it was never fitted.

    Example:
        >>> f = IncrementalVarianceThresholdBasedCompression(m=3, D=2)
        >>> f(torch.tensor([[0.0, 1.0, 5.0], [9.0, 1.0, 6.0]]))
        tensor([[5., 0.],
                [6., 9.]])
    """

    formula = "kappa(x) = the D columns of x of largest mean batch variance, the largest last"
    source = "RPN 2, arXiv:2411.11162, section 4 (data compression functions: feature selection)"
    least_rows = 2
    index: Tensor

    def __init__(
        self,
        m: int,
        D: int,
        t_threshold: int = 100,
        incremental_stop_threshold: float = 0.01,
        preprocess_functions: Processing = None,
        postprocess_functions: Processing = None,
    ) -> None:
        check_at_most_m("D", D, m)
        super().__init__(
            m, D, (m,), t_threshold, incremental_stop_threshold,
            preprocess_functions, postprocess_functions,
        )  # fmt: skip
        self.register_buffer("index", torch.arange(m - D, m))

    def statistic(self, x: Tensor) -> Tensor:
        """The unbiased variances of the batch, (m)."""
        return x.var(0, correction=1)

    def select(self) -> None:
        """Name the columns of the largest variances."""
        self.index.copy_(self.running_mean.argsort(stable=True)[self.m - self.D :])

    def transform(self, x: Tensor) -> Tensor:
        """The selected columns: (b, m) -> (b, D)."""
        return x.index_select(1, self.index)
