"""Naive oracles of the compressions: fitted ones are fitted here anew, sampling ones take the mode.

Written from the definitions: plain loops, whole decompositions where the library updates them,
every combination where it tabulates none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.stats
import torch

from tests.functions import oracles
from tests.functions.examples_compression import fit_data
from tests.functions.oracles import ORACLES, Arguments, Array, expansion, oracle, process
from tests.functions.oracles_expansion import linear_row, reciprocal, sigmoid
from tests.functions.oracles_reconciliation import STATISTICS

Parameters = Mapping[str, Array]


def _softmax(row: Array) -> Array:
    total = sum(math.exp(v) for v in row)
    return np.array([math.exp(v) / total for v in row])


oracles.PROCESSING["softmax"] = _softmax

# --- basic ----------------------------------------------------------------------------------------

oracle("identity_compression")(expansion(lambda a, row: list(row)))
oracle("reciprocal_compression")(expansion(lambda a, row: [reciprocal(float(x)) for x in row]))
oracle("linear_compression")(expansion(linear_row))


def _parts(a: Arguments, parameters: Parameters) -> list[Callable[[Array, Array], Array]]:
    """The inner functions as maps of (rows, what to fit to)."""

    def part(number: int, spec: Any) -> Callable[[Array, Array], Array]:
        name, options = (spec, {}) if isinstance(spec, str) else (spec["name"], dict(spec))
        prefix = f"parts.{number}."
        state = {k.removeprefix(prefix): v for k, v in parameters.items() if k.startswith(prefix)}

        def evaluate(x: Array, fit: Array) -> Array:
            arguments = {**options, "m": x.shape[1], "fit": fit}
            return ORACLES[name](arguments, [x], state)

        return evaluate

    return [part(number, spec) for number, spec in enumerate(a["functions"])]


@oracle("extended_compression")
def extended(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    x, fit = prepared(a, inputs)
    blocks = [part(x, fit) for part in _parts(a, parameters)]
    return process(a.get("postprocess_functions"), np.concatenate(blocks, axis=1))


@oracle("nested_compression")
def nested(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    x, fit = prepared(a, inputs)
    for part in _parts(a, parameters):
        x, fit = part(x, fit), part(fit, fit)
    return process(a.get("postprocess_functions"), x)


# --- metrics --------------------------------------------------------------------------------------


def _weighted(v: Sequence[float], weights: Sequence[float]) -> float:
    return sum(w * u for w, u in zip(weights, v, strict=True)) / sum(weights)


def metric_row(a: Arguments, row: Array) -> list[float]:
    name = a["metric"].removeprefix("batch_")
    name = {"var": "variance", "skew": "skewness", "hmean": "harmonic_mean"}.get(name, name)
    options = a.get("metric_kwargs", {})
    v = [float(u) for u in row]
    if name == "norm":
        p = 2 if options["p"] == "fro" else options["p"]
        return [sum(abs(u) ** p for u in v) ** (1 / p)]
    if name == "weighted_mean":
        return [_weighted(v, options["weights"])]
    if name == "harmonic_mean" and options:
        return [1 / _weighted([1 / u for u in v], options["weights"])]
    return [float(STATISTICS[name](v))]


oracle("metric_compression")(expansion(metric_row))
for metric in ("max", "min", "sum", "mean", "prod", "median"):
    oracle(f"{metric}_compression")(
        expansion(lambda a, row, metric=metric: metric_row({"metric": metric}, row))  # type: ignore[misc]
    )

# --- fitted ---------------------------------------------------------------------------------------

Fitted = Callable[[Arguments, Array, Array], Array]
"""From the arguments, the rows to transform and the rows to fit to."""


def prepared(a: Arguments, inputs: Sequence[Array]) -> tuple[Array, Array]:
    """Pre-processed rows, and pre-processed rows to fit to."""
    fit = a["fit"] if "fit" in a else fit_data(a["m"]).numpy()
    functions_ = a.get("preprocess_functions")
    return process(functions_, inputs[0]), process(functions_, fit)


def fitted(*names: str) -> Callable[[Fitted], Fitted]:
    """Decorator: the oracle of compressions that are fitted once, then evaluated."""

    def decorate(bare: Fitted) -> Fitted:
        def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
            x, fit = prepared(a, inputs)
            return process(a.get("postprocess_functions"), bare(a, x, fit))

        for name in names:
            oracle(name)(evaluate)
        return bare

    return decorate


def positive_largest(v: Array) -> Array:
    return v if v[np.argmax(np.abs(v))] > 0 else -v


@fitted("incremental_PCA_based_compression")
def pca(a: Arguments, x: Array, fit: Array) -> Array:
    mean = sum(fit) / len(fit)
    _, _, vectors = np.linalg.svd(np.array([row - mean for row in fit]))
    V = [positive_largest(vectors[c]) for c in range(a["D"])]
    return np.array([[(row - mean) @ v for v in V] for row in x])


@oracle("incremental_random_projection_based_compression")
def random_projection(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
    m, D = a["m"], a["D"]
    v = math.sqrt(math.sqrt(m) / D)
    R = v * parameters["signs"]
    x = process(a.get("preprocess_functions"), inputs[0])
    return np.array([[sum(r * u for r, u in zip(R[c], row, strict=True)) for c in range(D)]
                     for row in x])  # fmt: skip


@fitted("incremental_variance_threshold_based_compression")
def variance_threshold(a: Arguments, x: Array, fit: Array) -> Array:
    variances = [STATISTICS["variance"](list(column)) for column in fit.T]
    chosen = sorted(range(a["m"]), key=lambda i: variances[i])[-a["D"] :]
    return np.array([[row[i] for i in chosen] for row in x])


@fitted("incremental_feature_clustering_based_compression")
def feature_clustering(a: Arguments, x: Array, fit: Array) -> Array:
    from sklearn.cluster import SpectralClustering

    m, D = a["m"], a["D"]
    distance = [[math.dist(fit[:, i], fit[:, j]) for j in range(m)] for i in range(m)]
    similarity = np.array([[math.exp(-(d**2) / 2) for d in row] for row in distance])
    if m == D:
        labels = list(range(m))
    else:
        model = SpectralClustering(
            D, affinity="precomputed", random_state=a.get("random_state", 42)
        )
        labels = list(model.fit_predict(similarity))
    clusters = [[i for i in range(m) if labels[i] == c] for c in dict.fromkeys(labels)]
    means = [[sum(row[i] for i in members) / len(members) for members in clusters] for row in x]
    return np.pad(np.array(means), ((0, 0), (0, D - len(clusters))))


# --- manifolds ------------------------------------------------------------------------------------


def neighbours(row: Array, others: Array, k: int) -> list[int]:
    return sorted(range(len(others)), key=lambda j: math.dist(row, others[j]))[:k]


@fitted("isomap_manifold_compression")
def isomap(a: Arguments, x: Array, fit: Array) -> Array:
    B, k, D = len(fit), a.get("n_neighbors", 5), a["D"]
    G = np.full((B, B), math.inf)
    for i in range(B):
        for j in neighbours(fit[i], fit, k + 1):
            G[i, j] = G[j, i] = math.dist(fit[i], fit[j])
    for via, i, j in itertools.product(range(B), repeat=3):
        G[i, j] = min(G[i, j], G[i, via] + G[via, j])
    assert np.isfinite(G).all(), "the graph is not connected"
    J = np.eye(B) - 1 / B
    values, vectors = np.linalg.eigh(-0.5 * J @ G**2 @ J)
    K = -0.5 * G**2
    y = np.zeros((len(x), D))
    for r, row in enumerate(x):
        near = neighbours(row, fit, k)
        g = [min(math.dist(row, fit[j]) + G[j, i] for j in near) for i in range(B)]
        kernel = -0.5 * np.square(g)
        centred = kernel - K.mean(0) - kernel.mean() + K.mean()
        for c in range(D):
            u = positive_largest(vectors[:, -1 - c])
            y[r, c] = centred @ u / math.sqrt(values[-1 - c])
    return y


def reconstruction(row: Array, near: Array) -> Array:
    C = np.array([[(u - row) @ (v - row) for v in near] for u in near])
    w = np.linalg.solve(C + 1e-3 * np.trace(C) * np.eye(len(near)), np.ones(len(near)))
    return np.asarray(w / w.sum())


@fitted("lle_manifold_compression")
def lle(a: Arguments, x: Array, fit: Array) -> Array:
    B, k = len(fit), a.get("n_neighbors", 5)
    W = np.zeros((B, B))
    for i in range(B):
        near = [j for j in neighbours(fit[i], fit, k + 1) if j != i]
        W[i, near] = reconstruction(fit[i], fit[near])
    _, _, V = np.linalg.svd(np.eye(B) - W)
    embedding = np.stack([positive_largest(V[-1 - c]) for c in range(1, a["D"] + 1)], axis=1)
    y = []
    for row in x:
        near = neighbours(row, fit, k)
        y.append(reconstruction(row, fit[near]) @ embedding[near])
    return np.array(y)


def of_the_batch(*names: str) -> Callable[[Callable[[Arguments, Array], Array]], None]:
    """Decorator: the oracle of an embedding of each batch by itself."""

    def decorate(bare: Callable[[Arguments, Array], Array]) -> None:
        fitted(*names)(lambda a, x, fit: bare(a, x))

    return decorate


@of_the_batch("spectral_embedding_manifold_compression")
def spectral_embedding(a: Arguments, x: Array) -> Array:
    b = len(x)
    k = max(b // 10, 1)
    K = np.zeros((b, b))
    for i in range(b):
        K[i, neighbours(x[i], x, k)] = 1
    A = (K + K.T) / 2
    np.fill_diagonal(A, 0)
    degree = A.sum(0)
    L = np.eye(b) - A / np.sqrt(np.outer(degree, degree))
    values, vectors = np.linalg.eigh(L)
    assert values[1] > 1e-6, "the graph is not connected"
    return np.stack(
        [positive_largest(vectors[:, c] / np.sqrt(degree)) for c in range(1, a["D"] + 1)], axis=1
    )


@of_the_batch("mds_manifold_compression")
def mds(a: Arguments, x: Array) -> Array:
    b, D = len(x), a["D"]
    delta = np.array([[math.dist(u, v) for v in x] for u in x])
    J = np.eye(b) - 1 / b
    values, vectors = np.linalg.eigh(-0.5 * J @ delta**2 @ J)
    columns = [positive_largest(vectors[:, -1 - c]) * values[-1 - c] ** 0.5 for c in range(D)]
    generator = torch.Generator().manual_seed(a.get("random_state", 0))
    starts = [np.stack(columns, axis=1)] + [
        torch.rand(b, D, generator=generator, dtype=torch.float64).numpy()
        for _ in range(a.get("random_starts", 0))
    ]
    return min((smacof(delta, y) for y in starts), key=lambda found: found[1])[0]


def smacof(delta: Array, y: Array) -> tuple[Array, float]:
    b, stress, last = len(y), math.inf, math.inf
    for step in range(300):
        d = np.array([[math.dist(u, v) for v in y] for u in y])
        ratio = np.where(d > 0, delta / np.where(d > 0, d, 1), delta / 1e-5)
        y = (np.diag(ratio.sum(1)) - ratio) @ y / b
        d = np.array([[math.dist(u, v) for v in y] for u in y])
        stress = ((d - delta) ** 2).sum() / 2
        if step and (last - stress) / ((d**2).sum() / 2) < 1e-6:
            break
        last = stress
    return y, stress


@of_the_batch("tsne_manifold_compression")
def tsne(a: Arguments, x: Array) -> Array:
    # No naive form of its 1000 steps: this is the estimator that the definition names.
    from sklearn.manifold import TSNE

    estimator = TSNE(a["D"], perplexity=a["perplexity"], init="pca", random_state=0)
    return np.asarray(estimator.fit_transform(x), dtype=float)


# --- by name --------------------------------------------------------------------------------------


def by_name(name: str, argument: str, default: str, suffix: str) -> None:
    """The oracle of a compression that names another one."""

    @oracle(name)
    def evaluate(a: Arguments, inputs: Sequence[Array], parameters: Parameters) -> Array:
        x, fit = prepared(a, inputs)
        state = {k.removeprefix("part."): v for k, v in parameters.items()}
        inner = {"m": a["m"], "D": a["D"], "fit": fit, **a.get("function_kwargs", {})}
        y = ORACLES[a.get(argument, default) + suffix](inner, [x], state)
        return process(a.get("postprocess_functions"), y)


based = "_based_compression"
by_name("dimension_reduction_compression", "dr_function", "incremental_PCA", based)
by_name("feature_selection_compression", "fs_function", "incremental_variance_threshold", based)
by_name("manifold_compression", "manifold_function", "isomap_manifold", "_compression")

# --- sampling: the most probable outcome ----------------------------------------------------------

LAWS: dict[str, Callable[[Arguments], Any]] = {
    "uniform": lambda p: scipy.stats.uniform(
        p.get("low", 0), p.get("high", 1) - p.get("low", 0)
    ),
    "normal": lambda p: scipy.stats.norm(p.get("mean", 0), p.get("std", 1)),
    "cauchy": lambda p: scipy.stats.cauchy(p.get("loc", 0), p.get("scale", 1)),
    "laplace": lambda p: scipy.stats.laplace(p.get("loc", 0), p.get("scale", 1)),
    "chi2": lambda p: scipy.stats.chi2(p.get("df", 1)),
    "exponential": lambda p: scipy.stats.expon(scale=1 / p.get("rate", 0.5)),
    "gamma": lambda p: scipy.stats.gamma(p.get("concentration", 1), scale=1 / p.get("rate", 1)),
}  # fmt: skip


def arguments_of_density(a: Arguments, row: Array) -> list[float]:
    z = process(a.get("metric"), row)
    if a.get("require_normalization", True):
        return [0.99 * sigmoid(v) + 0.001 for v in z]
    return [float(v) for v in z]


def sampling_row(a: Arguments, row: Array, law: Any) -> list[float]:
    q = arguments_of_density(a, row)
    weights = [law.pdf(v) for v in q]
    if a.get("with_replacement"):
        counts = [0] * len(q)
        for _ in range(a["k"]):  # the multinomial's mode, one copy after the other
            gains = [round(w / (n + 1), 12) for w, n in zip(weights, counts, strict=True)]
            counts[gains.index(max(gains))] += 1
        chosen = [i for i, n in enumerate(counts) for _ in range(n)]
    else:
        # Rounded, so that weights that are equal by definition are equal here.
        order = sorted(range(len(q)), key=lambda i: -round(weights[i], 12))
        chosen = sorted(order[: a["k"]])
    if a.get("simply_sampling", True):
        return [row[i] for i in chosen]
    return [law.logpdf(q[i]) if a.get("log_prob") else q[i] for i in chosen]


def naive_row(a: Arguments, row: Array) -> list[float]:
    given = a.get("distribution_function") or "uniform"
    parameters = {} if isinstance(given, str) else given
    name = given if isinstance(given, str) else given["name"]
    return sampling_row(a, row, LAWS[name](parameters))


oracle("naive_probabilistic_compression")(expansion(naive_row))
for law in LAWS:
    oracle(f"naive_{law}_probabilistic_compression")(
        expansion(lambda a, row, law=law: sampling_row(a, row, LAWS[law](a)))  # type: ignore[misc]
    )


def combinatorial_row(a: Arguments, row: Array) -> list[float]:
    q = arguments_of_density(a, row)
    combine = (
        itertools.combinations_with_replacement
        if a.get("with_replacement")
        else itertools.combinations
    )
    log_density = [float(scipy.stats.norm.logpdf(v)) for v in q]
    k = a.get("k", 1)
    chosen = []
    for r in range(1, a.get("d", 1) + 1):
        tuples = list(combine(range(len(q)), r))
        weight = {t: round(sum(log_density[i] for i in t), 12) for t in tuples}
        chosen.append(sorted(sorted(tuples, key=lambda t: -weight[t])[:k]))
    if a.get("log_prob") and not a.get("simply_sampling", True):
        return [sum(log_density[i] for i in t) for tuples in chosen for t in tuples]
    values = row if a.get("simply_sampling", True) else q
    return [values[i] for rank in range(k) for tuples in chosen for i in tuples[rank]]


oracle("combinatorial_compression")(expansion(combinatorial_row))
oracle("combinatorial_probabilistic_compression")(
    expansion(
        lambda a, row: combinatorial_row({**a, "simply_sampling": False, "log_prob": True}, row)
    )
)
