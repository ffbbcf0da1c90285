"""Naive oracles of interdependences, beside those of `oracles.py`: A entry by entry, then products.

An oracle of a matrix takes the arguments, C with the objects as columns (pre-processed, where the
function uses data) and the parameters, and returns A before its post-processing. Chains, graphs and
grids have theirs in files of their own, by the same decorator.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from tests.functions import oracles
from tests.functions.oracles import ORACLES, Arguments, Array, oracle, process, product
from tests.functions.oracles_reconciliation import adapted

Parameters = Mapping[str, Array]
MatrixOracle: TypeAlias = "Callable[[Arguments, Array, Parameters], Array]"

MATRICES: dict[str, MatrixOracle] = {}
INSTANCE = ("instance", "instance_interdependence", "left")


def in_instance_mode(name: str, a: Arguments) -> bool:
    given = a.get("interdependence_type")
    if given is None:
        return any(word in name for word in ("bilinear", "chain", "graph"))
    return given in INSTANCE


def mixing(name: str) -> Callable[[MatrixOracle], MatrixOracle]:
    """Decorator: the oracle of an interdependence, from the oracle of its matrix."""

    def decorate(matrix: MatrixOracle) -> MatrixOracle:
        MATRICES[name] = matrix

        @oracle(name)
        def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
            x = inputs[0]
            return mixed(name, a, matrix_of(name, a, x, parameters), x)

        return matrix

    return decorate


def matrix_of(name: str, a: Arguments, x: Array, parameters: Parameters) -> Array:
    """A after its post-processing, from a plain batch x (b, m)."""
    C = x.T if in_instance_mode(name, a) else x
    C = process_matrix(a.get("preprocess_functions"), C)
    return process_matrix(a.get("postprocess_functions"), MATRICES[name](a, C, parameters))


def mixed(name: str, a: Arguments, A: Array, z: Array) -> Array:
    """z A in attribute mode, A^T z in instance mode."""
    return product(A.T, z) if in_instance_mode(name, a) else product(z, A)


# --- processing -----------------------------------------------------------------------------------


def softmax(values: Sequence[float]) -> list[float]:
    powers = [math.exp(v - max(values)) for v in values]
    return [p / sum(powers) for p in powers]


def operator_based(A: Array, item: Mapping[str, Any]) -> Array:
    assert item["mode"] == "column"
    B = np.zeros_like(A)
    for j in range(A.shape[1]):
        column = A[:, j] * item.get("rescale_factor", 1.0)
        used = [i for i in range(len(A)) if column[i] != 0 or not item.get("mask_zeros")]
        if used:
            B[used, j] = softmax([column[i] for i in used])
    return B


def degree_based(A: Array, item: Mapping[str, Any]) -> Array:
    assert item["mode"] == "row_column"
    A = np.array([row / math.sqrt(sum(row)) for row in A])
    return np.array([column / math.sqrt(sum(column)) for column in A.T]).T


def process_matrix(functions: Any, A: Array) -> Array:
    for item in functions if isinstance(functions, list) else [functions] if functions else []:
        name = item if isinstance(item, str) else item["name"]
        if name == "operator_based_normalize_matrix":
            A = operator_based(A, item)
        elif name == "degree_based_normalize_matrix":
            A = degree_based(A, item)
        elif name == "softmax" and item["dim"] == 0:
            A = np.array([softmax(list(column)) for column in A.T]).T
        else:
            A = process(item, A)
    return A


# --- constants ------------------------------------------------------------------------------------


def columns(name: str, a: Arguments, C: Array) -> int:
    """The number of columns of A: m' or b', by default that of its rows."""
    prime = a.get("b_prime") if in_instance_mode(name, a) else a.get("m_prime")
    return C.shape[1] if prime is None else prime


@mixing("constant_interdependence")
def constant(a: Arguments, C: Array, parameters: Parameters) -> Array:
    return np.array(a["A"], dtype=float)


def filled(name: str, entry: Callable[[Arguments, int, int], float]) -> None:
    @mixing(f"{name}_interdependence")
    def matrix(a: Arguments, C: Array, parameters: Parameters) -> Array:
        n = columns(name, a, C)
        return np.array([[entry(a, i, j) for j in range(n)] for i in range(C.shape[1])])


filled("constant_c", lambda a, i, j: a.get("c", 1.0))
filled("zero", lambda a, i, j: 0.0)
filled("one", lambda a, i, j: 1.0)
filled("identity", lambda a, i, j: float(i == j))


# --- kernels --------------------------------------------------------------------------------------

Vector: TypeAlias = "Sequence[float]"


def inner(u: Vector, v: Vector) -> float:
    return sum(a * b for a, b in zip(u, v, strict=True))


def norm(u: Vector, p: float | str) -> float:
    sizes = [abs(a) for a in u]
    p = {"inf": math.inf, "-inf": -math.inf, "fro": 2}.get(p, p) if isinstance(p, str) else p
    if p == math.inf:
        return max(sizes)
    if p == -math.inf:
        return min(sizes)
    if p == 0:
        return sum(size != 0 for size in sizes)
    if p < 0 and 0 in sizes:
        return 0.0
    return sum(size**p for size in sizes) ** (1 / p)


def distance(u: Vector, v: Vector, p: float | str) -> float:
    return norm([a - b for a, b in zip(u, v, strict=True)], p)


def canberra(u: Vector, v: Vector) -> float:
    return sum(abs(a - b) / (abs(a) + abs(b) + 1e-10) for a, b in zip(u, v, strict=True))


def cosine(u: Vector, v: Vector) -> float:
    return inner(u, v) / ((norm(u, 2) or 1.0) * (norm(v, 2) or 1.0))


def anisotropic(a: Arguments, u: Vector, v: Vector) -> float:
    factors = a.get("a_vector") or [a.get("a_scalar", 1.0)] * len(u)
    return math.exp(-sum(f * (x - y) ** 2 for f, x, y in zip(factors, u, v, strict=True)))


def mean(u: Vector) -> float:
    return sum(u) / len(u)


def centred(u: Vector) -> list[float]:
    return [0.0] * len(u) if len(set(u)) == 1 else [a - mean(u) for a in u]


def covariance(u: Vector, v: Vector) -> float:
    return inner(centred(u), centred(v)) / (len(u) - 1)


def correlation(u: Vector, v: Vector) -> float:
    scale = math.sqrt(covariance(u, u) * covariance(v, v))
    return covariance(u, v) / scale if scale else 0.0


def information(u: Vector, v: Vector) -> float:
    product = max(covariance(u, u), 1e-10) * max(covariance(v, v), 1e-10)
    return max(0.5 * math.log(product / max(product - covariance(u, v) ** 2, 1e-10)), 0.0)


def divergence(u: Vector, v: Vector) -> float:
    def logs(w: Vector) -> list[float]:
        total = math.log(sum(math.exp(a - max(w)) for a in w)) + max(w)
        return [a - total for a in w]

    return sum(math.exp(p) * (p - q) for p, q in zip(logs(u), logs(v), strict=True))


KERNELS: dict[str, Callable[[Arguments, Vector, Vector], float]] = {
    "linear_kernel": lambda a, u, v: inner(u, v),
    "polynomial_kernel": lambda a, u, v: (inner(u, v) + a.get("c", 0.0)) ** a.get("d", 1),
    "hyperbolic_tangent_kernel": lambda a, u, v: math.tanh(
        a.get("alpha", 1.0) * inner(u, v) + a.get("c", 0.0)
    ),
    "cosine_similarity_kernel": lambda a, u, v: cosine(u, v),
    "minkowski_distance": lambda a, u, v: distance(u, v, a["p"]),
    "minkowski_distance_kernel": lambda a, u, v: math.exp(-distance(u, v, a["p"])),
    "manhattan_distance": lambda a, u, v: distance(u, v, 1),
    "manhattan_distance_kernel": lambda a, u, v: math.exp(-distance(u, v, 1)),
    "euclidean_distance": lambda a, u, v: distance(u, v, 2),
    "euclidean_distance_kernel": lambda a, u, v: math.exp(-distance(u, v, 2)),
    "chebyshev_distance": lambda a, u, v: distance(u, v, "inf"),
    "chebyshev_distance_kernel": lambda a, u, v: math.exp(-distance(u, v, "inf")),
    "canberra_distance": lambda a, u, v: canberra(u, v),
    "canberra_distance_kernel": lambda a, u, v: math.exp(-canberra(u, v)),
    "exponential_kernel": lambda a, u, v: math.exp(-a.get("gamma", 1.0) * distance(u, v, 2) ** 2),
    "gaussian_rbf_kernel": lambda a, u, v: math.exp(
        -(distance(u, v, 2) ** 2) / (2 * a.get("sigma", 1.0) ** 2)
    ),
    "laplacian_kernel": lambda a, u, v: math.exp(-distance(u, v, 1) / a.get("sigma", 1.0)),
    "anisotropic_rbf_kernel": anisotropic,
    "pearson_correlation_kernel": lambda a, u, v: correlation(u, v),
    "rv_coefficient_kernel": lambda a, u, v: min(max(correlation(u, v), 0.0), 1.0),
    "mutual_information_kernel": lambda a, u, v: information(u, v),
    "kl_divergence_kernel": lambda a, u, v: divergence(u, v),
}
DIAGONAL = {
    "pearson_correlation_kernel": 1.0,
    "rv_coefficient_kernel": 0.0,
    "mutual_information_kernel": 0.0,
}


def kernel_matrix(name: str, a: Arguments, C: Array) -> Array:
    name = name.rsplit(".", 1)[-1].removeprefix("batch_")
    objects = [[float(v) for v in column] for column in C.T]
    if a.get("centered"):
        objects = [[v - mean(u) for v in u] for u in objects]
    A = np.array([[KERNELS[name](a, u, v) for v in objects] for u in objects])
    for i in range(len(A)):
        A[i, i] = DIAGONAL.get(name, A[i, i])
    return A


def kernel(name: str, function: str) -> None:
    mixing(f"{name}_interdependence")(lambda a, C, parameters: kernel_matrix(function, a, C))


for plain in (
    "linear_kernel",
    "polynomial_kernel",
    "hyperbolic_tangent_kernel",
    "exponential_kernel",
    "gaussian_rbf_kernel",
    "laplacian_kernel",
    "anisotropic_rbf_kernel",
):
    kernel(plain, plain)
for short in (
    "cosine_similarity",
    "minkowski_distance",
    "manhattan_distance",
    "euclidean_distance",
    "chebyshev_distance",
    "canberra_distance",
    "pearson_correlation",
    "rv_coefficient",
    "mutual_information",
    "kl_divergence",
):
    kernel(short, f"{short}_kernel")


def named_kernel(spec: Any, C: Array) -> Array:
    return (
        kernel_matrix(spec, {}, C)
        if isinstance(spec, str)
        else kernel_matrix(spec["name"], spec, C)
    )


@mixing("numerical_kernel_based_interdependence")
@mixing("statistical_kernel_based_interdependence")
def given(a: Arguments, C: Array, parameters: Parameters) -> Array:
    return named_kernel(a["kernel"], C)


@mixing("custom_hybrid_kernel_interdependence")
def custom_hybrid(a: Arguments, C: Array, parameters: Parameters) -> Array:
    kernels = a["kernels"]
    weights = a.get("weights") or [1 / len(kernels)] * len(kernels)
    return sum(w * named_kernel(k, C) for w, k in zip(weights, kernels, strict=True))


# --- parameters -----------------------------------------------------------------------------------


def fabricated(kind: str, a: Arguments, n: int, D: int, parameters: Parameters) -> Array:
    """The matrix W (n, D) of a reconciliation, from the definition."""
    given = {k.removeprefix("reconciliation."): v for k, v in parameters.items()}
    w, sizes = given["w"][0], {**a, "n": n, "D": D}
    if kind == "random_matrix_adaption_":
        return adapted(n, D, w, given["A"], given["B"])
    if "p" in a:
        sizes["q"] = a["p"] if a.get("q") is None else a["q"]
    matrix = {
        "": oracles.identity_matrix,
        "lowrank_": oracles.lorr_matrix,
        "hm_": oracles.hm_matrix,
        "lphm_": oracles.lphm_matrix,
        "dual_lphm_": oracles.dual_lphm_matrix,
    }[kind]
    return matrix(sizes, list(w))


def learnt(kind: str) -> None:
    name = f"{kind}parameterized_interdependence"

    @mixing(name)
    def matrix(a: Arguments, C: Array, parameters: Parameters) -> Array:
        return fabricated(kind, a, C.shape[1], columns(name, a, C), parameters)

    @mixing(f"{kind}parameterized_bilinear_interdependence")
    def scores(a: Arguments, C: Array, parameters: Parameters) -> Array:
        W = fabricated(kind, a, len(C), len(C), parameters)
        return product(product(C.T, W), C)


for family in ("", "lowrank_", "hm_", "lphm_", "dual_lphm_", "random_matrix_adaption_"):
    learnt(family)


def named(spec: Any) -> tuple[str, dict[str, Any]]:
    if isinstance(spec, str):
        return spec, {}
    return spec["name"], {k: v for k, v in spec.items() if k != "name"}


def inside(prefix: str, parameters: Parameters) -> dict[str, Array]:
    return {k.removeprefix(prefix): v for k, v in parameters.items() if k.startswith(prefix)}


@mixing("parameterized_rpn_interdependence")
def rpn(a: Arguments, C: Array, parameters: Parameters) -> Array:
    kappa, kappa_options = named(a["data_transformation"])
    psi, psi_options = named(a["parameter_fabrication"])
    K = ORACLES[kappa]({**kappa_options, "m": len(C)}, [C.T], {})
    n = columns("parameterized_rpn_interdependence", a, C)
    sizes = {**psi_options, "n": n, "D": K.shape[1]}
    W = ORACLES[psi](sizes, [], inside("reconciliation.", parameters))[0]
    return product(K, W.T)


@mixing("hybrid_interdependence")
def hybrid(a: Arguments, C: Array, parameters: Parameters) -> Array:
    instance = in_instance_mode("hybrid_interdependence", a)
    x = C.T if instance else C
    matrices = []
    for k, spec in enumerate(a["interdependence_functions"]):
        name, options = named(spec)
        shared = {"interdependence_type": "instance" if instance else "attribute"}
        own = {**options, **shared, "m": a["m"], "b": a.get("b")}
        matrices.append(matrix_of(name, own, x, inside(f"functions.{k}.", parameters)))
    fusion, options = named(a["fusion_function"])
    dims = [A.shape[1] for A in matrices]
    return ORACLES[fusion]({**options, "dims": dims}, matrices, inside("fusion.", parameters))
