"""Textbook compressions (see ``oracles.py``): evaluation mode, with the state of the component."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.oracles import ORACLES, oracle

Laws = torch.distributions


def _rows(name: str, f: Callable[[Tensor], Tensor]) -> None:
    """The oracle that maps x (b, m) to one number for each row."""
    oracle(name)(lambda _, x: f(x).unsqueeze(1))


def _std(x: Tensor) -> Tensor:
    centred = x - x.mean(1, keepdim=True)
    return ((centred**2).sum(1) / (x.shape[1] - 1)).sqrt()


oracle("identity_compression")(lambda _, x: x.clone())
oracle("linear_compression")(lambda _, x: x.clone())
oracle("reciprocal_compression")(
    lambda _, x: 1 / torch.where(x.abs() <= 1e-6, torch.where(x >= 0, 1e-6, -1e-6), x)
)
_rows("max_compression", lambda x: x.max(1).values)
_rows("min_compression", lambda x: x.min(1).values)
_rows("sum_compression", lambda x: x.sum(1))
_rows("mean_compression", lambda x: x.mean(1))
_rows("prod_compression", lambda x: x.prod(1))
_rows("median_compression", lambda x: x.sort(1).values[:, (x.shape[1] - 1) // 2])
_rows("metric_compression", _std)


@oracle("extended_compression")
def extended_compression(f: Any, x: Tensor) -> Tensor:
    """The oracles of the inner functions side by side."""
    return torch.cat([ORACLES[part.key()](part, x) for part in f.parts], dim=1)


@oracle("nested_compression")
def nested_compression(f: Any, x: Tensor) -> Tensor:
    """The oracles of the inner functions one after the other."""
    for part in f.parts:
        x = ORACLES[part.key()](part, x)
    return x


# --- fitted ---------------------------------------------------------------------------------------


@oracle("incremental_PCA_based_compression")
def pca(f: Any, x: Tensor) -> Tensor:
    """Centred rows times each component."""
    centred = x - f.mean.to(x)
    return torch.stack([centred @ v for v in f.V.to(x)], dim=1)


@oracle("incremental_random_projection_based_compression")
def random_projection(f: Any, x: Tensor) -> Tensor:
    """One product with the whole matrix."""
    return x @ f.R.to(x).T


@oracle("incremental_variance_threshold_based_compression")
def variance_threshold(f: Any, x: Tensor) -> Tensor:
    """Sorts the variances anew."""
    return x[:, f.running_mean.argsort(stable=True)[-f.D :]]


@oracle("incremental_feature_clustering_based_compression")
def feature_clustering(f: Any, x: Tensor) -> Tensor:
    """The mean of each cluster by itself."""
    return torch.stack([x[:, f.labels == c].mean(1) for c in range(f.D)], dim=1)


@oracle("dimension_reduction_compression")
@oracle("feature_selection_compression")
@oracle("manifold_compression")
def named(f: Any, x: Tensor) -> Tensor:
    """The oracle of the part."""
    return ORACLES[f.part.key()](f.part, x)


# --- manifolds: row by row ------------------------------------------------------------------------


def _nearest(row: Tensor, others: Tensor, k: int) -> tuple[Tensor, Tensor]:
    distances = (others - row).norm(dim=1)
    order = distances.argsort()[:k]
    return distances[order], order


@oracle("isomap_manifold_compression")
def isomap(f: Any, x: Tensor) -> Tensor:
    """The kernel of each new row, centred and projected."""
    G, u = f.geodesics, f.embedding
    K = -0.5 * G**2
    lengths = u.square().sum(0)
    result = []
    for row in x.detach().double():
        distances, near = _nearest(row, f.reference, f.n_neighbors)
        k = -0.5 * (G[near] + distances[:, None]).min(0).values ** 2
        result.append((k - K.mean(0) - k.mean() + K.mean()) @ (u / lengths))
    return torch.stack(result).to(x)


def _weights(row: Tensor, near: Tensor) -> Tensor:
    C = (near - row) @ (near - row).T
    C = C + 1e-3 * C.trace() * torch.eye(len(near), dtype=C.dtype, device=C.device)
    w = torch.linalg.solve(C, torch.ones_like(C[0]))
    return w / w.sum()


@oracle("lle_manifold_compression")
def lle(f: Any, x: Tensor) -> Tensor:
    """The reconstruction of each new row from its neighbours."""
    result = []
    for row in x.detach().double():
        _, near = _nearest(row, f.reference, f.n_neighbors)
        result.append(_weights(row, f.reference[near]) @ f.embedding[near])
    return torch.stack(result).to(x)


@oracle("spectral_embedding_manifold_compression")
def spectral_embedding(f: Any, x: Tensor) -> Tensor:
    """The graph row by row, then all eigenvectors of its Laplacian."""
    rows = x.detach().double()
    b = len(rows)
    K = torch.zeros(b, b, dtype=torch.float64, device=x.device)
    for i, row in enumerate(rows):
        K[i, _nearest(row, rows, max(b // 10, 1))[1]] = 1
    A = (K + K.T) / 2
    A.fill_diagonal_(0)
    degree = A.sum(0)
    root = torch.where(degree > 0, degree.sqrt(), 1.0)
    L = torch.eye(b, dtype=torch.float64, device=x.device) - A / root / root[:, None]
    y = torch.linalg.eigh(L).eigenvectors[:, 1 : f.D + 1] / root[:, None]
    return _positive(y).to(x)


def _positive(columns: Tensor) -> Tensor:
    largest = columns.abs().argmax(0)
    return columns * columns[largest, torch.arange(columns.shape[1])].sign()


@oracle("mds_manifold_compression")
def mds(f: Any, x: Tensor) -> Tensor:
    """Guttman transforms from the classical solution, distances by differences."""
    rows = x.detach().double()
    b = len(rows)
    delta = (rows[:, None] - rows).norm(dim=2)
    centre = torch.eye(b, dtype=torch.float64, device=x.device) - 1 / b
    values, vectors = torch.linalg.eigh(-0.5 * centre @ delta**2 @ centre)
    y = _positive(vectors[:, -f.D :].flip(1)) * values[-f.D :].flip(0).clamp(min=0).sqrt()
    d = (y[:, None] - y).norm(dim=2)
    last = math.inf
    for _ in range(300):
        ratio = delta / torch.where(d == 0, 1e-5, d)
        y = (torch.diag(ratio.sum(1)) - ratio) @ y / b
        d = (y[:, None] - y).norm(dim=2)
        stress = float((d - delta).square().sum() / 2)
        if (last - stress) / float(d.square().sum() / 2) < 1e-6:
            break
        last = stress
    return y.to(x)


@oracle("tsne_manifold_compression")
def tsne(f: Any, x: Tensor) -> Tensor:
    """Scikit-learn's estimator, used directly."""
    from sklearn.manifold import TSNE

    estimator = TSNE(f.D, perplexity=f.perplexity, random_state=f.random_state)
    return torch.from_numpy(estimator.fit_transform(x.detach().cpu().double().numpy())).to(x)


