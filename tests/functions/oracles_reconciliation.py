"""Naive oracles of reconciliations, remainders and fusions, beside those of `oracles.py`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from tests.functions import oracles
from tests.functions.oracles import Arguments, Array, oracle, process, product

Parameters = Mapping[str, Array]

# --- reconciliations ------------------------------------------------------------------------------


def entries(a: Arguments, entry: Callable[[int, int], float]) -> Array:
    return np.array([[entry(i, j) for j in range(a["D"])] for i in range(a["n"])], dtype=float)


def without_parameters(name: str, entry: Callable[[Arguments, int, int], float]) -> None:
    """The oracle of a reconciliation with the entries ``entry(a, i, j)``."""

    @oracle(name)
    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
        W = entries(a, lambda i, j: entry(a, i, j))
        return np.stack([W] * a.get("channels", 1))


without_parameters("constant_reconciliation", lambda a, i, j: a.get("c", 1.0))
without_parameters("zero_reconciliation", lambda a, i, j: 0.0)
without_parameters("one_reconciliation", lambda a, i, j: 1.0)
without_parameters("constant_eye_reconciliation", lambda a, i, j: float(i == j))


def with_parameters(
    name: str,
) -> Callable[[Callable[[Arguments, Array, Parameters], Array]], None]:
    """The oracle of a reconciliation, from the matrix that one row of w fabricates."""

    def decorate(matrix: Callable[[Arguments, Array, Parameters], Array]) -> None:
        @oracle(name)
        def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
            return np.stack([matrix(a, w, parameters) for w in parameters["w"]])

    return decorate


@with_parameters("masking_reconciliation")
def masking(a: Arguments, w: Array, frozen: Parameters) -> Array:
    mask = frozen["mask_matrix"]
    return entries(a, lambda i, j: w[i * a["D"] + j] if mask[i, j] else 0.0)


@with_parameters("duplicated_padding_reconciliation")
def duplicated_padding(a: Arguments, w: Array, frozen: Parameters) -> Array:
    p = a.get("p", 2)
    q = p if a.get("q") is None else a["q"]
    s, t = a["n"] // p, a["D"] // q
    if a.get("layout") == "flat":
        return entries(a, lambda i, j: w[(i * a["D"] + j) % (s * t)])
    return entries(a, lambda i, j: w[(i % s) * t + j % t])


@with_parameters("duplicated_diagonal_padding_reconciliation")
def duplicated_diagonal_padding(a: Arguments, w: Array, frozen: Parameters) -> Array:
    return entries(a, lambda i, j: w[j % len(w)] if j // len(w) == i else 0.0)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def affine(W: Array, x: Sequence[float], b: Array) -> list[float]:
    return [
        sum(v * u for v, u in zip(row, x, strict=True)) + c for row, c in zip(W, b, strict=True)
    ]


@with_parameters("hypernet_reconciliation")
def hypernet(a: Arguments, w: Array, net: Parameters) -> Array:
    hidden = [sigmoid(z) for z in affine(net["net.0.weight"], list(w), net["net.0.bias"])]
    flat = affine(net["net.2.weight"], hidden, net["net.2.bias"])
    return entries(a, lambda i, j: flat[i * a["D"] + j])


def adapted(n: int, D: int, w: Array, A: Array, B: Array) -> Array:
    W = np.zeros((n, D))
    for i in range(n):
        for j in range(D):
            W[i, j] = sum(w[i] * A[i, k] * w[n + k] * B[j, k] for k in range(A.shape[1]))
    return W


@with_parameters("random_matrix_adaption_reconciliation")
def random_matrix_adaption(a: Arguments, w: Array, frozen: Parameters) -> Array:
    return adapted(a["n"], a["D"], w, frozen["A"], frozen["B"])


@with_parameters("random_matrix_hypernet_reconciliation")
def random_matrix_hypernet(a: Arguments, w: Array, frozen: Parameters) -> Array:
    hidden = product(product(w[None], frozen["P"]), frozen["Q"].T)
    u = product(np.array([[sigmoid(z) for z in hidden[0]]]), frozen["S"])
    flat = product(u, frozen["T"].T)[0]
    return entries(a, lambda i, j: flat[i * a["D"] + j])


# --- remainders -----------------------------------------------------------------------------------


@oracle("constant_remainder")
@oracle("one_remainder")
def constant_remainder(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    rows = [[a.get("c", 1.0)] * a["n"] for _ in inputs[0]]
    return process(a.get("activation_functions"), np.array(rows, dtype=float).reshape(-1, a["n"]))


# --- fusions --------------------------------------------------------------------------------------


@oracle("weighted_summation_fusion")
def weighted_summation(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    weights = a.get("weights") or [1.0] * len(inputs)
    return oracles.fusion(lambda v: sum(w * u for w, u in zip(weights, v, strict=True)))(
        a, inputs, {}
    )


@oracle("parameterized_weighted_summation_fusion")
def parameterized_weighted_summation(
    a: Arguments, inputs: Sequence[Array], parameters: Parameters
) -> Array:
    return weighted_summation({**a, "weights": list(parameters["w"][0])}, inputs, {})


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def moment(values: Sequence[float], order: int) -> float:
    return mean([(v - mean(values)) ** order for v in values])


def variance(values: Sequence[float]) -> float:
    return moment(values, 2) * len(values) / (len(values) - 1)


def mode(values: Sequence[float]) -> float:
    counts = Counter(values)
    return min(v for v in counts if counts[v] == max(counts.values()))


def median(values: Sequence[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": mean,
    "geometric_mean": lambda v: math.prod(v) ** (1 / len(v)),
    "harmonic_mean": lambda v: len(v) / sum(1 / u for u in v),
    "median": median,
    "mode": mode,
    "variance": variance,
    "std": lambda v: math.sqrt(variance(v)),
    "skewness": lambda v: moment(v, 3) / (moment(v, 2) ** 1.5 + 1e-12),
    "entropy": lambda v: -sum(u * math.log(u) for u in v),
    "sum": sum,
    "prod": math.prod,
    "max": max,
    "min": min,
    "l1_norm": lambda v: sum(abs(u) for u in v),
    "l2_norm": lambda v: math.sqrt(sum(u * u for u in v)),
}

for statistic in ("sum", "prod", "max", "min", "median", "l1_norm", "l2_norm"):
    oracle(f"{statistic}_fusion")(oracles.fusion(STATISTICS[statistic]))
oracle("average_fusion")(oracles.fusion(mean))


@oracle("metric_fusion")
def metric(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    return oracles.fusion(STATISTICS[a["metric"].removeprefix("batch_")])(a, inputs, parameters)


def mapped(name: str, matrix: Callable[[Arguments, Array, Parameters], Array]) -> None:
    """The oracle of a concatenation times the transposed matrix of one row of w."""

    @oracle(f"{name}parameterized_concatenation_fusion")
    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
        xs = [process(a.get("preprocess_functions"), x) for x in inputs]
        joined = np.concatenate(xs, axis=1)
        sizes = {**a, "n": a.get("n") or a["dims"][0], "D": sum(a["dims"])}
        if "p" in a:
            sizes["q"] = a.get("q") or a["p"]
        given = {k.removeprefix("reconciliation."): v for k, v in parameters.items()}
        y = product(joined, matrix(sizes, given["w"][0], given).T)
        return process(a.get("postprocess_functions"), y)


mapped("", lambda a, w, frozen: oracles.identity_matrix(a, list(w)))
mapped("lowrank_", lambda a, w, frozen: oracles.lorr_matrix(a, list(w)))
mapped("hm_", lambda a, w, frozen: oracles.hm_matrix(a, list(w)))
mapped("lphm_", lambda a, w, frozen: oracles.lphm_matrix(a, list(w)))
mapped("dual_lphm_", lambda a, w, frozen: oracles.dual_lphm_matrix(a, list(w)))
mapped(
    "random_matrix_adaption_",
    lambda a, w, frozen: adapted(a["n"], a["D"], w, frozen["A"], frozen["B"]),
)
