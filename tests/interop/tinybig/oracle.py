"""tinybig's heads, layers and models in plain loops, from their definitions and parameter names.

Evaluation mode: no dropout, running statistics. Nothing of rpn_zoo is used but the naive oracles of
expansions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tests.functions import oracles_expansion  # noqa: F401 - registers its oracles
from tests.functions.oracles import ORACLES, Array

Arguments = Mapping[str, Any]
Parameters = Mapping[str, Array]


def below(given: Parameters, prefix: str) -> dict[str, Array]:
    """The arrays whose names start with a prefix, without it."""
    return {k.removeprefix(prefix): p for k, p in given.items() if k.startswith(prefix)}


# --- parts of heads -------------------------------------------------------------------------------


def expansion(name: str, x: Array, **options: Any) -> Array:
    return np.asarray(ORACLES[f"{name}_expansion"]({"m": x.shape[1], **options}, [x], {}))


def factor(n: int) -> int:
    """The largest divisor up to the root."""
    return max(i for i in range(1, n + 1) if n % i == 0 and i * i <= n)


def flat(A: Array, B: Array, n: int, D: int) -> Array:
    numbers = [a * b for a in A.ravel() for b in B.ravel()]
    return np.array(numbers).reshape(n, D)


def dual_lphm(w: Array, n: int, D: int, p: int, q: int, r: int) -> Array:
    shapes = [(p, r), (r, q), (n // p, r), (r, D // q)]
    parts = np.split(w, np.cumsum([a * b for a, b in shapes])[:-1])
    P, Q, S, T = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
    return flat(P @ Q, S @ T, n, D)


def fabricate(kw: Arguments, w: Array, n: int, D: int) -> Array:
    """W (n, D) by the switches of the ready-made heads."""
    r = kw.get("r", 3)
    if kw.get("with_dual_lphm"):
        return dual_lphm(w, n, D, factor(n), factor(D), r)
    if kw.get("with_lorr"):
        return w[: r * n].reshape(n, r) @ w[r * n :].reshape(r, D)
    return w.reshape(n, D)


def channels(kw: Arguments, given: Parameters, n: int, kxs: Sequence[Array]) -> Array:
    """The mean over the channels of kx W^T + b."""
    total = 0.0
    for c, w in enumerate(given["w"]):
        kx = kxs[c % len(kxs)]
        total = total + kx @ fabricate(kw, w, n, kx.shape[1]).T + given.get("b", 0.0)
    return np.asarray(total / len(given["w"]))


def residual(given: Parameters, x: Array) -> Array:
    return x @ given["w_remainder"].T if "w_remainder" in given else np.zeros((len(x), 1))


def softmax(z: Array, axis: int = -1) -> Array:
    powers = np.exp(z - z.max(axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis, keepdims=True))


def batch_norm(given: Parameters, z: Array, place: str = "output_process_functions.0.") -> Array:
    mean, var = given[f"{place}running_mean"], given[f"{place}running_var"]
    return (z - mean) / np.sqrt(var + 1e-5) * given[f"{place}weight"] + given[f"{place}bias"]


def output(
    kw: Arguments, given: Parameters, z: Array, defaults: Arguments, log: bool = False
) -> Array:
    on = {**defaults, **kw}
    if on.get("with_batch_norm"):
        z = batch_norm(given, z)
    if on.get("with_relu"):
        z = np.maximum(z, 0)
    if on.get("with_softmax"):
        z = np.log(softmax(z)) if log else softmax(z)
    return z


# --- heads ----------------------------------------------------------------------------------------


def perceptron(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    kx = x
    if kw.get("with_taylor"):
        kx = expansion("taylor", x, d=kw.get("d", 2))
    elif kw.get("with_bspline"):
        kx = expansion("bspline", x, d=kw.get("d", 2), t=5, grid_range=(-1, 1))
    z = channels(kw, given, kw["n"], [kx]) + residual(given, x)
    return output(kw, given, z, defaults)


def svm(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    kernel, kx = kw.get("kernel", "linear"), x
    if kernel != "linear":
        lo, hi = kw.get("base_range", (-1, 1))
        centres = np.linspace(lo, hi, kw.get("num_interval", 10))
        u = kw.get("epsilon", 1.0) * (x[:, :, None] - centres)
        values = np.exp(-(u**2)) if kernel == "gaussian_rbf" else 1 / (1 + u**2)
        kx = values.reshape(len(x), -1)
    z = channels(kw, given, kw["n"], [kx]) + residual(given, x)
    return output(kw, given, z, defaults)


def kan(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    grid = {"grid_range": kw.get("grid_range", (-1, 1)), "t": kw.get("t", 5), "d": kw.get("d", 3)}
    r = residual(given, x)
    z = channels(kw, given, kw["n"], [expansion("bspline", x, **grid)]) + r / (1 + np.exp(-r))
    return output(kw, given, z, defaults)


def naive_bayes(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    kx = expansion(f"naive_{kw.get('distribution', 'normal')}", x)
    return channels(kw, given, kw["n"], [kx]) + residual(given, x)


def pgm(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    kx = expansion("combinatorial_normal", x, d=kw.get("d", 2))
    return channels(kw, given, kw["n"], [kx]) + residual(given, x)


def scores(kw: Arguments, w: Array, x: Array) -> Array:
    """x W x^T."""
    m, r = x.shape[1], kw.get("r_interdependence", 3)
    if kw.get("with_lorr_interdependence"):
        W = w[: r * m].reshape(m, r) @ w[r * m :].reshape(r, m)
    elif kw.get("with_dual_lphm_interdependence"):
        W = dual_lphm(w, m, m, factor(m), factor(m), r)
    else:
        W = w.reshape(m, m)
    return np.asarray(x @ W @ x.T)


def masked_softmax(S: Array) -> Array:
    A = np.zeros_like(S)
    for j in range(S.shape[1]):
        rows = [i for i in range(S.shape[0]) if S[i, j] != 0]
        if rows:
            A[rows, j] = softmax(S[rows, j])
    return A


def bilinear(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    kx = expansion("taylor", x, d=kw.get("d", 2)) if kw.get("with_taylor") else x
    factor_n = math.sqrt(kw["n"])
    kxs = [
        masked_softmax(factor_n * scores(kw, w, x)).T @ kx
        for w in given["w_instance_interdependence"]
    ]
    z = channels(kw, given, kw["n"], kxs) + residual(given, x)
    return output(kw, given, z, defaults)


def normalized(A: Array, mode: str) -> Array:
    def divisor(sums: Array) -> Array:
        return np.where(sums == 0, 1.0, sums)

    if mode == "row":
        return np.asarray(A / divisor(A.sum(1, keepdims=True)))
    if mode == "column":
        return np.asarray(A / divisor(A.sum(0, keepdims=True)))
    A = A / np.sqrt(divisor(A.sum(1, keepdims=True)))
    return np.asarray(A / np.sqrt(divisor(A.sum(0, keepdims=True))))


def graph_matrix(kw: Arguments, normalization: bool) -> Array:
    place = {node: i for i, node in enumerate(kw["nodes"])}
    n = len(place)
    A = np.zeros((n, n))
    for source, target in kw["links"]:
        A[place[source], place[target]] = 1
        if not kw.get("directed", False):
            A[place[target], place[source]] = 1
    if kw.get("self_dependence", True) and not kw.get("with_pagerank"):
        A = A + np.eye(n)
    if kw.get("normalization", normalization):
        A = normalized(A, kw.get("normalization_mode", "column"))
    if kw.get("with_pagerank"):
        c = kw.get("c", 0.15)
        A = c * np.linalg.inv(np.eye(n) - (1 - c) * A)
        return np.where(np.abs(A) < 1e-12, 0.0, A)  # the rounding of nodes that are not reached
    if kw.get("with_multihop"):
        powers = [np.linalg.matrix_power(A, k) for k in range(1, kw.get("h", 1) + 1)]
        return np.asarray(sum(powers) if kw.get("accumulative") else powers[-1])
    return A


def graph(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    z = channels(kw, given, kw["n"], [graph_matrix(kw, True).T @ x]) + residual(given, x)
    return output(kw, given, z, defaults, log=True)


def graph_bilinear(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    G = graph_matrix(kw, False)
    kxs = [masked_softmax(G * scores(kw, w, x)).T @ x for w in given["w_instance_interdependence"]]
    z = channels(kw, given, kw["n"], kxs) + residual(given, x)
    return output(kw, given, z, defaults, log=True)


def chain_matrix(kw: Arguments) -> Array:
    L = kw["chain_length"]
    C = np.zeros((L, L))
    for k in range(L - 1):
        C[k, k + 1] = 1
        if kw.get("bi_directional"):
            C[k + 1, k] = 1
    own = 1.0 if kw.get("self_dependence", True) else 0.0
    if kw.get("with_exponential_approx"):
        return np.asarray(sum(np.linalg.matrix_power(C, k) / math.factorial(k) for k in range(40)))
    if kw.get("with_inverse_approx"):
        if not kw.get("bi_directional"):
            return np.triu(np.ones((L, L)))
        powers = [np.linalg.matrix_power(C, k) for k in range(1, L)]
        return normalized(sum(powers, np.zeros((L, L))), "column")
    if kw.get("with_multihop"):
        powers = [np.linalg.matrix_power(C + own * np.eye(L), k + 1) for k in range(kw.get("h", 1))]
        if not kw.get("accumulative"):
            return powers[-1]
        total = np.asarray(sum(powers))
        return normalized(total, "column") if kw.get("bi_directional") else total
    return C + own * kw.get("self_scaling", 1.0) * np.eye(L)


def chain(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    L, m, n = kw["chain_length"], kw["m"], kw["n"]
    T, on = chain_matrix(kw), {**defaults, **kw}
    rows = []
    for row in x.reshape(len(x), L, m):
        z = channels(kw, given, n, [T.T @ row]) + residual(given, row)
        z = batch_norm(given, z) if on.get("with_batch_norm") else z
        rows.append(np.maximum(z, 0).ravel() if on["with_relu"] else z.ravel())
    y = np.array(rows)
    return softmax(y) if on["with_softmax"] else y


def offsets(kw: Arguments) -> list[tuple[int, int, int]]:
    def given(name: str, otherwise: int | None) -> int:
        value = kw.get(name)
        assert value is not None or otherwise is not None
        return int(otherwise if value is None else value)  # type: ignore[arg-type]

    shape = kw.get("patch_shape", "cuboid")
    if shape == "cuboid":
        p_h = given("p_h", None)
        p_w, p_d = given("p_w", p_h), given("p_d", 0)
        axes = [
            range(-p, given(f"p_{axis}_prime", p) + 1)
            for axis, p in (("h", p_h), ("w", p_w), ("d", p_d))
        ]
        return list(itertools.product(*axes))
    r = given("p_r", None)
    p_d = given("p_d", 0)
    depth = range(-p_d, given("p_d_prime", p_d) + 1) if shape == "cylinder" else range(-r, r + 1)
    found = itertools.product(range(-r, r + 1), range(-r, r + 1), depth)
    if shape == "cylinder":
        return [o for o in found if o[0] ** 2 + o[1] ** 2 <= r * r]
    return [o for o in found if o[0] ** 2 + o[1] ** 2 + o[2] ** 2 <= r * r]


def steps(kw: Arguments) -> tuple[int, int, int]:
    given = [kw.get("cd_h"), kw.get("cd_w"), kw.get("cd_d", 1)]
    if all(step is not None for step in given):
        return tuple(given)  # type: ignore[return-value]
    p_h = kw.get("p_h") or 0
    p_w, p_d = (p_h if kw.get("p_w") is None else kw["p_w"]), kw.get("p_d") or 0
    r = kw.get("p_r") or 0
    table: dict[tuple[str, str], tuple[float, float, float]] = {
        ("cuboid", "sparse_square"): (3 * p_h, 3 * p_w, 3 * p_d),
        ("cuboid", "complete_square"): (2 * p_h, 2 * p_w, 2 * p_d),
        ("cuboid", "dense_square"): (p_h, p_w, p_d),
        ("cylinder", "sparse_square"): (2 * r, 2 * r, 2 * p_d),
        ("cylinder", "complete_hexagonal"): (1.5 * r, 3**0.5 * r, 2 * p_d),
        ("cylinder", "dense_hexagonal"): (0.5 * 6**0.5 * r, 2**0.5 * r, p_d),
        ("sphere", "complete_hexagonal"): (0.6667 * 3**0.5 * r, 0.6667 * 3**0.5 * r, r),
        ("sphere", "sparse_simple_cubic"): (2 * r, 2 * r, 2 * r),
        ("sphere", "dense_hexagonal"): (r, r, r),
    }
    name = (kw.get("patch_shape", "cuboid"), kw.get("packing_strategy", "densest_packing"))
    h, w, d = table.get(name, (1, 1, 1))
    return max(1, int(h)), max(1, int(w)), max(1, int(d))


def patches(kw: Arguments, row: Array, count: int) -> tuple[Array, tuple[int, int, int]]:
    """(centres, channels, offsets) of one row, and the shape of the grid of centres."""
    shape = (kw["h"], kw["w"], kw.get("d", 1))
    grid = row.reshape(count, *shape)
    axes = [range(0, size, step) for size, step in zip(shape, steps(kw), strict=True)]
    found = []
    for centre in itertools.product(*axes):
        cells = []
        for u in range(count):
            for offset in offsets(kw):
                place = tuple(c + o for c, o in zip(centre, offset, strict=True))
                inside = all(0 <= p < size for p, size in zip(place, shape, strict=True))
                cells.append(grid[(u, *place)] if inside else 0.0)
        found.append(np.array(cells).reshape(count, -1))
    return np.array(found), tuple(len(axis) for axis in axes)  # type: ignore[return-value]


def grid(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    rows, out = [], kw["out_channel"]
    for row in x:
        found, _ = patches(kw, row, kw["in_channel"])
        flat_patches = found.reshape(len(found), -1)
        W = fabricate(kw, given["w"][0], out, flat_patches.shape[1])
        rows.append((flat_patches @ W.T).T.ravel())
    z = np.array(rows) + given.get("b", 0.0) + residual(given, x)
    return output(kw, given, z, defaults)


POOLED = {
    "batch_max": lambda c: c.max(-1),
    "batch_min": lambda c: c.min(-1),
    "batch_sum": lambda c: c.sum(-1),
    "batch_mean": lambda c: c.mean(-1),
    "batch_prod": lambda c: c.prod(-1),
    "batch_l1_norm": lambda c: np.abs(c).sum(-1),
    "batch_l2_norm": lambda c: np.sqrt((c**2).sum(-1)),
}


def pooling(kw: Arguments, given: Parameters, x: Array, defaults: Arguments) -> Array:
    metric = POOLED[kw.get("pooling_metric", "batch_max")]
    return np.array([metric(patches(kw, row, kw["channel_num"])[0]).T.ravel() for row in x])


HEADS: dict[str, tuple[Any, dict[str, bool]]] = {
    "perceptron": (perceptron, {}),
    "svm": (svm, {}),
    "kan": (kan, {}),
    "naive_bayes": (naive_bayes, {}),
    "pgm": (pgm, {}),
    "bilinear_interdependence": (bilinear, {"with_relu": True, "with_softmax": True}),
    "graph_interdependence": (graph, {"with_relu": True, "with_softmax": True}),
    "graph_bilinear_interdependence": (graph_bilinear, {"with_relu": True, "with_softmax": True}),
    "chain_interdependence": (chain, {"with_relu": True, "with_softmax": True}),
    "grid_interdependence": (grid, {"with_batch_norm": True, "with_relu": True}),
    "grid_compression": (pooling, {}),
}
LAYER_DEFAULTS = {"perceptron": {"with_relu": True, "with_softmax": True}}


def head(key: str, kw: Arguments, given: Parameters, x: Array) -> Array:
    """A ready-made head by class name."""
    function, defaults = HEADS[key.removesuffix("_head")]
    return np.asarray(function(kw, given, x, defaults))


def layer(key: str, kw: Arguments, given: Parameters, x: Array) -> Array:
    """A ready-made layer: the mean of its heads, or their trained map."""
    stem = key.removesuffix("_layer")
    function, defaults = HEADS[stem]
    defaults = {**defaults, **LAYER_DEFAULTS.get(stem, {})}
    ys = [function(kw, below(given, f"heads.{j}."), x, defaults) for j in range(kw.get("width", 1))]
    if stem == "bilinear_interdependence":
        W = given["w_head_fusion"].reshape(kw["n"], -1)
        return np.asarray(np.concatenate(ys, axis=1) @ W.T)
    return np.asarray(sum(ys) / len(ys))


# --- models ---------------------------------------------------------------------------------------


def model(key: str, kw: Arguments, given: Parameters, x: Array) -> Array:
    """A ready-made model by class name."""
    for place, (stem, arguments) in enumerate(LAYERS_OF[key](kw)):
        here = below(given, f"layers.{place}.")
        if stem == "mean":
            x = x.reshape(len(x), kw["chain_length"], -1).mean(1)
            stem, arguments = arguments
        if stem == "each":
            rows = x.reshape(len(x) * kw["chain_length"], -1)
            x = layer("perceptron_layer", arguments, here, rows).reshape(len(x), -1)
        else:
            x = layer(f"{stem}_layer", arguments, here, x)
    return x


def _pairs(dims: Sequence[int]) -> list[tuple[int, int, bool]]:
    last = len(dims) - 2
    return [(dims[i], dims[i + 1], i == last) for i in range(last + 1)]


def _stack(stem: str) -> Any:
    def layers(kw: Arguments) -> list[tuple[str, Arguments]]:
        return [(stem, {**kw, "m": m, "n": n}) for m, n, _ in _pairs(kw["dims"])]

    return layers


def _graphs(stem: str) -> Any:
    def layers(kw: Arguments) -> list[tuple[str, Arguments]]:
        found = []
        for m, n, last in _pairs(kw["dims"]):
            own = {**kw, "m": m, "n": n, "with_softmax": last and kw.get("with_softmax", True)}
            own.setdefault("normalization", True)
            if last:
                own |= {"with_batch_norm": False, "with_relu": False}
            found.append((stem, own))
        return found

    return layers


def _recurrent(regression: bool) -> Any:
    def layers(kw: Arguments) -> list[tuple[str, Any]]:
        off = {"with_softmax": False, "with_batch_norm": False}
        found: list[tuple[str, Any]] = []
        for m, n, _ in _pairs(kw["dims"][:-1]):
            found.append(("each", {**kw, "m": m, "n": n, **off, "with_relu": True}))
            found.append(("chain_interdependence", {**kw, "m": n, "n": n, "with_softmax": False}))
        m, n, _ = _pairs(kw["dims"])[-1]
        end = {**kw, "m": m, "n": n, "with_relu": False, "with_batch_norm": False}
        end["with_softmax"] = kw.get("with_softmax", True)
        last = ("perceptron", end)
        return [*found, last if regression else ("mean", last)]

    return layers


def _cnn(residual_default: bool) -> Any:
    def layers(kw: Arguments) -> list[tuple[str, Arguments]]:
        names = ("h", "w", "d"), ("patch_shape", "p_h", "p_h_prime", "p_w", "p_w_prime", "p_d",
                 "p_d_prime", "p_r", "cd_h", "cd_w", "cd_d", "packing_strategy")  # fmt: skip
        switches = {"with_residual": residual_default, "enable_bias": True, **kw}
        shape = {"d": 1, **{k: kw[k] for k in names[0] if k in kw}}
        conv = {k: kw[k] for k in names[1] if kw.get(k) is not None}
        pool = {**conv, **{k: kw[f"pooling_{k}"] for k in names[1] if f"pooling_{k}" in kw}}
        gaps, found = kw.get("pooling_layer_gaps", 2), []
        width = kw["channel_nums"][0]
        for c, out in itertools.pairwise(kw["channel_nums"]):
            own = {
                "with_batch_norm": True,
                **switches,
                **shape,
                "in_channel": c,
                "out_channel": out,
            }
            found.append(("grid_interdependence", _only_patch(own, conv, names[1])))
            own["with_softmax"] = False
            found[-1][1]["with_softmax"] = False
            shape, width = _after(shape, conv), out
            if len(found) % (gaps + 1) == gaps:
                own = {**switches, **shape, "channel_num": out}
                found.append(("grid_compression", _only_patch(own, pool, names[1])))
                shape = _after(shape, pool)
                if kw.get("patch_size_half_after_pooling"):
                    conv, pool = _halved(conv), _halved(pool)
        size = width * shape["h"] * shape["w"] * shape["d"]
        for m, n, last in _pairs([size, *kw["fc_dims"]]):
            own = {**switches, "m": m, "n": n, "with_relu": not last and kw.get("with_relu", True)}
            own["with_batch_norm"] = not last and kw.get("with_batch_norm", True)
            own["with_softmax"] = last and kw.get("with_softmax", False)
            for name in ("residual", "dual_lphm", "lorr"):
                own[f"with_{name}"] = kw.get(
                    f"with_perceptron_{name}", switches.get(f"with_{name}")
                )
            own["r"] = kw.get("perceptron_r", kw.get("r", 3))
            found.append(("perceptron", own))
        return found

    return layers


def _only_patch(own: Arguments, patch: Arguments, names: Sequence[str]) -> dict[str, Any]:
    return {**{k: v for k, v in own.items() if k not in names}, **patch}


def _after(shape: Mapping[str, int], patch: Arguments) -> dict[str, int]:
    sizes = zip(("h", "w", "d"), steps(patch), strict=True)
    return {axis: math.ceil(shape[axis] / step) for axis, step in sizes}


def _halved(patch: Arguments) -> dict[str, Any]:
    sizes = {k: max(v // 2, 1) for k, v in patch.items() if k.startswith("p_") and v}
    return {**patch, **sizes}


def _transformer(kw: Arguments) -> list[tuple[str, Arguments]]:
    switches = {"with_lorr_interdependence": True, "with_batch_norm": True, **kw}
    found: list[tuple[str, Arguments]] = []
    for m, n, _ in _pairs(kw["dims"]):
        found.append(("bilinear_interdependence", {**switches, "m": m, "n": n}))
        found.append(("perceptron", {**switches, "m": n, "n": n}))
    for m, n, last in _pairs([kw["dims"][-1], *kw["fc_dims"]]):
        own = {**switches, "m": m, "n": n, "with_softmax": last and kw.get("with_softmax", True)}
        if last:
            own |= {"with_batch_norm": False, "with_relu": False}
        found.append(("perceptron", own))
    return found


LAYERS_OF: dict[str, Any] = {
    "mlp": _stack("perceptron"),
    "kan": _stack("kan"),
    "svm": _stack("svm"),
    "naive_bayes": _stack("naive_bayes"),
    "pgm": _stack("pgm"),
    "gcn": _graphs("graph_interdependence"),
    "gat": _graphs("graph_bilinear_interdependence"),
    "rnn": _recurrent(regression=False),
    "regression_rnn": _recurrent(regression=True),
    "cnn": _cnn(residual_default=False),
    "resnet": _cnn(residual_default=True),
    "transformer": _transformer,
}
