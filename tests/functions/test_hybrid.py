"""Hybrid interdependence where its matrix is not formed: on links, and by fused results."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions import registry
from rpn_zoo.functions.interdependence import HybridInterdependence, Interdependence
from rpn_zoo.functions.links import Links
from tests.functions.tensor_sizes import largest

NODES = 7
# Node 3 has no incoming link, node 6 none at all.
PLACES = [[0, 1, 2, 2, 4, 5, 0, 1, 4], [1, 2, 0, 4, 5, 4, 4, 1, 0]]
VALUES = [1.0, 0.5, 2.0, 1.0, -1.0, 1.0, 0.25, 1.0, 3.0]
SOFTMAX = {"name": "operator_based_normalize_matrix", "mode": "column", "mask_zeros": True}
BILINEAR = {"name": "lowrank_parameterized_bilinear_interdependence", "r": 2}


class ListedInterdependence(Interdependence):
    """A matrix with few entries at given places."""

    formula = "A[source, target] = value"
    source = "this test"
    default_type = "instance"

    def __init__(
        self, m: int, b: int | None = None, interdependence_type: str | None = None
    ) -> None:
        super().__init__(m, b, interdependence_type)
        self.register_buffer("places", torch.tensor(PLACES), persistent=False)
        self.register_buffer("values", torch.tensor(VALUES), persistent=False)

    def build(self, C: Tensor) -> Tensor:
        A = C.new_zeros(NODES, NODES)
        A[self.places[0], self.places[1]] = self.values.to(C.dtype)
        return A

    def pattern(self) -> Tensor:
        return self.places

    def entries(self, C: Tensor, pattern: Tensor) -> Tensor:
        own, order = (self.places[0] * NODES + self.places[1]).sort()
        found = torch.searchsorted(own, pattern[0] * NODES + pattern[1])
        return self.values[order[found]].to(C.dtype)


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    functions.register(ListedInterdependence)


def normal(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def hybrid(mode: str = "instance", post: Any = SOFTMAX, **options: Any) -> HybridInterdependence:
    given = {
        "interdependence_functions": ["listed_interdependence", BILINEAR],
        "fusion_function": "prod_fusion",
        **options,
    }
    m, b = (3, NODES) if mode == "instance" else (NODES, 3)
    made: HybridInterdependence = functions.create(
        "hybrid_interdependence",
        m=m,
        b=b,
        interdependence_type=mode,
        postprocess_functions=post,
        **given,
    )
    return made.double()


def batch(mode: str) -> Tensor:
    return normal(NODES, 3) if mode == "instance" else normal(3, NODES)


def by_matrix(f: HybridInterdependence, x: Tensor, z: Tensor) -> Tensor:
    A = f.matrix(x)
    return A.mT @ z if f.mode == "instance" else z @ A


POST = [
    None,
    SOFTMAX,
    {**SOFTMAX, "rescale_factor": 0.3},
    {"name": "degree_based_normalize_matrix", "mode": "row"},
    {"name": "degree_based_normalize_matrix", "mode": "column"},
]


@pytest.mark.parametrize("mode", ["instance", "attribute"])
@pytest.mark.parametrize("post", POST)
@pytest.mark.parametrize("width", [1, 5])
def test_links_give_what_the_matrix_gives(mode: str, post: Any, width: int) -> None:
    f, x = hybrid(mode, post), batch(mode).requires_grad_()
    z = normal(NODES, width, seed=2) if mode == "instance" else normal(width, NODES, seed=2)
    z.requires_grad_()
    assert f.links is not None
    y, expected = f(x, z), by_matrix(f, x, z)
    torch.testing.assert_close(y, expected)
    assert y.is_contiguous() or mode == "attribute"
    tensors = (x, z, *f.parameters())
    c = normal(*y.shape, seed=3)
    actual = torch.autograd.grad((y * c).sum(), tensors)
    torch.testing.assert_close(actual, torch.autograd.grad((expected * c).sum(), tensors))


@pytest.mark.parametrize("mode", ["instance", "attribute"])
def test_links_in_batches_and_in_half_precision(mode: str) -> None:
    f, x = hybrid(mode), batch(mode)
    stacked = torch.stack([x, x + 1, x.cos()])
    torch.testing.assert_close(f(stacked), torch.stack([f(s) for s in stacked]))
    y = f.to(torch.bfloat16)(x.to(torch.bfloat16))
    assert y.dtype == torch.bfloat16


def test_links_have_second_derivatives() -> None:
    f, x, z = hybrid(), batch("instance").requires_grad_(), normal(NODES, 2).requires_grad_()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(f, (x, z))
        assert torch.autograd.gradgradcheck(f, (x, z))


def test_a_score_of_zero_is_no_link() -> None:
    f, x = hybrid(), batch("instance")
    x[4] = 0  # all scores with node 4 are exactly 0
    A = f.matrix(x)
    assert A[4].abs().sum() == A[:, 4].abs().sum() == 0
    x.requires_grad_()
    y = f(x)
    torch.testing.assert_close(y, A.mT @ x)
    assert y[4].abs().sum() == 0
    assert y[3].abs().sum() == y[6].abs().sum() == 0, "they have no links"
    (g,) = torch.autograd.grad(y.sum(), x)
    assert g.isfinite().all()


def test_scores_far_apart_do_not_overflow() -> None:
    f, x = hybrid(), 1e3 * batch("instance")
    y = f(x)
    assert y.isfinite().all()
    torch.testing.assert_close(y, f.matrix(x).mT @ x)


@pytest.mark.parametrize(
    "change",
    [
        {"post": {**SOFTMAX, "mask_zeros": False}},
        {"post": "tanh"},
        {"post": [SOFTMAX, "tanh"]},
        {"fusion_function": "sum_fusion"},
        {"fusion_function": {"name": "prod_fusion", "postprocess_functions": "tanh"}},
        {
            "interdependence_functions": [
                "listed_interdependence",
                {**BILINEAR, "postprocess_functions": "tanh"},
            ]
        },
        {"interdependence_functions": [BILINEAR, "linear_kernel_interdependence"]},
    ],
)
def test_other_combinations_use_the_matrix(change: dict[str, Any]) -> None:
    f, x = hybrid(**change), batch("instance")
    assert f.links is None
    torch.testing.assert_close(f(x), by_matrix(f, x, x))


def test_several_functions_on_the_same_links() -> None:
    children = [
        "linear_kernel_interdependence",
        "listed_interdependence",
        {**BILINEAR, "preprocess_functions": "tanh"},
    ]
    f = hybrid(interdependence_functions=children, preprocess_functions="sin")
    x = batch("instance")
    assert f.links is not None
    torch.testing.assert_close(f(x), by_matrix(f, x, x))


def test_no_matrix_is_formed() -> None:
    x = normal(NODES, 3)
    f = hybrid()
    with largest() as seen:
        f(x.requires_grad_()).sum().backward()
    assert seen.numbers < NODES * NODES


@pytest.mark.parametrize(
    "fusion",
    [
        "sum_fusion",
        "mean_fusion",
        "average_fusion",
        {"name": "weighted_summation_fusion", "weights": [2.0, -0.5]},
        "parameterized_weighted_summation_fusion",
        "concatenation_fusion",
        {"name": "lowrank_parameterized_concatenation_fusion", "n": 4},
    ],
)
@pytest.mark.parametrize("mode", ["instance", "attribute"])
def test_linear_fusions_fuse_results(fusion: Any, mode: str) -> None:
    children = [
        {**BILINEAR, "postprocess_functions": {**SOFTMAX, "mask_zeros": False}},
        "linear_kernel_interdependence",
    ]
    f = hybrid(mode, None, interdependence_functions=children, fusion_function=fusion)
    x = batch(mode)
    torch.testing.assert_close(f(x), by_matrix(f, x, x))
    assert f(x).shape[0 if mode == "instance" else 1] == f.fusion.n
    z = normal(NODES, 40) if mode == "instance" else normal(40, NODES)
    torch.testing.assert_close(f(x, z), by_matrix(f, x, z))


def test_parameters_stand_in_the_order_of_the_functions() -> None:
    children = [BILINEAR, "one_interdependence", "parameterized_interdependence"]
    children[1] = {"name": "one_interdependence", "b_prime": NODES}
    f = hybrid(
        post=None,
        interdependence_functions=children,
        fusion_function="parameterized_weighted_summation_fusion",
    )
    first, last = f.functions[0], f.functions[2]
    assert [part.shape[1] for part in f.parts()] == [first.l, last.l, 3]
    assert f.l == 2 * 2 * 3 + NODES**2 + 3 == f.w.shape[1]
    assert torch.equal(f.w, torch.cat([first.w, last.w, f.fusion.w], dim=1))
    assert {name for name, _ in f.named_parameters()} == {
        "functions.0.reconciliation.w",
        "functions.2.reconciliation.w",
        "fusion.w",
    }


def test_scores_before_the_hybrids_softmax_are_scaled_for_it() -> None:
    alone = functions.create(BILINEAR, m=3, b=NODES)
    within = hybrid(post={**SOFTMAX, "rescale_factor": 0.5}).functions[1]
    assert alone.score_variance == pytest.approx(1 / NODES)
    assert within.score_variance == 4.0
    other = hybrid(post=None).functions[1]
    assert other.score_variance == pytest.approx(1 / NODES)


# --- links ----------------------------------------------------------------------------------------


def test_links_are_those_of_the_matrix() -> None:
    places = torch.tensor([[4, 0, 2, 2, 0], [1, 0, 1, 0, 1]])
    links = Links(places, (5, 3)).double()
    assert links.places.tolist() == [[0, 2, 0, 2, 4], [0, 0, 1, 1, 1]]
    values, V, W = normal(5), normal(5, 4), normal(3, 4)
    A = links.dense(values)
    assert A.shape == (5, 3)
    torch.testing.assert_close(links.sums(values, V), A.mT @ V)
    torch.testing.assert_close(links.products(V, W), (V @ W.mT)[links.source, links.target])
    twin = pickle.loads(pickle.dumps(links))
    assert torch.equal(twin.sums(values, V), links.sums(values, V))
    assert not links.state_dict(), "they follow from the options"


def test_no_links() -> None:
    links = Links(torch.empty(2, 0, dtype=torch.long), (4, 3))
    values = torch.empty(0)
    assert links.sums(values, torch.ones(4, 2)).tolist() == [[0.0, 0.0]] * 3
    assert links.products(torch.ones(4, 2), torch.ones(3, 2)).shape == (0,)
    assert links.softmax(values).shape == (0,)


def test_hybrid_on_links_exports_and_compiles() -> None:
    f, x = hybrid().float(), batch("instance").float()
    expected = f(x)
    exported: Any = torch.export.export(f, (x,)).module()
    torch.testing.assert_close(exported(x), expected)
    compiled = torch.compile(f, fullgraph=True, backend="aot_eager", dynamic=False)
    torch.testing.assert_close(compiled(x), expected)
    torch.compiler.reset()
