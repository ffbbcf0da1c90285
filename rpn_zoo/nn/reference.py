"""Predictions for single rows of networks whose rows depend on their batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rpn_zoo.nn.head import Head


def batch_dependent(network: nn.Module) -> bool:
    """Whether a row's output depends on the other rows of its batch (in evaluation mode).

    Example:
        >>> from rpn_zoo.nn import RPN
        >>> batch_dependent(RPN({"dims": [4, 3]}))
        False
    """
    return any(
        not A.row_independent
        for head in network.modules()
        if isinstance(head, Head)
        for A in head.interdependences
        # Among the positions of a row nothing is mixed between rows.
        if A.mode == "attribute" or head.positions is None
    )


@torch.no_grad()
def predict_with_reference(network: nn.Module, x: Tensor, reference: Tensor) -> Tensor:
    """Evaluate every row of x in the company of the same reference rows.

    Where instances are mixed, or the matrix of attributes is computed from the batch, the output of
    a row depends on the rows it happens to stand with. Here row i is evaluated as the first row of
    the batch (x_i, reference): the result depends on x_i and the reference alone, in any order and
    number of rows. A network made for batches of exactly b rows takes a reference of b - 1 rows;
    an empty reference gives the semantics of batches of size 1.

    Args:
        network: maps (b, m) to (b, n); is used in evaluation mode, which is restored.
        x: data of shape (rows, m).
        reference: fixed rows, (r, m).

    Returns:
        (rows, n). Costs one evaluation of a batch of r + 1 rows for every row of x.

    Raises:
        ValueError: if the widths differ, or the network does not give a row for each row.

    Example:
        >>> from rpn_zoo.nn import RPN
        >>> network = RPN({"dims": [4, 3]})
        >>> x = torch.rand(5, 4)
        >>> torch.allclose(predict_with_reference(network, x, x[:0]), network(x), atol=1e-6)
        True
    """
    if x.dim() != 2 or reference.dim() != 2 or x.shape[1] != reference.shape[1]:
        raise ValueError(
            "x and reference must be matrices of the same width, "
            f"got the shapes {tuple(x.shape)} and {tuple(reference.shape)}."
        )
    training = {module: module.training for module in network.modules()}
    network.eval()
    try:
        rows = []
        for row in x.split(1):
            y = network(torch.cat([row, reference]))
            if len(y) != 1 + len(reference):
                raise ValueError(
                    f"the network turned {1 + len(reference)} rows into {len(y)}: no row of the "
                    "result belongs to the first row of the batch."
                )
            rows.append(y[:1])
        return torch.cat(rows) if rows else network(reference)[:0]
    finally:
        for module, mode in training.items():
            module.training = mode
