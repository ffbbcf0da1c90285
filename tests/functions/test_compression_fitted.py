"""Compressions fitted to data: sequences of batches, frozen states, what a state dict carries."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import IncrementalPCA
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.nn import RPN, Head, HeadConfig

PCA = "incremental_PCA_based_compression"
PROJECTION = "incremental_random_projection_based_compression"
VARIANCE = "incremental_variance_threshold_based_compression"
CLUSTERING = "incremental_feature_clustering_based_compression"
FITTED: dict[str, dict[str, Any]] = {
    PCA: {"D": 2},
    VARIANCE: {"D": 2},
    CLUSTERING: {"D": 2},
    "isomap_manifold_compression": {"D": 2, "n_neighbors": 4},
    "lle_manifold_compression": {"D": 2, "n_neighbors": 4},
    "dimension_reduction_compression": {"D": 2, "dr_function": "incremental_PCA"},
    "feature_selection_compression": {"D": 3},
    "manifold_compression": {"D": 2, "function_kwargs": {"n_neighbors": 4}},
    "nested_compression": {"functions": [{"name": VARIANCE, "D": 3}, {"name": PCA, "D": 2}]},
    "extended_compression": {"functions": ["max_compression", {"name": PCA, "D": 2}]},
}
each = pytest.mark.parametrize("name", FITTED)


def make(name: str, m: int = 5, **more: Any) -> Any:
    return functions.create({"name": name, **FITTED.get(name, {}), **more}, m=m)


def batch(seed: int, rows: int = 9, m: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, m, generator=generator, dtype=torch.float64)
    return x @ torch.diag(torch.arange(1.0, m + 1, dtype=torch.float64)) + seed


# --- every one ------------------------------------------------------------------------------------


@each
def test_evaluation_needs_a_state_and_keeps_it(name: str) -> None:
    f = make(name).eval()
    with pytest.raises(
        ValueError, match=r"never fitted: call it in training mode, or its fit\(x\)"
    ):
        f(batch(1))
    f.train()(batch(1))
    f.eval()
    state, y = copy.deepcopy(f.state_dict()), f(batch(3))
    f(batch(2))
    assert torch.equal(f(batch(3)), y)
    assert all(torch.equal(value, state[key]) for key, value in f.state_dict().items())


@each
def test_fit_is_a_training_call(name: str) -> None:
    f, g = make(name), make(name).eval()
    for seed in (1, 2):
        f(batch(seed))
        g.fit(batch(seed))
        assert not g.training
    assert torch.equal(f.eval()(batch(3)), g(batch(3)))


@each
def test_a_state_dict_carries_the_state(name: str) -> None:
    f, g = make(name), make(name)
    f(batch(1))
    g.load_state_dict(f.state_dict(), strict=True)
    assert torch.equal(g.eval()(batch(3)), f.eval()(batch(3)))
    f.train()(batch(2, rows=11)), g.train()(batch(2, rows=11))
    assert torch.equal(g.eval()(batch(3)), f.eval()(batch(3)))
    unfitted = make(name).state_dict()
    g.load_state_dict(unfitted, strict=True)
    with pytest.raises(ValueError, match="never fitted"):
        g(batch(1))


@each
def test_casting_does_not_round_the_state(name: str) -> None:
    f = make(name)
    f(batch(1))
    y = f.eval()(batch(3))
    assert torch.equal(f.half().double()(batch(3)), y)


@each
def test_gradients_reach_x_through_a_constant_state(name: str) -> None:
    f, x = make(name), batch(1).requires_grad_()
    y = f(x)
    assert y.requires_grad == f.differentiable
    assert not any(value.requires_grad for value in f.state_dict().values())
    if f.differentiable:
        (g,) = torch.autograd.grad(y.sum(), x)
        frozen = batch(1).requires_grad_()
        (h,) = torch.autograd.grad(f.eval()(frozen).sum(), frozen)
        assert g.abs().sum() > 0
        torch.testing.assert_close(g, h)


@each
def test_what_is_not_finite_does_not_get_into_a_state(name: str) -> None:
    f = make(name)
    f(batch(1))
    state = copy.deepcopy(f.state_dict())
    for value in (torch.nan, torch.inf):
        x = batch(2)
        x[1, 2] = value
        with pytest.raises(ValueError, match="cannot be fitted to NaN or infinite values"):
            f(x)
    assert all(torch.equal(value, state[key]) for key, value in f.state_dict().items())


@each
def test_float32(name: str) -> None:
    f, g = make(name), make(name)
    x = batch(1) / 5
    y = f(x.float())
    assert y.dtype == torch.float32
    torch.testing.assert_close(y.double(), g(x), rtol=1e-4, atol=1e-4)


# --- principal components -------------------------------------------------------------------------


@pytest.mark.parametrize(("m", "D"), [(5, 2), (5, 5), (30, 4), (3, 1)])
def test_pca_is_that_of_scikit_learn(m: int, D: int) -> None:
    f, reference = make(PCA, m, D=D), IncrementalPCA(D)
    for seed, rows in enumerate((8, 12, 1, 3)):
        x = batch(seed, rows, m)
        # Unchecked, since it refuses batches of fewer than D rows; copied, since it centres them.
        reference.partial_fit(x.numpy().copy(), check_input=seed == 0)
        np.testing.assert_allclose(f(x), reference.transform(x.numpy()), rtol=1e-9, atol=1e-9)
    assert f.n == 24
    assert f.t == 4
    torch.testing.assert_close(f.V @ f.V.T, torch.eye(D, dtype=torch.float64))
    np.testing.assert_allclose(f.s, reference.singular_values_, rtol=1e-9)


def test_pca_of_all_components_is_that_of_all_rows() -> None:
    f = make(PCA, D=5)
    batches = [batch(seed) for seed in range(4)]
    for x in batches:
        f(x)
    rows = torch.cat(batches)
    torch.testing.assert_close(f.mean, rows.mean(0))
    _, s, V = torch.linalg.svd(rows - rows.mean(0), full_matrices=False)
    torch.testing.assert_close(f.s, s)
    torch.testing.assert_close((f.V @ V.T).abs(), torch.eye(5, dtype=torch.float64), atol=1e-9,
                               rtol=0)  # fmt: skip


def test_pca_first_batches() -> None:
    f = make(PCA, D=3)
    with pytest.raises(ValueError, match=r"first batch of at least D = 3 rows, got 2"):
        f(batch(1, rows=2))
    f(batch(1, rows=3))
    f(batch(2, rows=1))
    n = int(f.n)
    f(batch(2, rows=0))
    assert f.n == n
    one = make(PCA, D=1)
    assert one(batch(1, rows=1)).tolist() == [[0.0]]


# --- random projection ----------------------------------------------------------------------------


def test_random_projection_keeps_one_sparse_matrix() -> None:
    m, D = 400, 50
    f = make(PROJECTION, m, D=D)
    R, v, density = f.R, math.sqrt(math.sqrt(m) / D), 1 / math.sqrt(m)
    assert torch.equal(R.abs().unique(), torch.tensor([0.0, v], dtype=torch.float64))
    shares = torch.tensor([(R > 0).double().mean(), (R < 0).double().mean()])
    error = math.sqrt(density / 2 * (1 - density / 2) / (m * D))
    assert ((shares - density / 2).abs() < 4 * error).all()
    x = batch(1, 7, m)
    y = f(x)
    torch.testing.assert_close(y, x @ R.T)
    assert torch.equal(f.eval()(x), y)
    other = make(PROJECTION, m, D=D, generator=torch.Generator().manual_seed(5))
    assert not torch.equal(other(x), y)
    other.load_state_dict(f.state_dict(), strict=True)
    assert torch.equal(other(x), y)
    with pytest.warns(UserWarning, match="holds no signs"):
        other.load_state_dict({})


def test_random_projection_keeps_lengths_in_the_mean() -> None:
    x = torch.tensor([[1.0, -2.0, 0.5, 3.0]], dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    drawn = [make(PROJECTION, 4, D=3, generator=generator)(x) for _ in range(2000)]
    lengths = torch.stack(drawn).square().sum((1, 2))
    error = lengths.std() / math.sqrt(len(lengths))
    assert abs(lengths.mean() - x.square().sum()) < 4 * error


def test_random_projections_of_a_network_differ_and_follow_its_seed() -> None:
    spec = {"name": PROJECTION, "D": 3}
    two = {"name": "extended_compression", "functions": [spec, spec]}
    config = {"dims": [8, 4, 2], "layers": [{"heads": [{"expansion": s}] * 2} for s in (spec, two)]}

    def drawn(seed: int) -> list[tuple[int, ...]]:
        state = RPN(config, seed=seed).state_dict().items()
        return [tuple(v.flatten().tolist()) for k, v in state if k.endswith("signs")]

    assert len(set(drawn(1))) == len(drawn(1)) == 6
    assert drawn(1) == drawn(1)
    assert not set(drawn(1)) & set(drawn(2))


# --- feature selection ----------------------------------------------------------------------------


def columns_with(scales: list[float], rows: int = 6) -> Tensor:
    """Columns of the given standard deviations."""
    column = torch.tensor([1.0, -1.0] * (rows // 2), dtype=torch.float64)
    column = column / column.std()
    return column.unsqueeze(1) * torch.tensor(scales, dtype=torch.float64)


def test_variances_are_averaged_until_a_small_step() -> None:
    f = make(VARIANCE, 3, D=2)
    x = columns_with([1, 2, 3])
    assert torch.equal(f(x), x[:, [1, 2]])
    assert not f.frozen
    y = columns_with([4, 2, 1])  # the means of the variances are 8.5, 4, 5
    assert torch.equal(f(y), y[:, [2, 0]])
    torch.testing.assert_close(f.running_mean, torch.tensor([8.5, 4, 5], dtype=torch.float64))
    f(columns_with([8.5**0.5, 2, 5**0.5]))  # their means: no step at all
    assert f.frozen
    assert f.t == 3
    z = columns_with([0, 9, 0])
    assert torch.equal(f(z), z[:, [2, 0]])
    assert f.t == 3


def test_the_number_of_batches_is_limited() -> None:
    f = make(VARIANCE, 3, D=1, t_threshold=2)
    for scales in ([1, 2, 3], [9, 2, 1], [1, 99, 1]):
        f(columns_with([float(s) for s in scales]))
    assert f.t == 2
    assert f.index.tolist() == [0]
    never = make(VARIANCE, 3, D=1, incremental_stop_threshold=0)
    for _ in range(4):
        never(columns_with([1, 2, 3]))
    assert never.t == 4
    assert not never.frozen


def test_single_rows_have_no_variance() -> None:
    f = make(VARIANCE, 3, D=2)
    with pytest.raises(ValueError, match="first batch of 2 or more rows, got 1"):
        f(columns_with([1, 2, 3])[:1])
    f(columns_with([3, 2, 1]))
    one = columns_with([1, 2, 3])[:1]
    assert torch.equal(f(one), one[:, [1, 0]])
    assert f.t == 1
    empty = make(CLUSTERING, 3)
    with pytest.raises(ValueError, match="first batch of 1 or more rows, got 0"):
        empty(torch.empty(0, 3))


def clustered(seed: int, rows: int = 8) -> Tensor:
    """Seven features near three profiles: (0, 3, 6), (1, 4), (2, 5)."""
    generator = torch.Generator().manual_seed(seed)
    profiles = 3 * torch.randn(rows, 3, generator=generator, dtype=torch.float64)
    noise = 0.05 * torch.randn(rows, 7, generator=generator, dtype=torch.float64)
    return profiles[:, [0, 1, 2, 0, 1, 2, 0]] + noise


def test_clusters_keep_their_columns() -> None:
    f = make(CLUSTERING, 7, D=3)
    for seed in range(5):
        x = clustered(seed)
        expected = torch.stack([x[:, [0, 3, 6]].mean(1), x[:, [1, 4]].mean(1),
                                x[:, [2, 5]].mean(1)], dim=1)  # fmt: skip
        torch.testing.assert_close(f(x), expected)
    assert f.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert f.t == 5
    mean = sum(torch.cdist(x.T, x.T) for x in map(clustered, range(5))) / 5
    torch.testing.assert_close(f.running_mean, mean, rtol=1e-6, atol=1e-6)


def test_clusters_are_frozen() -> None:
    f = make(CLUSTERING, 7, D=3, t_threshold=1)
    f(clustered(0))
    x = clustered(1)[:, [1, 1, 1, 1, 2, 2, 2]]
    torch.testing.assert_close(f(x)[:, 0], x[:, [0, 3, 6]].mean(1))
    assert f.t == 1


# --- options and compositions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (PCA, {"D": 6}, r"D must be <= m = 5, got D = 6"),
        (PROJECTION, {"D": 0}, r"D must be an integer >= 1, got 0"),
        (VARIANCE, {"D": 2, "t_threshold": 0}, r"t_threshold must be an integer >= 1"),
        (VARIANCE, {"D": 2, "incremental_stop_threshold": -1}, r"must be >= 0, got -1"),
        (CLUSTERING, {"D": 2, "random_state": -1}, r"random_state must be an integer >= 0"),
        (
            "dimension_reduction_compression",
            {"D": 2, "dr_function": "PCA"},
            r"dr_function must be ",
        ),
        ("dimension_reduction_compression", {"D": 9}, r"D must be <= m = 5"),
        (
            "feature_selection_compression",
            {"D": 2, "fs_function": 3},
            r"fs_function must be one of",
        ),
        (
            "manifold_compression",
            {"D": 2, "function_kwargs": {"neighbors": 3}},
            r"no argument 'neighbors'.*Did you mean n_neighbors",
        ),
        ("nested_compression", {"functions": ["mean_fusion"]}, r"mean_fusion has no argument 'm'"),
        ("extended_compression", {"functions": []}, r"at least one expansion"),
        (
            "extended_expansion",
            {"functions": ["max_compression"]},
            r"must hold expansions, got Max",
        ),
    ],
)
def test_bad_options(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create({"name": name, **options}, m=5)


def test_ready_components_by_name_and_as_parts() -> None:
    pca = make(PCA)
    f = functions.create("dimension_reduction_compression", m=5, D=2, dr_function=pca)
    f(batch(1))
    assert pca.n == 9
    with pytest.raises(ValueError, match="dr_function was made for m = 5, D = 2; needed are m = 4"):
        functions.create("dimension_reduction_compression", m=4, D=2, dr_function=pca)
    nested = functions.create("nested_compression", m=5, functions=[pca, "max_compression"])
    assert torch.equal(nested.eval()(batch(2)), pca.eval()(batch(2)).amax(1, keepdim=True))
    with pytest.raises(ValueError, match="made for width 5, needed is 4"):
        functions.create("nested_compression", m=4, functions=[pca])


def test_composites_are_what_their_parts_are() -> None:
    plain = functions.create("nested_compression", m=5, functions=["max_compression"])
    assert not (plain.fitted or plain.random or plain.stateful)
    assert not plain.state_dict()
    both = functions.create(
        "extended_compression", m=5,
        functions=[{"name": PCA, "D": 1}, {"name": "mds_manifold_compression", "D": 1}],
    )  # fmt: skip
    assert both.fitted
    assert both.stateful
    assert both.differentiable
    assert not both.row_independent
    assert not both.exportable
    assert both.kinds == ("expansion", "compression")


@pytest.mark.parametrize("name", [CLUSTERING, "tsne_manifold_compression"])
def test_a_compiler_stops_at_the_fit(name: str) -> None:
    options = {"perplexity": 3} if name not in FITTED else {}
    head = Head(5, 3, HeadConfig(expansion={"name": name, "D": 2, **options}))
    twin = copy.deepcopy(head)
    compiled = torch.compile(head, backend="aot_eager")
    x = batch(1).float()
    torch.testing.assert_close(compiled(x), twin(x), rtol=1e-4, atol=1e-4)
    torch.compiler.reset()


def test_a_head_trains_behind_a_fitted_compression() -> None:
    config = HeadConfig(expansion={"name": PCA, "D": 2, "postprocess_functions": "layer_norm"})
    head = Head(5, 3, config)
    x = batch(1).float()
    head(x).square().sum().backward()
    assert head.expansion.t == 1, "one update for each batch"
    assert all(p.grad is not None for p in head.parameters())
    again = Head(5, 3, config)
    again.load_state_dict(head.state_dict())
    assert torch.equal(again.eval()(x), head.eval()(x))