# --- sampling: the most probable choice -----------------------------------------------------------

DENSITIES: dict[str, Callable[[], Any]] = {
    "": lambda: Laws.Uniform(0.0, 1.0),
    "uniform_": lambda: Laws.Uniform(0.0, 1.0),
    "normal_": lambda: Laws.Normal(0.0, 1.0),
    "cauchy_": lambda: Laws.Cauchy(0.0, 1.0),
    "laplace_": lambda: Laws.Laplace(0.0, 1.0),
    "chi2_": lambda: Laws.Chi2(1.0),
    "exponential_": lambda: Laws.Exponential(0.5),
    "gamma_": lambda: Laws.Gamma(1.0, 1.0),
}


def _log_weights(law: Any, x: Tensor) -> Tensor:
    # Not normalised: a row has its sum in common, and rounding would reorder near weights.
    log_weights: Tensor = law.log_prob(0.99 * x.detach().sigmoid() + 0.001)
    return log_weights


def _most_probable(weights: Tensor, k: int) -> Tensor:
    order = weights.sort(dim=1, descending=True, stable=True).indices
    return order[:, :k].sort(dim=1).values


def _naive(name: str, law: Callable[[], Any]) -> None:
    def evaluate(f: Any, x: Tensor) -> Tensor:
        return x.gather(1, _most_probable(_log_weights(law(), x), f.k))

    oracle(f"naive_{name}probabilistic_compression")(evaluate)


for density in DENSITIES:
    _naive(density, DENSITIES[density])


def _pairs(f: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """The most probable features, and pairs of all pairs, for each row."""
    weights = _log_weights(Laws.Normal(0.0, 1.0), x)
    pairs = torch.combinations(torch.arange(x.shape[1], device=x.device), 2)
    best = _most_probable(weights[:, pairs].sum(-1), f.k)
    return _most_probable(weights, f.k), pairs[best]


@oracle("combinatorial_compression")
def combinatorial(f: Any, x: Tensor) -> Tensor:
    """Weights of all pairs; singles and pairs side by side."""
    single, pair = _pairs(f, x)
    both = torch.cat([single.unsqueeze(-1), pair], dim=-1).flatten(1)
    return x.gather(1, both)


@oracle("combinatorial_probabilistic_compression")
def combinatorial_probabilistic(f: Any, x: Tensor) -> Tensor:
    """Weights of all pairs; the log densities of the best singles and pairs."""
    single, pair = _pairs(f, x)
    q = 0.99 * x.sigmoid() + 0.001
    log_density = Laws.Normal(0.0, 1.0).log_prob(q)
    pairs = log_density.gather(1, pair.flatten(1)).view(pair.shape).sum(-1)
    return torch.cat([log_density.gather(1, single), pairs], dim=1)
