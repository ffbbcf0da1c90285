"""Naive oracles of the component functions: the definitions in plain loops over numpy scalars.

Written from the definitions alone, without looking at rpn_zoo's code, and as slow as they like.
An oracle takes the sizes and options of a component, its inputs and its parameters as float64
arrays, and returns the output as a float64 array.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[np.float64]"
Arguments: TypeAlias = "Mapping[str, Any]"
Oracle: TypeAlias = "Callable[[Arguments, Sequence[Array], Mapping[str, Array]], Array]"

ORACLES: dict[str, Oracle] = {}


def oracle(name: str) -> Callable[[Oracle], Oracle]:
    """Decorator: make a function the oracle of the component ``name``."""

    def decorate(function: Oracle) -> Oracle:
        assert name not in ORACLES, name
        ORACLES[name] = function
        return function

    return decorate


# --- ordinary functions ---------------------------------------------------------------------------


def layer_norm(row: Array, eps: float = 1e-5) -> Array:
    mean = sum(row) / len(row)
    variance = sum((v - mean) ** 2 for v in row) / len(row)
    return np.array([(v - mean) / math.sqrt(variance + eps) for v in row])


def elementwise(function: Callable[[float], float]) -> Callable[[Array], Array]:
    return lambda row: np.array([function(v) for v in row])


PROCESSING: dict[str, Callable[..., Array]] = {
    "layer_norm": layer_norm,
    "tanh": elementwise(math.tanh),
    "sigmoid": elementwise(lambda v: 1 / (1 + math.exp(-v))),
    "silu": elementwise(lambda v: v / (1 + math.exp(-v))),
    "relu": elementwise(lambda v: max(v, 0.0)),
}


def process(functions: Any, data: Array) -> Array:
    """Apply named functions to each row of ``data`` (any number of leading axes)."""
    for item in functions if isinstance(functions, list) else [functions] if functions else []:
        name = item if isinstance(item, str) else item["name"]
        rows = [PROCESSING[name](row) for row in data.reshape(-1, data.shape[-1])]
        data = np.stack(rows).reshape(data.shape)
    return data


# --- expansions -----------------------------------------------------------------------------------


def expansion(bare: Callable[[Arguments, Array], list[float]]) -> Oracle:
    """The oracle of an expansion, from the expansion of one pre-processed row."""

    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]) -> Array:
        x = process(a.get("preprocess_functions"), inputs[0])
        return process(a.get("postprocess_functions"), np.array([bare(a, row) for row in x]))

    return evaluate


def taylor_row(a: Arguments, row: Array) -> list[float]:
    d = a.get("d", 2)
    orders = (itertools.product(row, repeat=p) for p in range(1, d + 1))
    return [math.prod(factors) for order in orders for factors in order]


def bspline_row(a: Arguments, row: Array) -> list[float]:
    (lo, hi), t, d = a.get("grid_range", (-1, 1)), a.get("t", 5), a.get("d", 3)
    knots = [lo + (j - d) * (hi - lo) / t for j in range(t + 2 * d + 1)]

    def basis(k: int, p: int, x: float) -> float:
        if p == 0:
            return float(knots[k] <= x < knots[k + 1])
        left = (x - knots[k]) / (knots[k + p] - knots[k])
        right = (knots[k + p + 1] - x) / (knots[k + p + 1] - knots[k + 1])
        return left * basis(k, p - 1, x) + right * basis(k + 1, p - 1, x)

    if a.get("outside") == "clamp":
        row = np.array([min(max(x, lo), hi) for x in row])
    return [basis(k, d, x) for x in row for k in range(t + d)]


oracle("identity_expansion")(expansion(lambda a, row: list(row)))
oracle("taylor_expansion")(expansion(taylor_row))
oracle("bspline_expansion")(expansion(bspline_row))


# --- reconciliations ------------------------------------------------------------------------------


def reconciliation(matrix: Callable[[Arguments, list[float]], Array]) -> Oracle:
    """The oracle of a reconciliation, from the matrix (n, D) that one row of w fabricates."""

    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]) -> Array:
        return np.stack([matrix(a, list(row)) for row in parameters["w"]])

    return evaluate


class Reader:
    """Takes matrices off the front of a list of numbers, row by row."""

    def __init__(self, numbers: list[float]) -> None:
        self.numbers = numbers

    def matrix(self, rows: int, columns: int) -> Array:
        taken, self.numbers = self.numbers[: rows * columns], self.numbers[rows * columns :]
        return np.array(taken).reshape(rows, columns)

    def end(self) -> None:
        assert not self.numbers, "w is longer than the definition says"


def product(A: Array, B: Array) -> Array:
    C = np.zeros((A.shape[0], B.shape[1]))
    for i, j, k in itertools.product(range(A.shape[0]), range(B.shape[1]), range(A.shape[1])):
        C[i, j] += A[i, k] * B[k, j]
    return C


def divisor(n: int) -> int:
    """The largest divisor of n up to its square root."""
    return max(i for i in range(1, n + 1) if n % i == 0 and i * i <= n)


def factor_sizes(a: Arguments) -> tuple[int, int, int, int]:
    n, D = a["n"], a["D"]
    p = divisor(n) if a.get("p") is None else a["p"]
    q = divisor(D) if a.get("q") is None else a["q"]
    return p, q, n // p, D // q


def combined(a: Arguments, A: Array, B: Array) -> Array:
    """The Kronecker product of A and B, or tinybig's reshaped outer product."""
    n, D = a["n"], a["D"]
    q, (s, t) = A.shape[1], B.shape
    W = np.zeros((n, D))
    for i, j in itertools.product(range(n), range(D)):
        if a.get("layout", "kronecker") == "kronecker":
            W[i, j] = A[i // s, j // t] * B[i % s, j % t]
        else:
            k = (i % s) * q + j // t
            W[i, j] = A[i // s, k // s] * B[k % s, j % t]
    return W


def identity_matrix(a: Arguments, w: list[float]) -> Array:
    return Reader(w).matrix(a["n"], a["D"])


def lorr_matrix(a: Arguments, w: list[float]) -> Array:
    read, r = Reader(w), a.get("r", 2)
    A, B = read.matrix(a["n"], r), read.matrix(r, a["D"])
    read.end()
    return product(A, B)


def hm_matrix(a: Arguments, w: list[float]) -> Array:
    read, (p, q, s, t) = Reader(w), factor_sizes(a)
    A, B = read.matrix(p, q), read.matrix(s, t)
    read.end()
    return combined(a, A, B)


def lphm_matrix(a: Arguments, w: list[float]) -> Array:
    read, (p, q, s, t), r = Reader(w), factor_sizes(a), a.get("r", 2)
    A, S, T = read.matrix(p, q), read.matrix(s, r), read.matrix(r, t)
    read.end()
    return combined(a, A, product(S, T))


def dual_lphm_matrix(a: Arguments, w: list[float]) -> Array:
    read, (p, q, s, t), r = Reader(w), factor_sizes(a), a.get("r", 2)
    P, Q = read.matrix(p, r), read.matrix(r, q)
    S, T = read.matrix(s, r), read.matrix(r, t)
    read.end()
    return combined(a, product(P, Q), product(S, T))


oracle("identity_reconciliation")(reconciliation(identity_matrix))
oracle("lorr_reconciliation")(reconciliation(lorr_matrix))
oracle("hm_reconciliation")(reconciliation(hm_matrix))
oracle("lphm_reconciliation")(reconciliation(lphm_matrix))
oracle("dual_lphm_reconciliation")(reconciliation(dual_lphm_matrix))


# --- remainders -----------------------------------------------------------------------------------


@oracle("zero_remainder")
def zero_remainder(a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]) -> Array:
    return process(a.get("activation_functions"), np.zeros((len(inputs[0]), a["n"])))


@oracle("identity_remainder")
def identity_remainder(
    a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]
) -> Array:
    return process(a.get("activation_functions"), inputs[0].copy())


