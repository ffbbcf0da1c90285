"""Windows of time series as views of the table: nothing is copied."""

from __future__ import annotations

from torch import Tensor

from rpn_zoo.functions.checks import check_positive_int


def windows(
    values: Tensor, x_len: int, y_len: int = 1, gap: int = 0, per_instance: bool = True
) -> tuple[Tensor, Tensor]:
    """Cut a table into inputs and targets, without copying it.

    Window s = 0 .. S - 1, S = T - x_len - gap - y_len + 1, has the input rows s .. s + x_len - 1
    and the target rows s + x_len + gap .. s + x_len + gap + y_len - 1: ``gap`` is the number of
    time steps skipped, so 0 forecasts the very next step.

    Args:
        values: (T, n), any dtype.
        x_len: number of input rows.
        y_len: number of target rows.
        gap: number of rows skipped between them.
        per_instance: a sample is one series of one window: sample s n + c is series c of window s.
            Otherwise a sample is a whole window, its rows behind one another (element t n + c is
            series c at its time t).

    Returns:
        Inputs and targets, (S n, x_len) and (S n, y_len) or (S, x_len n) and (S, y_len n): views
        with overlapping rows of ``values`` (of a contiguous copy, if it is not contiguous). Do not
        write into them.

    Raises:
        ValueError: a length is invalid, or the table is too short for one window.

    Example:
        >>> import torch
        >>> table = torch.tensor([[0, 100], [1, 101], [2, 102], [3, 103]])
        >>> x, y = windows(table, x_len=2, gap=1)
        >>> x.tolist(), y.tolist()
        ([[0, 1], [100, 101]], [[3], [103]])
        >>> x, y = windows(table, x_len=2, per_instance=False)
        >>> x.tolist(), y.tolist()
        ([[0, 100, 1, 101], [1, 101, 2, 102]], [[2, 102], [3, 103]])

    Cost: none; a batch of b samples taken from the views by index copies b (x_len + y_len) numbers.
    """
    if values.dim() != 2:
        raise ValueError(f"values must have shape (T, n), got {tuple(values.shape)}.")
    check_positive_int("x_len", x_len)
    check_positive_int("y_len", y_len)
    check_positive_int("gap", gap, minimum=0)
    rows, n = values.shape
    count = rows - x_len - gap - y_len + 1
    if count < 1:
        raise ValueError(
            f"the table must have at least x_len + gap + y_len = {x_len + gap + y_len} rows, got "
            f"{rows}."
        )
    flat = values.contiguous().view(-1)
    first = (x_len + gap) * n
    # In the flat table step t of series c is at t n + c, so a sample starts at its own index.
    if per_instance:
        return (
            flat.as_strided((count * n, x_len), (1, n), flat.storage_offset()),
            flat.as_strided((count * n, y_len), (1, n), flat.storage_offset() + first),
        )
    return (
        flat.as_strided((count, x_len * n), (n, 1), flat.storage_offset()),
        flat.as_strided((count, y_len * n), (n, 1), flat.storage_offset() + first),
    )


def windows_within(first: int, last: int, x_len: int, y_len: int, gap: int) -> range:
    """The windows whose target rows all lie in first .. last - 1; inputs may start before.

    Args:
        first: the first row of a part.
        last: the row after its last.
        x_len: as for :func:`windows`.
        y_len: as for :func:`windows`.
        gap: as for :func:`windows`.

    Example:
        >>> windows_within(5, 8, x_len=2, y_len=2, gap=1)
        range(2, 4)
    """
    lead = x_len + gap
    return range(max(0, first - lead), max(0, last - lead - y_len + 1))
