"""Whether a network fits its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def check_widths(dims: Sequence[int], data: Any) -> None:
    """Compare the network's first and last width with the data, where the data tells its own.

    Raises:
        ValueError: naming the width that does not fit.
    """
    for place, name, what in (
        (0, "num_features", "features"),
        (-1, "num_classes", "classes"),
        (-1, "num_targets", "targets"),
    ):
        expected = getattr(data, name, None)
        if expected is not None and dims[place] != expected:
            raise ValueError(
                f"network.dims[{place}] must be {expected}, the number of {what} of "
                f"{type(data).__name__}, got {dims[place]} in dims = {list(dims)}."
            )
