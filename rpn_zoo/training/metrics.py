"""Metrics that torchmetrics has not, or not exactly for any number of processes."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics import Metric


class NormalizedRMSE(Metric):
    r"""The RMSE divided by the standard deviation of the targets (divisor N).

    .. math:: \sqrt{ \textstyle\sum_i (p_i - t_i)^2 / \sum_i (t_i - \bar t)^2 }

    The spread of the targets is merged batch by batch and process by process without cancellation,
    by the formula of Chan, Golub and LeVeque (1983); states are float64. With one process it is
    torchmetrics' NormalizedRootMeanSquaredError(normalization="std"), which is wrong for several.

    Example:
        >>> metric = NormalizedRMSE()
        >>> metric.update(torch.tensor([2.5, 5.0, 2.5, 7.0]), torch.tensor([2.5, 5.0, 4.0, 8.0]))
        >>> round(float(metric.compute()), 4)
        0.447
    """

    full_state_update = False
    higher_is_better = False
    squared_error: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("squared_error", torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")
        zeros = torch.zeros(3, dtype=torch.float64)
        self.add_state("spread", zeros, dist_reduce_fx=merge_spreads)

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Add predictions and targets, both of the shape (k,)."""
        preds, target = preds.to(self.spread), target.to(self.spread)
        self.squared_error = self.squared_error + (preds - target).square().sum()
        mean = target.mean()
        found = torch.stack([mean.new_tensor(target.numel()), mean, (target - mean).square().sum()])
        self.spread = merge_spreads(torch.stack([self.spread, found]))

    def compute(self) -> Tensor:
        """The figure for all that was added."""
        return (self.squared_error / self.spread[2]).sqrt()


def merge_spreads(parts: Tensor) -> Tensor:
    """Count, mean and sum of squared deviations of several sets together.

    Args:
        parts: (k, 3), those of each set.

    Returns:
        (3,).

    Example:
        >>> merge_spreads(torch.tensor([[1.0, 2.0, 0.0], [1.0, 4.0, 0.0]]))
        tensor([2., 3., 2.])
    """
    counts, means, squares = parts.unbind(-1)
    count = counts.sum()
    mean = (counts * means).sum() / count.clamp(min=1)
    return torch.stack([count, mean, (squares + counts * (means - mean).square()).sum()])