@oracle("linear_remainder")
def linear_remainder(
    a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]
) -> Array:
    y = inputs[0].copy()
    if "w" in parameters:
        y = product(y, parameters["w"].T)
    if "b" in parameters:
        y = np.array([[v + b for v, b in zip(row, parameters["b"], strict=True)] for row in y])
    return process(a.get("activation_functions"), y)


# --- fusions --------------------------------------------------------------------------------------


def fusion(entry: Callable[[Sequence[float]], float]) -> Oracle:
    """The oracle of a fusion that combines the K values of each entry by themselves."""

    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]) -> Array:
        xs = [process(a.get("preprocess_functions"), x) for x in inputs]
        y = np.zeros_like(xs[0])
        for place in np.ndindex(*y.shape):
            y[place] = entry([x[place] for x in xs])
        return process(a.get("postprocess_functions"), y)

    return evaluate


@oracle("concatenation_fusion")
def concatenation_fusion(
    a: Arguments, inputs: Sequence[Array], parameters: Mapping[str, Array]
) -> Array:
    xs = [process(a.get("preprocess_functions"), x) for x in inputs]
    rows = [[v for x in xs for v in x[i]] for i in range(len(xs[0]))]
    return process(a.get("postprocess_functions"), np.array(rows))


oracle("summation_fusion")(fusion(sum))
oracle("mean_fusion")(fusion(lambda values: sum(values) / len(values)))


# Registers the oracles written there; last, since they use what stands above.
from tests.functions import oracles_reconciliation  # noqa: E402, F401
