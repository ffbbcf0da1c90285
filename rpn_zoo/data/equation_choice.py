"""Which equation is meant: one of the catalogue, by id or place, or a formula of one's own."""

from __future__ import annotations

from rpn_zoo.data.catalogue import Equation, equation, own_equation
from rpn_zoo.functions.checks import check_positive_int


def choose_equation(
    suite: str,
    id: str | None,
    index: int | None,
    expression: str | None,
    variables: dict[str, list[float]] | None,
) -> Equation:
    """The equation that the arguments of :class:`~rpn_zoo.data.Equations` name.

    Raises:
        ValueError: they contradict each other, or there is no such equation.

    Example:
        >>> choose_equation("elementary", None, 14, None, None).id
        'E.14'
    """
    if expression is not None:
        if id is not None or index is not None:
            raise ValueError("expression takes the place of id and index: give one of them only.")
        if variables is None:
            raise ValueError("expression needs variables, a range [low, high] for each.")
        return own_equation(expression, variables)
    if variables is not None:
        raise ValueError("variables go with an expression; equations of a suite have their own.")
    if id is not None and index is not None:
        raise ValueError(f"give id or index, not both, got id={id!r} and index={index!r}.")
    if id is not None:
        return equation(suite, id)
    return equation(suite, 0 if index is None else check_positive_int("index", index, minimum=0))
