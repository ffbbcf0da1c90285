"""Normalisation of a non-negative matrix by its row and column sums."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.functions.graph import csr_tensor
from rpn_zoo.functions.matrix_normalization import normalize_by_degree, normalize_links_by_degree

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
        return normalize_by_degree(matrix, mode)
    if matrix.layout == torch.sparse_csr:
        return _csr(matrix, mode)
    raise ValueError(f"matrix must be dense or sparse CSR, got the layout {matrix.layout}.")


def _csr(x: Tensor, mode: str) -> Tensor:
    indptr, columns = x.crow_indices(), x.col_indices()
    rows = torch.arange(x.shape[0], device=x.device).repeat_interleave(indptr.diff())
    shape = (x.shape[0], x.shape[1])
    places = torch.stack([rows, columns.long()])
    values = normalize_links_by_degree(x.values(), places, shape, mode)
    return csr_tensor(indptr, columns, values, shape)
