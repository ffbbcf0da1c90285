"""Every equation of the catalogue by the same few models: a table that grows and is resumed."""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from rpn_zoo.data.catalogue import Equation
from rpn_zoo.data.polynomials import best_polynomial
from rpn_zoo.fitting.fit import FitResult, FitRows, fit_network, measure, prepare
from rpn_zoo.fitting.models import MODELS
from rpn_zoo.zoo.files import write_atomic

logger = logging.getLogger(__name__)

STEPS = 60
CSV_FILE = "equations.csv"
POLYNOMIAL = "polynomial"
NAMES = (*MODELS, POLYNOMIAL)
"""The models in the order of the rows of each equation."""


@dataclass(frozen=True)
class SurveyRow:
    """How well one model fits one equation; errors as in :class:`~rpn_zoo.fitting.FitResult`."""

    suite: str
    id: str
    variables: int
    model: str
    parameters: int
    steps: int
    validation_nrmse: float
    nrmse: float
    rmse: float
    r2: float
    seconds: float
    budget: int


def survey(
    equations: Sequence[Equation],
    table: Path,
    steps: int = STEPS,
    seed: int = 0,
    fit: Callable[[str, FitRows, int, int], FitResult] | None = None,
) -> list[SurveyRow]:
    """Fit every equation by every model; those that are in the table are not fitted again.

    The table is written after each equation, atomically.

    Args:
        equations: the equations, in the order of the table.
        table: the CSV file, perhaps with equations of an earlier call.
        steps: budget of every network.
        seed: of the initial weights.
        fit: fits the model of a name to rows, given steps and seed; None: :func:`fit_model`.

    Returns:
        The rows of all these equations, four for each.

    Raises:
        ValueError: the table is not one of this function, or of another budget.
    """
    fit = fit or fit_model
    found = {(row.suite, row.id, row.model): row for row in read_table(table)}
    for row in found.values():
        if row.budget != steps:
            raise ValueError(
                f"{table}: made with a budget of {row.budget} steps, here it is {steps}: give "
                "another folder, or replace the table with --overwrite."
            )
    for number, equation in enumerate(equations, 1):
        place = (equation.suite, equation.id)
        if all((*place, name) in found for name in NAMES):
            continue
        start, rows = time.perf_counter(), prepare(equation)
        for name in NAMES:
            result = fit(name, rows, steps, seed)
            found[equation.suite, equation.id, name] = _row(equation, name, result, steps)
        write_table(table, list(found.values()))
        errors = ", ".join(
            f"{name} {found[equation.suite, equation.id, name].nrmse:.1e}" for name in NAMES
        )
        seconds = time.perf_counter() - start
        logger.info(
            "%d/%d %s %s: test NRMSE %s (%.1f s)", number, len(equations), *place, errors, seconds
        )
    wanted = [(item.suite, item.id, name) for item in equations for name in NAMES]
    return [found[key] for key in wanted]


def fit_model(name: str, rows: FitRows, steps: int, seed: int) -> FitResult:
    """Fit one model, a network of :data:`~rpn_zoo.fitting.MODELS` or the polynomial.

    Args:
        name: one of :data:`NAMES`.
        rows: the rows.
        steps: budget of a network; the polynomial is solved for, and its degree is that which does
            best on the validation rows (total degree up to 10, at most 750 coefficients).
        seed: of the initial weights.
    """
    variables = rows.train[0].shape[1]
    if name != POLYNOMIAL:
        return fit_network(MODELS[name](variables), rows, steps, seed)
    start = time.perf_counter()
    polynomial = best_polynomial(rows.train, rows.val)
    seconds = time.perf_counter() - start
    return measure(polynomial, polynomial.coefficients.numel(), 1, rows, seconds)


def read_table(path: Path) -> list[SurveyRow]:
    """The rows of a table; none if there is no such file.

    Raises:
        ValueError: naming the file, if it is not such a table.
    """
    if not path.is_file():
        return []
    kinds: dict[str, Any] = {"int": int, "float": float, "str": str}
    columns = {field.name: kinds[str(field.type)] for field in fields(SurveyRow)}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != list(columns):
            raise ValueError(
                f"{path}: the columns must be {', '.join(columns)}, got {reader.fieldnames}."
            )
        try:
            return [SurveyRow(**{k: columns[k](row[k]) for k in columns}) for row in reader]
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}.") from error


def write_table(path: Path, rows: Sequence[SurveyRow]) -> None:
    """Write a table atomically, replacing what is there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in fields(SurveyRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    write_atomic(path, text.getvalue().encode("utf-8"), overwrite=True)


def _row(equation: Equation, name: str, result: FitResult, budget: int) -> SurveyRow:
    def digits(value: float) -> float:
        return float(f"{value:.5g}")

    return SurveyRow(
        suite=equation.suite,
        id=equation.id,
        variables=len(equation.variables),
        model=name,
        parameters=result.parameters,
        steps=result.steps,
        validation_nrmse=digits(result.validation),
        nrmse=digits(result.nrmse),
        rmse=digits(result.rmse),
        r2=digits(result.r2),
        seconds=result.seconds,
        budget=budget,
    )
