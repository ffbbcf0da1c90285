"""Normalisations of matrices by rows and columns, for instance as post-processing by name."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rpn_zoo.functions.checks import check_choice, check_finite

ROW, COLUMN = -1, -2
"""The axis along which the entries of a row (of a column) lie."""

MASKED = -1e9
"""What stands in the place of a masked entry when the operator is applied."""

OPERATORS: dict[str, Callable[..., Tensor]] = {
    "softmax": nn.functional.softmax,
    "softmin": nn.functional.softmin,
    "log_softmax": nn.functional.log_softmax,
}

_AXES = {"row": (ROW,), "column": (COLUMN,), "row_column": (ROW, COLUMN)}


def check_mode(mode: str, more: tuple[str, ...] = ()) -> str:
    """Return the mode with underscores: ``row``, ``column``, ``row_column`` or one of ``more``.

    Example:
        >>> check_mode("row-column")
        'row_column'
    """
    known = mode.replace("-", "_") if isinstance(mode, str) else mode
    return check_choice("mode", known, [*_AXES, *more])


def reciprocal(sums: Tensor) -> Tensor:
    """1 / sums, and 1 where a sum is 0.

    Example:
        >>> reciprocal(torch.tensor([2.0, 0.0]))
        tensor([0.5000, 1.0000])
    """
    return torch.where(sums == 0, 1, sums).reciprocal()


def normalize_by_degree(A: Tensor, mode: str = "row") -> Tensor:
    r"""Divide the rows or the columns of A by their sums (0 counts as 1).

    ``row_column`` divides the rows by the roots of their sums first, and the columns by the roots
    of the sums that they have then. So the result is not symmetric, even for a symmetric A.

    Args:
        A: (..., n, n').
        mode: ``row``, ``column`` or ``row_column``.

    Returns:
        (..., n, n').

    Example:
        >>> normalize_by_degree(torch.tensor([[1.0, 3.0], [0.0, 0.0]]))
        tensor([[0.2500, 0.7500],
                [0.0000, 0.0000]])
    """
    axes = _AXES[check_mode(mode)]
    for axis in axes:
        scale = reciprocal(A.sum(axis, keepdim=True))
        A = A * (scale if len(axes) == 1 else scale.sqrt())
    return A


def normalize_links_by_degree(
    values: Tensor, places: Tensor, shape: tuple[int, int], mode: str = "row"
) -> Tensor:
    """The same for a matrix of which only the entries that are not 0 are stored.

    Args:
        values: the entries, (..., E); entries at the same place add up.
        places: (2, E), the row and the column of each entry.
        shape: numbers of rows and columns of the matrix.
        mode: ``row``, ``column`` or ``row_column``.

    Returns:
        The normalised entries, (..., E), at the same places. Costs E additions and products.

    Example:
        >>> values, places = torch.tensor([1.0, 3.0]), torch.tensor([[0, 0], [0, 1]])
        >>> normalize_links_by_degree(values, places, (2, 2))
        tensor([0.2500, 0.7500])
    """
    axes = _AXES[check_mode(mode)]
    for axis in axes:
        k = 0 if axis == ROW else 1
        sums = values.new_zeros(*values.shape[:-1], shape[k]).index_add(-1, places[k], values)
        scale = reciprocal(sums)
        scale = scale if len(axes) == 1 else scale.sqrt()
        values = values * scale.index_select(-1, places[k])
    return values


def normalize_links_symmetrically(values: Tensor, places: Tensor, shape: tuple[int, int]) -> Tensor:
    r"""Divide every entry by the roots of the sums of its row and of its column (0 counts as 1).

    :math:`D_r^{-1/2} A D_c^{-1/2}`, symmetric for a symmetric A; its 2-norm is at most 1 if no
    entry is negative.

    Args:
        values: the entries, (..., E); entries at the same place add up.
        places: (2, E), the row and the column of each entry.
        shape: numbers of rows and columns of the matrix.

    Returns:
        The normalised entries, (..., E), at the same places. Costs E additions and products.

    Example:
        >>> values, places = torch.tensor([1.0, 1.0, 1.0]), torch.tensor([[0, 0, 1], [0, 1, 0]])
        >>> normalize_links_symmetrically(values, places, (2, 2))
        tensor([0.5000, 0.7071, 0.7071])

    Source: T. Kipf, M. Welling, arXiv:1609.02907, equation 2.
    """
    scaled = values
    for k in (0, 1):
        sums = values.new_zeros(*values.shape[:-1], shape[k]).index_add(-1, places[k], values)
        scaled = scaled * reciprocal(sums).sqrt().index_select(-1, places[k])
    return scaled


class DegreeBasedNormalizeMatrix(nn.Module):
    """Division by row or column sums as a module, see :func:`normalize_by_degree`.

    Args:
        mode: ``row``, ``column`` or ``row_column`` (a hyphen will do as well).

    Raises:
        ValueError: for another mode.
    """

    def __init__(self, mode: str = "row") -> None:
        super().__init__()
        self.mode = check_mode(mode)

    def forward(self, A: Tensor) -> Tensor:
        """Normalise A (..., n, n')."""
        return normalize_by_degree(A, self.mode)

    def extra_repr(self) -> str:
        """The mode."""
        return f"mode={self.mode!r}"


class OperatorBasedNormalizeMatrix(nn.Module):
    r"""A softmax along the rows or the columns of a matrix.

    The matrix is multiplied by ``rescale_factor``, then the operator is applied. With
    ``mask_zeros`` an entry that is exactly 0 counts as absent: it takes no part and stays 0, so a
    row (column) of zeros stays one. ``row_column`` treats the rows first, then the columns of the
    result; in the second step a masked entry takes part with the value 0.

    Args:
        mask_zeros: whether zeros are left out.
        rescale_factor: what A is multiplied by.
        operator: ``softmax``, ``softmin`` or ``log_softmax``, or a function ``f(A, dim=...)``.
        mode: ``row``, ``column`` or ``row_column`` (a hyphen will do as well).

    Raises:
        ValueError: for an unknown mode or operator, or a factor that is no finite number.

    Example:
        >>> f = OperatorBasedNormalizeMatrix(mask_zeros=True, mode="column")
        >>> f(torch.tensor([[1.0, 0.0], [1.0, 2.0]]))
        tensor([[0.5000, 0.0000],
                [0.5000, 1.0000]])
    """

    def __init__(
        self,
        mask_zeros: bool = False,
        rescale_factor: float = 1.0,
        operator: str | Callable[..., Tensor] = "softmax",
        mode: str = "row",
    ) -> None:
        super().__init__()
        self.mask_zeros = bool(mask_zeros)
        self.rescale_factor = check_finite("rescale_factor", rescale_factor)
        self.operator = operator
        if isinstance(operator, str):
            self.operator = check_choice("operator", operator.rsplit(".", 1)[-1], OPERATORS)
        elif not callable(operator):
            raise ValueError(f"operator must be a name or a function, got {operator!r}.")
        self.mode = check_mode(mode)

    @property
    def column_softmax(self) -> float | None:
        """The factor, if this is a plain softmax over each column (masked or not); else None."""
        plain = self.operator == "softmax" and self.mode == "column"
        return self.rescale_factor if plain else None

    def forward(self, A: Tensor) -> Tensor:
        """Normalise A (..., n, n')."""
        operator = OPERATORS[self.operator] if isinstance(self.operator, str) else self.operator
        if self.rescale_factor != 1:
            A = A * self.rescale_factor
        absent = A == 0 if self.mask_zeros else None
        if absent is not None:
            A = A.masked_fill(absent, max(MASKED, torch.finfo(A.dtype).min))
        for axis in _AXES[self.mode]:
            A = operator(A, dim=axis)
        return A if absent is None else A.masked_fill(absent, 0)

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"mask_zeros={self.mask_zeros}, rescale_factor={self.rescale_factor}, "
            f"operator={self.operator!r}, mode={self.mode!r}"
        )


class MeanStdBasedNormalizeMatrix(nn.Module):
    """Standardisation (A - mean) / (std + 1e-8), std with the divisor n - 1.

    A single entry has no spread: it becomes 0.

    Args:
        mode: ``column``, ``row``, or all entries together: ``row_column``, ``column_row``, ``all``
            (hyphens will do as well).

    Raises:
        ValueError: for another mode.

    Example:
        >>> MeanStdBasedNormalizeMatrix()(torch.tensor([[1.0], [3.0]]))
        tensor([[-0.7071],
                [ 0.7071]])
    """

    def __init__(self, mode: str = "column") -> None:
        super().__init__()
        self.mode = check_mode(mode, ("column_row", "all"))

    def forward(self, A: Tensor) -> Tensor:
        """Standardise A (..., n, n')."""
        axes = _AXES[self.mode] if self.mode in ("row", "column") else (ROW, COLUMN)
        count = 1
        for axis in axes:
            count = count * A.shape[axis]
        centred = A - A.mean(axes, keepdim=True)
        if count == 1:
            return centred
        return centred / (A.std(axes, keepdim=True) + 1e-8)

    def extra_repr(self) -> str:
        """The mode."""
        return f"mode={self.mode!r}"
