"""Comparison of two models on the same folds of repeated cross-validation."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PairedTest:
    """The outcome of a paired test.

    Args:
        difference: mean difference over the folds.
        t: the statistic (infinite if all differences are the same and not 0).
        p: two-sided p-value.
        low: lower end of the 95 % confidence interval of the difference.
        high: its upper end.
    """

    difference: float
    t: float
    p: float
    low: float
    high: float


def corrected_resampled_t_test(
    differences: Sequence[float], train_size: float, test_size: float
) -> PairedTest:
    r"""The corrected resampled t-test of Nadeau and Bengio.

    .. math:: t = \bar d / \sqrt{(1/J + n_{test}/n_{train}) \, s^2}

    with J - 1 degrees of freedom, for J paired differences with mean :math:`\bar d` and sample
    variance :math:`s^2`. The plain paired t-test has 1/J alone: it takes folds, whose training
    parts overlap, for independent, and finds differences far too often.

    Args:
        differences: the J differences of a metric between two models, one a fold.
        train_size: mean number of training rows.
        test_size: mean number of test rows.

    Raises:
        ValueError: fewer than two differences, or a size that is not above 0.

    Example:
        >>> found = corrected_resampled_t_test([0.02, 0.0, 0.01, 0.03, 0.04], 80, 20)
        >>> round(found.t, 3), round(found.p, 3)
        (1.886, 0.132)

    Source: C. Nadeau, Y. Bengio, "Inference for the generalization error", Machine Learning 52,
    2003, equation 3; for repeated cross-validation R. Bouckaert, E. Frank, PAKDD 2004.
    """
    if len(differences) < 2:
        raise ValueError(f"differences must be two or more, got {len(differences)}.")
    if train_size <= 0 or test_size <= 0:
        raise ValueError(
            f"train_size and test_size must be above 0, got {train_size} and {test_size}."
        )
    from scipy import stats  # here, since it takes long to import

    count = len(differences)
    mean = statistics.fmean(differences)
    error = math.sqrt((1 / count + test_size / train_size) * statistics.variance(differences))
    if error == 0.0:
        same = mean == 0.0
        return PairedTest(mean, 0.0 if same else math.copysign(math.inf, mean), float(same), mean,
                          mean)  # fmt: skip
    t = mean / error
    reach = float(stats.t.ppf(0.975, count - 1)) * error
    p = float(2 * stats.t.sf(abs(t), count - 1))
    return PairedTest(mean, t, p, mean - reach, mean + reach)
