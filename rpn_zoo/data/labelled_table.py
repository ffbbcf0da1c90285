"""Raw features of a table with numbered classes or values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """Raw features and targets of N rows.

    Args:
        title: what the table is, for messages and cards.
        names: names of the c feature columns.
        categorical: which of them hold categories.
        features: (N, c), float64 with NaN for missing, or object where there are categories.
        targets: class numbers, int64 (N,), or values, float64 (N,).
        class_names: names of the classes in the order of their numbers; empty for values.
    """

    title: str
    names: tuple[str, ...]
    categorical: tuple[bool, ...]
    features: NDArray[Any]
    targets: NDArray[Any]
    class_names: tuple[str, ...]


def number_classes(cells: NDArray[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes of a column of text or whole numbers in sorted order.

    Args:
        cells: (N,), text or float64.

    Returns:
        Class numbers, int64 (N,), and the names: numbers in their order, text alphabetically.

    Raises:
        ValueError: a number is not whole.

    Example:
        >>> numbers, names = number_classes(np.array(["no", "yes", "no"], dtype=object))
        >>> numbers.tolist(), names
        ([0, 1, 0], ('no', 'yes'))
        >>> number_classes(np.array([10.0, 9.0]))[1]
        ('9', '10')
    """
    if cells.dtype != object:
        fractions = cells[cells != np.round(cells)]
        if len(fractions):
            raise ValueError(
                f"classes must be text or whole numbers, got {fractions[0]:g}; for real values "
                "give task: regression."
            )
        distinct, numbers = np.unique(cells, return_inverse=True)
        return numbers.astype(np.int64), tuple(f"{value:.0f}" for value in distinct)
    names, numbers = np.unique(cells.astype(str), return_inverse=True)
    return numbers.astype(np.int64), tuple(map(str, names))
