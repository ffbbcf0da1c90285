"""Grids, patches and packings, and what the functions on them promise beyond the contract."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions.geometry import Cuboid, Cylinder, Grid, Patch, Patches, Sphere, make_patch
from rpn_zoo.nn import Head, HeadConfig, PositionsConfig
from tests.functions.oracles_geometric import offsets, places
from tests.functions.test_compile import assert_exports_and_compiles

Options = dict[str, Any]


def normal(*shape: int, seed: int = 3) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# --- offsets, steps, centres ----------------------------------------------------------------------

# Radii in the rows, strategies in the columns; the decimals 0.6667 and 1.3333 decide some of them.
STEPS: list[tuple[Patch, dict[str, tuple[int, int, int]]]] = [
    (
        Cuboid(1, 2, 0, p_h_prime=5),
        {"sparse_square": (3, 6, 1), "complete_square": (2, 4, 1), "dense_square": (1, 2, 1)},
    ),
    (
        Cuboid(0, 1, 1, p_d_prime=0),
        {"sparse_square": (1, 3, 3), "complete_square": (1, 2, 2), "dense_square": (1, 1, 1)},
    ),
    (
        Cylinder(2),
        {
            "sparse_square": (4, 4, 1),
            "complete_square": (2, 2, 1),
            "sparse_hexagonal": (3, 4, 1),
            "complete_hexagonal": (3, 3, 1),
            "dense_hexagonal": (2, 2, 1),
            "denser_hexagonal": (1, 2, 1),
        },
    ),
    (
        Cylinder(5, 2, 3),
        {
            "sparse_square": (10, 10, 4),
            "complete_square": (7, 7, 4),
            "sparse_hexagonal": (8, 10, 4),
            "complete_hexagonal": (7, 8, 4),
            "dense_hexagonal": (6, 7, 2),
            "denser_hexagonal": (4, 5, 2),
        },
    ),
    (
        Sphere(1),
        {
            "sparse_simple_cubic": (2, 2, 2),
            "complete_simple_cubic": (1, 1, 1),
            "sparse_face_centered_cubic": (2, 1, 1),
            "complete_face_centered_cubic": (1, 1, 1),
            "sparse_hexagonal": (2, 2, 2),
            "complete_hexagonal": (1, 1, 1),
        },
    ),
    (
        Sphere(3),
        {
            "sparse_simple_cubic": (6, 6, 6),
            "complete_simple_cubic": (3, 3, 3),
            "dense_simple_cubic": (3, 3, 3),
            "sparse_face_centered_cubic": (6, 5, 4),
            "complete_face_centered_cubic": (4, 4, 3),
            "dense_face_centered_cubic": (3, 3, 3),
            "sparse_hexagonal": (6, 6, 7),
            "complete_hexagonal": (3, 3, 3),
            "dense_hexagonal": (3, 3, 3),
        },
    ),
    (
        Sphere(9),
        {
            "sparse_simple_cubic": (18, 18, 18),
            "complete_simple_cubic": (10, 10, 10),
            "sparse_face_centered_cubic": (18, 15, 14),
            "complete_face_centered_cubic": (12, 14, 11),
            "sparse_hexagonal": (18, 18, 22),
            "complete_hexagonal": (10, 10, 9),
        },
    ),
]


@pytest.mark.parametrize(("patch", "steps"), STEPS, ids=[str(patch) for patch, _ in STEPS])
def test_packing_strategies(patch: Patch, steps: dict[str, tuple[int, int, int]]) -> None:
    assert {name: patch.steps(name) for name in steps} == steps
    assert patch.steps(None) == patch.steps("densest_packing") == (1, 1, 1)


@pytest.mark.parametrize(
    ("patch", "sizes"),
    [
        ({"shape": "sphere"}, (1, 7, 33, 123, 257)),
        ({"shape": "cylinder"}, (1, 5, 13, 29, 49)),
        ({"shape": "cylinder", "p_d": 0, "p_d_prime": 1}, (2, 10, 26, 58, 98)),
    ],
)
def test_sizes_of_round_patches(patch: Options, sizes: tuple[int, ...]) -> None:
    for r, size in enumerate(sizes):
        found = make_patch({**patch, "p_r": r}).offsets()
        assert found.shape == (size, 3)
        assert found.tolist() == sorted(found.tolist())
        assert found.tolist() == [list(c) for c in offsets({"patch": {**patch, "p_r": r}}, "")]


CASES: list[Options] = [
    {"h": 5, "w": 4, "p_h": 1, "p_w": 0, "p_h_prime": 2, "p_w_prime": 1}
    | {"cd_h": 2, "cd_w": 3, "cd_d": 1},
    {"h": 4, "w": 3, "d": 2, "p_h": 1, "p_w": 1, "p_d": 0, "p_d_prime": 1, "channel_num": 2},
    {"h": 5, "w": 6, "p_r": 2, "channel_num": 2},
    {"h": 5, "w": 6, "d": 3, "p_r": 2, "p_d": 0, "p_d_prime": 1, "cd_h": 2, "cd_w": 2, "cd_d": 2},
    {"h": 4, "w": 4, "d": 3, "p_r": 2, "channel_num": 2, "shape": "sphere"},
    {"h": 5, "w": 5, "p_r": 3, "channel_num": 2, "shape": "sphere"}
    | {"cd_h": 1, "cd_w": 2, "cd_d": 1},
    {"h": 1, "w": 7, "p_r": 2, "shape": "sphere"},
]
GRID = ("h", "w", "d", "channel_num")
STEP = ("cd_h", "cd_w", "cd_d")


def shape_of(a: Options) -> str:
    return str(a.get("shape", "cylinder" if "p_r" in a else "cuboid"))


def make(a: Options) -> Patches:
    sizes = {k: v for k, v in a.items() if k not in (*GRID, *STEP, "shape")}
    grid = Grid(**{k: a[k] for k in GRID if k in a})
    patch = make_patch({"shape": shape_of(a), **sizes})
    return Patches(grid, patch, **{k: a[k] for k in STEP if k in a})


@pytest.mark.parametrize("a", CASES, ids=str)
def test_cells_of_patches(a: Options) -> None:
    patches = make(a)
    expected = [
        [patches.grid.cells if q is None else q for q in cells] for cells in places(a, shape_of(a))
    ]
    assert patches.cells().T.tolist() == expected
    assert (patches.count, patches.volume) == (len(expected), len(expected[0]))
    assert patches.count == patches.shape[0] * patches.shape[1] * patches.shape[2]


# --- reading, pooling, convolving -----------------------------------------------------------------


def read_by_hand(patches: Patches, x: Tensor) -> Tensor:
    """(b, channels, S, P), a cell at a time."""
    cells, V = patches.cells(), patches.grid.cells
    y = x.new_zeros(len(x), patches.grid.channel_num, *cells.shape)
    for s, row in enumerate(cells.tolist()):
        for p, q in enumerate(row):
            for c in range(patches.grid.channel_num):
                if q < V:
                    y[:, c, s, p] = x[:, c * V + q]
    return y


@pytest.mark.parametrize("a", CASES, ids=str)
def test_reading_pooling_and_convolving(a: Options) -> None:
    patches = make(a)
    x = normal(3, patches.grid.size) - 0.5
    expected = read_by_hand(patches, x)
    assert torch.equal(patches.read(x), expected)
    assert torch.equal(patches.read_by_patch(x), expected.permute(0, 3, 1, 2))
    for kind, wanted in {
        "max": expected.amax(2),
        "min": expected.amin(2),
        "sum": expected.sum(2),
        "mean": expected.mean(2),
    }.items():
        torch.testing.assert_close(patches.pool(x, kind), wanted)
        torch.testing.assert_close(patches.pool(x.clone().requires_grad_(), kind), wanted)
    W = normal(2, patches.grid.channel_num * patches.volume)
    product = torch.einsum("bkp,nk->bnp", expected.flatten(1, 2), W)
    torch.testing.assert_close(patches.convolve(x, W), product)
    if patches.grid.channel_num == 1:
        z = x.T
        rows = expected[:, 0].permute(2, 1, 0)  # (P, S, D)
        assert torch.equal(patches.read_instances(z), rows)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("a", CASES, ids=str)
def test_half_precision_trains(a: Options, dtype: torch.dtype) -> None:
    patches = make(a)
    x = normal(2, patches.grid.size).to(dtype).requires_grad_()
    for y in (patches.read(x), *(patches.pool(x, kind) for kind in ("max", "min", "sum", "mean"))):
        assert y.dtype == dtype
        (g,) = torch.autograd.grad(y.float().sum(), x)
        assert g.dtype == dtype
        assert g.isfinite().all()


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("a", CASES, ids=str)
def test_what_is_not_finite_stays_in_the_patches_that_have_it(a: Options, value: float) -> None:
    patches = make(a)
    x = normal(1, patches.grid.size)
    x[0, 0] = value
    entries = read_by_hand(patches, x)
    assert torch.equal(patches.read(x).isfinite(), entries.isfinite())
    assert not entries.isfinite().all()
    spoilt = ~entries.isfinite().all(2)
    # An infinity is no minimum.
    for kind in ("max", "sum", "mean") if value == torch.inf else ("max", "min", "sum", "mean"):
        assert torch.equal(~patches.pool(x, kind).isfinite(), spoilt), kind


def test_zeros_outside_take_part_in_metrics() -> None:
    def pooled(metric: str, x: Tensor) -> list[float]:
        options = {"h": 2, "w": 2, "p_h": 1, "p_w": 1}
        f = functions.create(f"cuboid_{metric}_based_geometric_compression", m=4, **options)
        return [round(v, 6) for v in f(x)[0].tolist()]

    assert pooled("mean", torch.ones(1, 4)) == [round(4 / 9, 6)] * 4
    assert pooled("max", -torch.ones(1, 4)) == [0.0] * 4
    assert pooled("min", torch.ones(1, 4)) == [0.0] * 4


def test_a_ball_in_a_flat_grid_keeps_all_its_offsets() -> None:
    f = functions.create("sphere_patch_based_geometric_expansion", m=784, h=28, w=28, p_r=4)
    assert f.D == 257 * 784
    y = f(torch.ones(1, 784))
    assert torch.count_nonzero(y) == 34_044
    # Only those offsets are read that meet the grid.
    assert f.patches.index.shape == (49, 784)
    assert f.patches.box == (9, 9, 1)


def test_a_disc_and_a_ball_agree_in_the_plane() -> None:
    x = normal(2, 30)
    options = {"h": 5, "w": 6, "p_r": 2}
    for metric in ("max", "min", "mean"):
        disc = functions.create(f"cylinder_{metric}_based_geometric_compression", m=30, **options)
        ball = functions.create(f"sphere_{metric}_based_geometric_compression", m=30, **options)
        if metric == "mean":
            torch.testing.assert_close(ball(x) * 33, disc(x) * 13)
        elif metric == "max":
            torch.testing.assert_close(ball(x), disc(x).clamp(min=0))
        else:
            torch.testing.assert_close(ball(x), disc(x).clamp(max=0))


def test_images_are_unfolded() -> None:
    x = normal(2, 3 * 7 * 6)
    options = {"p_h": 2, "p_w": 1, "cd_h": 2, "cd_w": 3, "cd_d": 1}
    f = functions.create(
        "cuboid_patch_based_geometric_expansion", m=126, h=7, w=6, channel_num=3, **options
    )
    images = x.view(2, 3, 7, 6)
    expected = torch.nn.functional.unfold(images, (5, 3), padding=(2, 1), stride=(2, 3))
    assert torch.equal(f(x), expected.flatten(1))


@pytest.mark.parametrize(
    ("h", "w", "step", "overhang"),
    [
        (4, 6, 2, ((0, 0), (0, 0), (0, 0))),
        (5, 4, 2, ((0, 1), (0, 0), (0, 0))),
        (7, 8, 3, ((0, 1), (0, 0), (0, 0))),
        (4, 4, 1, ((0, 1), (0, 1), (0, 0))),
    ],
)
def test_zeros_are_added_only_where_a_patch_reads_them(
    h: int, w: int, step: int, overhang: tuple[tuple[int, int], ...]
) -> None:
    patches = Patches(Grid(h, w), Cuboid(0, 0, 0, 1, 1), None, step, step, 1)
    assert patches.overhang == overhang
    x = normal(3, h * w)
    assert torch.equal(patches.pool(x, "max"), patches.read(x).amax(2))
    assert patches.pool(x, "max").shape[-1] == patches.count


def test_poolings_chain() -> None:
    x = normal(2, 2 * 8 * 6)
    first = functions.create(
        "cylinder_mean_based_geometric_compression", m=96, h=8, w=6, channel_num=2, p_r=2,
        packing_strategy="complete_square",
    )  # fmt: skip
    h, w, d = first.patches.shape
    second = functions.create(
        "cuboid_max_based_geometric_compression", m=first.D, h=h, w=w, d=d, channel_num=2,
        p_h=1, p_w=1,
    )  # fmt: skip
    assert second(first(x)).shape == (2, 2 * h * w * d)


def test_any_statistic_may_be_the_metric() -> None:
    def spread(x: Tensor, dim: int) -> Tensor:
        return x.amax(dim) - x.amin(dim)

    patch = {"shape": "cylinder", "p_r": 1}
    f = functions.create("geometric_compression", m=12, h=3, w=4, patch=patch, metric=spread)
    x = normal(2, 12)
    entries = f.patches.read(x)
    assert torch.equal(f(x), (entries.amax(2) - entries.amin(2)).flatten(1))
    keeps = functions.create(
        "geometric_compression", m=12, h=3, w=4, patch=patch, metric=lambda x, dim: x
    )
    with pytest.raises(ValueError, match=r"metric must reduce the axis dim = 2"):
        keeps(x)
    weights = {"weights": [1.0, 2.0, 3.0, 2.0, 1.0]}
    f = functions.create(
        "geometric_compression", m=12, h=3, w=4, patch=patch, metric="wmean", metric_kwargs=weights
    )
    expected = torch.einsum("bcsp,s->bcp", entries, torch.tensor([1.0, 2, 3, 2, 1]).double()) / 9
    torch.testing.assert_close(f(x), expected.flatten(1))


# --- interdependence ------------------------------------------------------------------------------

PADDING = "patch_padding_based_geometric_interdependence"


def interdependence(a: Options, **more: Any) -> Any:
    options = {k: v for k, v in a.items() if k != "shape"}
    m = a["h"] * a["w"] * a.get("d", 1) * a.get("channel_num", 1)
    key = f"{shape_of(a)}_patch_based_geometric_interdependence"
    return functions.create(key, **{"m": m, **options, **more}).double()


@pytest.mark.parametrize("mode", ["padding", "aggregation"])
@pytest.mark.parametrize("normalization", [None, "row", "column", "row_column"])
@pytest.mark.parametrize("a", CASES, ids=str)
def test_the_product_is_that_of_the_matrix(a: Options, normalization: str, mode: str) -> None:
    more: Options = {"interdependence_matrix_mode": mode}
    if normalization is not None:
        more |= {"normalization": True, "normalization_mode": normalization}
    f = interdependence(a, **more)
    x = normal(3, f.m)
    A, one = f.matrix(), f.channel_matrix()
    U, P, S = f.channel_num, f.patch_num, f.patch_size if mode == "padding" else 1
    assert A.shape == (f.m, f.m_prime) == (f.m, P * U * S)
    assert one.shape == (f.m // U, P * S)
    torch.testing.assert_close(f(x), x @ A)
    # Each channel by its own block, patch by patch, then channel, then entry.
    parts = [part @ one for part in x.unflatten(1, (U, -1)).unbind(1)]
    blocks = torch.stack([part.unflatten(1, (P, S)) for part in parts], 2)
    torch.testing.assert_close(f(x), blocks.flatten(1))
    if mode == "padding":
        W = normal(2, U * S)
        product = torch.einsum("bpk,nk->bnp", f(x).unflatten(1, (P, U * S)), W)
        torch.testing.assert_close(f.convolve(x, W), product)
    if U == 1:
        g = interdependence(a, **more, m=4, interdependence_type="instance")
        z = normal(f.m, 4)
        assert (g.b, g.b_prime) == (f.m, f.m_prime)
        torch.testing.assert_close(g(z), A.T @ z)
        torch.testing.assert_close(g.channel_matrix(), one)


def test_members() -> None:
    f = functions.create(
        f"cylinder_{PADDING}", m=160, h=8, w=5, d=2, channel_num=2, r=2, p_d=1,
        packing_strategy="sparse_square",
    )  # fmt: skip
    assert (f.patch_num, f.patch_size, f.channel_num) == (2 * 2 * 1, 13 * 3, 2)
    assert (f.grid_shape, f.grid_shape_after_packing) == ((8, 5, 2), (2, 2, 1))
    assert f.m_prime == 4 * 2 * 39
    assert not f.state_dict()


def test_normalisations_survive_a_cast() -> None:
    f = interdependence(CASES[2], normalization=True)
    expected = f.channel_matrix()
    again = f.half().double().channel_matrix()
    assert torch.equal(again, expected)


@pytest.mark.parametrize("a", CASES, ids=str)
@pytest.mark.parametrize("normalization", [False, True])
def test_a_head_on_a_grid_is_a_convolution(a: Options, normalization: bool) -> None:
    f = interdependence(a)
    options = {k: v for k, v in a.items() if k != "shape"} | {"normalization": normalization}
    config = HeadConfig(
        attribute_interdependence={"name": f.key(), **options},
        positions=PositionsConfig(layout="channels_first"),
    )
    head = Head(f.m, 2 * f.patch_num, config).double()
    assert head.convolves
    x = normal(3, f.m)
    y = head(x)
    head.convolves = False
    torch.testing.assert_close(y, head(x))


@pytest.mark.parametrize("convolves", [True, False])
@pytest.mark.parametrize("a", CASES[1:6:2], ids=str)
def test_heads_on_grids_are_exported_and_compiled(a: Options, convolves: bool) -> None:
    f = interdependence(a)
    options = {k: v for k, v in a.items() if k != "shape"}
    config = HeadConfig(
        attribute_interdependence={"name": f.key(), **options}, positions=PositionsConfig()
    )
    head = Head(f.m, 2 * f.patch_num, config)
    head.convolves = convolves
    assert_exports_and_compiles(head)


def test_a_convolution_is_refused_where_there_is_none() -> None:
    a: Options = {"h": 3, "w": 3, "p_h": 1, "p_w": 1}
    for more in (
        {"interdependence_matrix_mode": "aggregation"},
        {"interdependence_type": "instance", "m": 2},
        {"postprocess_functions": "tanh"},
    ):
        f = interdependence(a, **more)
        assert not f.convolves
        with pytest.raises(ValueError, match=r"is a convolution in attribute and padding mode"):
            f.convolve(torch.ones(1, 9), torch.ones(1, 9))


# --- errors ---------------------------------------------------------------------------------------

CUBOID = "cuboid_patch_based_geometric_expansion"
CYLINDER = "cylinder_mean_based_geometric_compression"
SPHERE = f"sphere_{PADDING}"
ANY = "geometric_expansion"


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        (CUBOID, {"m": 13}, r"m must be channel_num h w d = 1 x 3 x 4 x 1 = 12, got 13"),
        (CUBOID, {"h": 0}, r"h must be an integer >= 1, got 0"),
        (CUBOID, {"channel_num": 2}, r"= 24, got 12"),
        (CUBOID, {"p_h": -1}, r"p_h must be an integer >= 0, got -1"),
        (CUBOID, {"p_w": 1.5}, r"p_w must be an integer >= 0, got 1.5"),
        (CUBOID, {"p_d_prime": -2}, r"p_d_prime must be an integer >= 0, got -2"),
        (CUBOID, {"p_h": 3}, r"p_h must be below h = 3, got 3: the patch is larger than the grid"),
        (CUBOID, {"p_w_prime": 9}, r"p_w_prime must be below w = 4, got 9"),
        (CUBOID, {"p_d": 1}, r"p_d must be below d = 1, got 1"),
        (CUBOID, {"p_h": 10**9}, r"p_h must be below h = 3"),
        (CUBOID, {"packing_strategy": "sparse_sqare"}, r"Did you mean sparse_square"),
        (CUBOID, {"packing_strategy": "dense_hexagonal"}, r"must be one of densest_packing, spar"),
        (CUBOID, {"cd_h": 1}, r"given all or none; missing: cd_w, cd_d"),
        (CUBOID, {"cd_h": 1, "cd_w": 0, "cd_d": 1}, r"cd_w must be an integer >= 1, got 0"),
        (CYLINDER, {"p_r": 4}, r"p_r must be below max\(h, w\) = 4, got 4"),
        (CYLINDER, {"p_r": 1, "p_d_prime": 1}, r"p_d_prime must be below d = 1, got 1"),
        (SPHERE, {"p_r": 4}, r"p_r must be below max\(h, w, d\) = 4, got 4"),
        (SPHERE, {"p_r": 1, "r": 1}, r"must be given once, got p_r=1, r=1"),
        (SPHERE, {}, r"p_r \(or its other name r\) must be given once"),
        (SPHERE, {"r": 1, "m": 5, "interdependence_type": "left", "b": 11}, r"b must be .* got 11"),
        (
            SPHERE,
            {"r": 1, "channel_num": 2, "m": 24, "interdependence_type": "instance"},
            r"channel_num must be 1 in instance mode, got 2",
        ),
        (SPHERE, {"r": 1, "normalization_mode": "rows"}, r"Did you mean row"),
        (
            "sphere_patch_based_geometric_interdependence",
            {"r": 1, "interdependence_matrix_mode": "pading"},
            r"interdependence_matrix_mode must be one of padding, aggregation.*Did you mean",
        ),
        (ANY, {"patch": "cuboid"}, r"patch must be given as \{shape: cuboid \| cylinder \| sph"),
        (ANY, {"patch": {"p_r": 1}}, r"patch must be given as"),
        (ANY, {"patch": {"shape": "cube", "p_r": 1}}, r"patch.shape must be one of cuboid"),
        (ANY, {"patch": {"shape": "sphere"}}, r"a sphere needs the size p_r"),
        (ANY, {"patch": {"shape": "sphere", "p_rr": 1}}, r"no size 'p_rr'. Did you mean p_r"),
        ("geometric_compression", {"patch": {"shape": "sphere", "p_r": 1}}, r"argument metric"),
    ],
)  # fmt: skip
def test_bad_arguments(name: str, changed: Options, message: str) -> None:
    given: Options = {"m": 12, "h": 3, "w": 4}
    if name == CUBOID:
        given |= {"p_h": 1, "p_w": 1}
    with pytest.raises(ValueError, match=message):
        functions.create(name, **{**given, **changed})


def test_a_patch_may_be_named_by_shape_or_name() -> None:
    assert make_patch({"name": "sphere", "p_r": 1}) == make_patch({"shape": "sphere", "p_r": 1})
    assert make_patch(Sphere(1)) == Sphere(1)
    with pytest.raises(ValueError, match=r"patch must be given as"):
        make_patch({"name": "sphere", "shape": "sphere", "p_r": 1})


@pytest.mark.parametrize("patch", [Cuboid(1, 1), Cylinder(2), Sphere(2)])
def test_patches_may_be_as_large_as_the_grid_allows(patch: Patch) -> None:
    assert Patches(Grid(3, 3), patch).count == 9
