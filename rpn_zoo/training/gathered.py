"""The predictions of all processes, in the order of the data."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from rpn_zoo.training.collectives import gather_parts


def in_order(outputs: Sequence[Tensor], processes: int) -> Tensor:
    """The predictions of all processes as rows in the order of the data.

    Args:
        outputs: of this process, one for each batch, (k, ...) for its part of the rows.
        processes: their number; with several, all of them call this.
    """
    if processes == 1:
        return torch.cat(list(outputs))
    parts = gather_parts(torch.cat(list(outputs)))
    sizes = gather_parts(torch.tensor([len(rows) for rows in outputs], device=parts[0].device))
    batches = zip(
        *(part.split(size.tolist()) for part, size in zip(parts, sizes, strict=True)), strict=True
    )
    return torch.cat([rows for batch in batches for rows in batch])
