"""Products with a fabricated W by its factors, against the W that is formed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from rpn_zoo import functions
from rpn_zoo.functions import factored_products
from rpn_zoo.functions.factored_products import left_product, score_factors
from rpn_zoo.functions.reconciliation import Reconciliation
from tests.functions.tensor_sizes import largest

PAIRS: list[dict[str, Any]] = [
    {},
    {"p": 3, "q": 3},
    {"p": 2, "q": 4},
    {"p": 6, "q": 1},
    {"p": 4, "q": 12},
    {"p": 12, "q": 3},
]
KRONECKER = [
    {"name": f"{kind}_reconciliation", **rank, **pair, "layout": layout}
    for kind, ranks in (
        ("hm", [{}]),
        ("lphm", [{"r": 1}, {"r": 5}]),
        ("dual_lphm", [{"r": 1}, {"r": 2}, {"r": 4}]),
    )
    for rank in ranks
    for pair in PAIRS
    for layout in ("kronecker", "flat")
]
SPECS: list[dict[str, Any]] = [
    {"name": "identity_reconciliation"},
    {"name": "lorr_reconciliation", "r": 1},
    {"name": "lorr_reconciliation", "r": 9},
    {"name": "random_matrix_adaption_reconciliation", "r": 3},
    *KRONECKER,
]
every_spec = pytest.mark.parametrize(
    "spec", SPECS, ids=lambda spec: ", ".join(str(v) for v in spec.values())
)


@pytest.fixture(autouse=True)
def _factored_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factored_products, "DENSE_ENTRIES", 0)


def make(spec: dict[str, Any], n: int = 12, D: int = 12) -> Reconciliation:
    psi: Reconciliation = functions.create(spec, n=n, D=D)
    return psi.double()


def data(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


@every_spec
def test_left_product(spec: dict[str, Any]) -> None:
    psi = make(spec, n=12, D=24)
    Z = data(2, 5, 12)
    y, expected = left_product(psi, Z), Z @ psi.weight()[0]
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
    c = torch.randn_like(y, requires_grad=False)
    actual = torch.autograd.grad((y * c).sum(), (Z, psi.w))
    wanted = torch.autograd.grad((expected * c).sum(), (Z, psi.w))
    torch.testing.assert_close(actual, wanted, rtol=1e-11, atol=1e-12)


@every_spec
def test_score_factors(spec: dict[str, Any]) -> None:
    psi = make(spec)
    Y = data(2, 5, 12)
    K, Q = score_factors(psi, Y)
    assert K.shape == Q.shape == (2, 5, K.shape[-1])
    assert K.shape[-1] <= 12
    A, expected = K @ Q.mT, Y @ psi.weight()[0] @ Y.mT
    torch.testing.assert_close(A, expected, rtol=1e-12, atol=1e-12)
    c = torch.randn_like(A, requires_grad=False)
    actual = torch.autograd.grad((A * c).sum(), (Y, psi.w))
    wanted = torch.autograd.grad((expected * c).sum(), (Y, psi.w))
    torch.testing.assert_close(actual, wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("spec", "size"),
    [
        ({"name": "lorr_reconciliation", "r": 3}, 3),
        ({"name": "lorr_reconciliation", "r": 7}, 12),  # two thin products are no fewer
        ({"name": "hm_reconciliation", "p": 2, "q": 4}, 2 * 3),
        ({"name": "lphm_reconciliation", "p": 3, "q": 3, "r": 1}, 3),
        ({"name": "dual_lphm_reconciliation", "p": 3, "q": 3, "r": 2}, 4),
        ({"name": "hm_reconciliation", "p": 6, "q": 6, "layout": "flat"}, 3),
        ({"name": "hm_reconciliation", "p": 2, "q": 2, "layout": "flat"}, 3),
    ],
)
def test_scores_are_products_of_few_numbers(spec: dict[str, Any], size: int) -> None:
    K, _ = score_factors(make(spec), data(5, 12))
    assert K.shape[-1] == size


@pytest.mark.parametrize("kind", ["lphm", "dual_lphm"])
def test_second_derivatives_of_square_scores(kind: str) -> None:
    psi = make({"name": f"{kind}_reconciliation", "p": 3, "q": 3, "r": 2})
    assert factored_products.has_square_halves(psi)  # type: ignore[arg-type]

    def scores(Y: Tensor, w: Tensor) -> Tensor:
        K, Q = factored_products.SquareScores.apply(Y, w, psi)
        return K @ Q.mT

    inputs = (data(4, 12), psi.w.detach().requires_grad_())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(scores, inputs)
        assert torch.autograd.gradgradcheck(scores, inputs)


@pytest.mark.parametrize(
    "name",
    [
        "lowrank_parameterized",
        "hm_parameterized",
        "lphm_parameterized",
        "dual_lphm_parameterized",
        "random_matrix_adaption_parameterized",
    ],
)
@pytest.mark.parametrize("layout", ["kronecker", "flat"])
def test_w_is_never_formed(name: str, layout: str) -> None:
    """d = 144: the largest tensor of a training step is far from d x d."""
    options: dict[str, Any] = {"p": 12, "layout": layout} if "hm" in name else {}
    if name != "hm_parameterized":
        options["r"] = 2
    x = data(6, 144)
    for suffix in ("bilinear_interdependence", "interdependence"):
        f = functions.create(f"{name}_{suffix}", m=144, **options).double()
        with largest() as seen:
            f(x).sum().backward()
        assert seen.numbers < 144 * 144 / 4, suffix
