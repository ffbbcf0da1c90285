"""Manifold embeddings against scikit-learn, their contracts, new rows, and bad batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.manifold import (
    Isomap,
    LocallyLinearEmbedding,
    SpectralEmbedding,
    smacof,
    trustworthiness,
)
from torch import Tensor

from rpn_zoo import functions

NEIGHBOUR = ("isomap", "lle")
TRANSDUCTIVE: dict[str, dict[str, Any]] = {
    "spectral_embedding": {},
    "mds": {},
    "tsne": {"perplexity": 5},
}
each = pytest.mark.parametrize("name", [*NEIGHBOUR, *TRANSDUCTIVE])


def make(name: str, m: int = 4, D: int = 2, **options: Any) -> Any:
    spec = {"name": f"{name}_manifold_compression", "D": D, **TRANSDUCTIVE.get(name, {}), **options}
    return functions.create(spec, m=m)


def rows(count: int, m: int = 4, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, m, generator=generator, dtype=torch.float64)


def roll(count: int, seed: int = 0) -> Tensor:
    """A rolled up sheet in three dimensions."""
    u = torch.rand(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    angle = 1.5 * torch.pi * (1 + u[:, 0])
    return torch.stack([angle * angle.cos(), 8 * u[:, 1], angle * angle.sin()], dim=1)


def assert_equal_up_to_signs(actual: Tensor, expected: np.ndarray[Any, Any], limit: float) -> None:
    signs = np.sign((actual.numpy() * expected).sum(0))
    np.testing.assert_allclose(actual.numpy(), expected * signs, rtol=0, atol=limit)


# --- against scikit-learn -------------------------------------------------------------------------


@pytest.mark.parametrize("count", [30, 250])
def test_isomap_in_both_modes(count: int) -> None:
    x, new = roll(count), roll(20, seed=1)
    f, reference = make("isomap", 3, n_neighbors=7), Isomap(n_neighbors=7, n_components=2)
    assert_equal_up_to_signs(f(x), reference.fit_transform(x), 1e-7)
    assert (f.embedding.gather(0, f.embedding.abs().argmax(0, keepdim=True)) > 0).all()
    assert_equal_up_to_signs(f.eval()(new), reference.transform(new), 1e-7)
    torch.testing.assert_close(f(x), f.embedding)


@pytest.mark.parametrize(("D", "n_neighbors"), [(2, 7), (1, 5), (3, 12)])
def test_lle_in_both_modes(D: int, n_neighbors: int) -> None:
    x, new = roll(40), roll(20, seed=1)
    f = make("lle", 3, D=D, n_neighbors=n_neighbors)
    reference = LocallyLinearEmbedding(n_neighbors=n_neighbors, n_components=D)
    assert_equal_up_to_signs(f(x), reference.fit_transform(x), 1e-7)
    assert_equal_up_to_signs(f.eval()(new), reference.transform(new), 1e-7)


@pytest.mark.parametrize("count", [40, 57])
def test_spectral_embedding(count: int) -> None:
    x = rows(count, 5)
    reference = SpectralEmbedding(n_components=2, random_state=0)
    assert_equal_up_to_signs(make("spectral_embedding", 5)(x), reference.fit_transform(x), 1e-7)
    with pytest.warns(UserWarning, match="graph of 12 rows is in pieces"):
        make("spectral_embedding", 5)(x[:12])


def test_mds_takes_the_same_steps() -> None:
    x = rows(15, 6)
    f = make("mds", 6)
    y, again = f(x), f(x)
    assert torch.equal(y, again)
    start = PCA(2).fit_transform(x)
    distances = np.linalg.norm(x[:, None] - x[None], axis=-1)
    expected, _ = smacof(distances, n_components=2, init=start, n_init=1, eps=1e-6)
    assert_equal_up_to_signs(y, expected, 1e-7)


# --- contracts ------------------------------------------------------------------------------------


def stress(x: Tensor, y: Tensor) -> float:
    delta, d = torch.pdist(x), torch.pdist(y)
    return float((d - delta).square().sum().sqrt() / delta.square().sum().sqrt())


def test_mds_is_exact_where_the_dimensions_suffice() -> None:
    x = rows(20, 2) @ rows(2, 6, seed=1)
    assert stress(x, make("mds", 6)(x)) < 1e-6
    assert make("mds", 6, D=5)(x)[:, 2:].abs().max() < 1e-6
    assert stress(x[:6], make("mds", 6, D=5)(x[:6])) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_mds_is_better_than_a_projection(seed: int) -> None:
    x = rows(20, 6, seed)
    best = stress(x, make("mds", 6)(x))
    assert best <= stress(x, torch.from_numpy(PCA(2).fit_transform(x)))
    several = make("mds", 6, random_starts=4, random_state=seed)
    assert stress(x, several(x)) <= best + 1e-12
    assert torch.equal(several(x), several(x))


def test_tsne_keeps_neighbours() -> None:
    corners = torch.tensor([[0.0, 0, 0, 0], [6, 0, 0, 0], [0, 6, 0, 0]]).double()
    x = (corners.unsqueeze(1) + 0.3 * rows(24).view(3, 8, 4)).flatten(0, 1)
    f = make("tsne")
    y = f(x)
    assert y.dtype == torch.float64
    assert torch.equal(f.eval()(x), y)
    assert trustworthiness(x, y, n_neighbors=5) > 0.95
    nearest = (torch.cdist(y, y) + torch.diag(torch.full((24,), torch.inf))).argmin(1)
    assert torch.equal(nearest // 8, torch.arange(24) // 8)


# --- modes, dtypes, gradients ---------------------------------------------------------------------


@each
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_the_dtype_is_that_of_x_and_there_is_no_gradient(name: str, dtype: torch.dtype) -> None:
    f, x = make(name), rows(40).to(dtype).requires_grad_()
    for y in (f(x), f.eval()(x)):
        assert y.dtype == dtype
        assert not y.requires_grad
        assert y.isfinite().all()
    assert not f.differentiable


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_batches_are_embedded_by_themselves_in_both_modes(name: str) -> None:
    f, x = make(name), rows(40)
    y = f(x)
    f(rows(30, seed=5))
    assert torch.equal(f.eval()(x), y)
    assert not f.state_dict()
    assert not (f.fitted or f.stateful or f.row_independent or f.exportable)
    assert not torch.allclose(f(x[:35]), y[:35], atol=1e-3)


@pytest.mark.parametrize("name", NEIGHBOUR)
def test_new_rows_are_placed_one_by_one(name: str) -> None:
    f = make(name, 3, n_neighbors=6)
    f(roll(30))
    f.eval()
    new = roll(9, seed=3)
    together = f(new)
    torch.testing.assert_close(torch.cat([f(row.unsqueeze(0)) for row in new]), together)
    new[4, 1] = torch.nan
    spoilt = f(new)
    keep = [i for i in range(9) if i != 4]
    assert torch.equal(spoilt[keep], together[keep])
    assert spoilt[4].isnan().all()
    assert f(new[:0]).shape == (0, 2)
    y = f.embedding.clone()
    f.train()(roll(25, seed=2))
    assert f.embedding.shape == (25, 2)
    assert y.shape == (30, 2)
    assert f.t == 2


def test_the_result_of_a_training_call_is_a_tensor_of_its_own() -> None:
    f, x = make("isomap", 3), roll(20)
    y = f(x)
    y.zero_()
    assert f.embedding.abs().sum() > 0


def test_equal_rows() -> None:
    x = roll(12).repeat(2, 1)
    f = make("lle", 3, n_neighbors=1)
    assert f(x).isfinite().all()
    assert make("mds", 3)(x).isfinite().all()


def test_a_graph_in_pieces_is_joined_with_a_warning() -> None:
    x = torch.cat([rows(8), rows(8, seed=1) + 50])
    f = make("isomap", n_neighbors=3)
    with pytest.warns(UserWarning, match="connected components"):
        y = f(x)
    assert abs(y[:8, 0].mean() - y[8:, 0].mean()) > 50


@pytest.mark.parametrize(
    ("name", "count", "options", "message"),
    [
        ("isomap", 5, {}, r"more rows than D = 2, n_neighbors = 5, got 5 rows"),
        ("isomap", 2, {"n_neighbors": 1}, r"more rows than D = 2, n_neighbors = 1, got 2 rows"),
        ("lle", 4, {"n_neighbors": 4}, r"more rows than D = 2, n_neighbors = 4, got 4 rows"),
        ("spectral_embedding", 2, {}, r"more rows than D = 2, got 2 rows"),
        ("mds", 0, {}, r"more rows than D = 2, got 0 rows"),
        ("tsne", 5, {}, r"more rows than perplexity = 5\.0, got 5 rows"),
    ],
)
def test_too_few_rows(name: str, count: int, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(name, **options)(rows(count))


@each
def test_what_is_not_finite_is_refused(name: str) -> None:
    x = rows(40)
    x[3, 1] = torch.nan
    with pytest.raises(ValueError, match=r"cannot (embed|be fitted to) NaN or infinite values"):
        make(name)(x)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("isomap", {"n_neighbors": 0}, r"n_neighbors must be an integer >= 1, got 0"),
        ("lle", {"D": 5}, r"D must be <= m = 4, got D = 5"),
        ("mds", {"random_starts": -1}, r"random_starts must be an integer >= 0, got -1"),
        ("tsne", {"D": 4}, r"D must be <= 3 for t-SNE, got D = 4"),
        ("tsne", {"perplexity": 0}, r"perplexity must be > 0, got 0"),
        ("tsne", {"perplexity": None}, r"perplexity must be a finite number"),
    ],
)
def test_bad_options(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(name, **options)


@each
def test_by_its_general_name(name: str) -> None:
    options = {"n_neighbors": 4} if name in NEIGHBOUR else TRANSDUCTIVE[name]
    f = functions.create(
        "manifold_compression", m=4, D=2, manifold_function=f"{name}_manifold",
        function_kwargs=options,
    )  # fmt: skip
    x = rows(40)
    assert torch.equal(f(x), make(name, **options)(x))
    assert f.fitted == (name in NEIGHBOUR)
    assert f.exportable == (name in NEIGHBOUR)
