"""Normalisation of a non-negative matrix by its row and column sums."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.graph import csr_tensor

MODES = ("row", "column", "row_column")


def degree_normalize(matrix: Tensor, mode: str = "row") -> Tensor:
    r"""Divide the entries of a matrix by its row or column sums; a sum of 0 counts as 1.

    ``row``: :math:`x_{ij} / r_i` with :math:`r_i = \sum_j x_{ij}`; ``column``:
    :math:`x_{ij} / c_j` with :math:`c_j = \sum_i x_{ij}`; ``row_column``: :math:`x_{ij} /
    \sqrt{r_i}`, and then divided by the square roots of the column sums of *that* matrix.

    Args:
        matrix: floating point, shape (N, m), dense or sparse CSR; it is not changed.
        mode: ``"row"``, ``"column"`` or ``"row_column"``.

    Returns:
        The normalised matrix, in the layout and dtype of the input. Of a sparse one only the
        stored values are touched.

    Raises:
        ValueError: another mode, shape, dtype or layout.

    Example:
        >>> degree_normalize(torch.tensor([[1.0, 3.0], [0.0, 0.0]]))
        tensor([[0.2500, 0.7500],
                [0.0000, 0.0000]])

    Cost: one or two passes over the (stored) entries.
    """
    check_choice("mode", mode, MODES)
    if matrix.dim() != 2 or not matrix.is_floating_point():
        raise ValueError(
            f"matrix must be floating point of shape (N, m), got {matrix.dtype} of shape "
            f"{tuple(matrix.shape)}."
        )
    if matrix.layout == torch.strided:
        return _dense(matrix, mode)
    if matrix.layout == torch.sparse_csr:
        return _csr(matrix, mode)
    raise ValueError(f"matrix must be dense or sparse CSR, got the layout {matrix.layout}.")


def _dense(x: Tensor, mode: str) -> Tensor:
    if mode == "row_column":
        x = x / _nonzero(x.sum(1, keepdim=True)).sqrt()
        return x / _nonzero(x.sum(0, keepdim=True)).sqrt()
    return x / _nonzero(x.sum(1 if mode == "row" else 0, keepdim=True))


def _csr(x: Tensor, mode: str) -> Tensor:
    indptr, columns, values = x.crow_indices(), x.col_indices(), x.values()
    rows = torch.arange(x.shape[0], device=x.device).repeat_interleave(indptr.diff())

    def sums(values: Tensor, places: Tensor, size: int) -> Tensor:
        return _nonzero(values.new_zeros(size).index_add(0, places, values))[places]

    if mode == "row_column":
        values = values / sums(values, rows, x.shape[0]).sqrt()
        values = values / sums(values, columns, x.shape[1]).sqrt()
    elif mode == "row":
        values = values / sums(values, rows, x.shape[0])
    else:
        values = values / sums(values, columns, x.shape[1])
    return csr_tensor(indptr, columns, values, (x.shape[0], x.shape[1]))


def _nonzero(sums: Tensor) -> Tensor:
    return torch.where(sums == 0, 1, sums)
