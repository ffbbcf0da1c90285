"""Every contraction rule against the dense oracle, and the dispatch that chooses a rule."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode

from rpn_zoo import functions
from rpn_zoo.functions import contraction
from rpn_zoo.functions.contraction import (
    chosen_rule,
    contract,
    contract_dense,
    find_rule,
    register_rule,
)
from rpn_zoo.functions.expansion import IdentityExpansion, TaylorExpansion
from rpn_zoo.functions.reconciliation import (
    IdentityReconciliation,
    LorrReconciliation,
    Reconciliation,
)
from rpn_zoo.functions.registry import signature
from rpn_zoo.functions.rules import taylor_rows
from rpn_zoo.functions.transformation import Transformation
from tests.functions.rule_cases import (
    COMBINATIONS,
    KRONECKER,
    OPTIONS,
    POWERS,
    RULE_CASES,
    Types,
    types_of,
    use_rules_at_every_size,
)


@pytest.fixture
def small_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sizes go by the rules."""
    use_rules_at_every_size(monkeypatch)


by_rules = pytest.mark.usefixtures("small_rules")


def divisors(n: int) -> list[int]:
    return [i for i in range(1, n + 1) if n % i == 0]


def pair(
    expansion: str,
    reconciliation: str,
    m: int,
    n: int,
    channels: int = 1,
    expansion_options: dict[str, Any] | None = None,
    **options: Any,
) -> tuple[Transformation, Reconciliation]:
    """An expansion and a reconciliation that fit, in float64."""
    spec = {"name": expansion, **OPTIONS.get(expansion, {}), **(expansion_options or {})}
    kappa = functions.create(spec, m=m)
    sizes = {"n": n, "D": kappa.D, "channels": channels}
    if reconciliation == "duplicated_padding_reconciliation" and (n % 2 or kappa.D % 2):
        options.setdefault("p", 1)  # the default, 2, does not divide
    psi = functions.create({"name": reconciliation, **options}, **sizes)
    return kappa.double(), psi.double()


def data(m: int, rows: int = 3, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, m, generator=generator, dtype=torch.float64)


def rule_types(expansion: Transformation, reconciliation: Reconciliation) -> Types | None:
    """The pair of types of the rule that is used, None for the dense way."""
    rule = chosen_rule(expansion, reconciliation)
    found = [e for e in contraction.rules() if e.rule is rule]
    return types_of(found[0]) if found else None


def assert_equal_to_dense(kappa: Transformation, psi: Reconciliation, x: Tensor) -> None:
    """Compare values and the gradients of x and w, relative 1e-10."""
    results = []
    for way in (contract, contract_dense):
        xs = x.clone().requires_grad_()
        z = way(kappa, psi, xs)
        weights = torch.linspace(-1, 1, z.numel(), dtype=x.dtype).view_as(z)
        leaves = (xs,) if psi.w is None else (xs, psi.w)
        results.append((z, *torch.autograd.grad((z.sin() * weights).sum(), leaves)))
    for actual, expected in zip(*results, strict=True):
        scale = expected.abs().max().item()
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10 * max(scale, 1e-3))


def test_every_rule_has_a_case() -> None:
    assert {types_of(entry) for entry in contraction.rules()} == set(RULE_CASES)


@st.composite
def pairs(draw: st.DrawFn, types: Types) -> tuple[Transformation, Reconciliation, Tensor]:
    """Components of one rule with random sizes and options, and data."""
    case = RULE_CASES[types]
    expansion = draw(st.sampled_from(case.expansions))
    name = draw(st.sampled_from(case.reconciliations))
    m, n = draw(st.integers(2, 7)), draw(st.sampled_from([1, 2, 4, 6]))
    channels = draw(st.sampled_from([1, 3]))
    given_options: dict[str, Any] = {}
    if draw(st.booleans()):
        given_options["preprocess_functions"] = draw(st.sampled_from(["tanh", ["silu", "sin"]]))
    if expansion in [*POWERS, *COMBINATIONS] and draw(st.booleans()):
        given_options["postprocess_functions"] = "layer_norm"
    if expansion in POWERS and m <= 4:
        given_options["d"] = draw(st.sampled_from([2, 3]))
    if expansion in COMBINATIONS and m >= 3:
        given_options["d"] = draw(st.sampled_from([2, 3]))
        given_options["with_replacement"] = draw(st.booleans())
    options: dict[str, Any] = {}
    spec = {"name": expansion, **OPTIONS.get(expansion, {}), **given_options}
    D = functions.create(spec, m=m).D
    if name == "duplicated_diagonal_padding_reconciliation":
        n = draw(st.sampled_from(divisors(D)))
    if name in [*KRONECKER, "duplicated_padding_reconciliation"]:
        # All kinds of cuts: q = m, q < m, q > m, q = 1, q = D.
        options["q"] = draw(st.sampled_from(divisors(D)))
        options["p"] = draw(st.sampled_from(divisors(n)))
        options["layout"] = draw(st.sampled_from(["kronecker", "flat"]))
    if "r" in signature(functions.get(name)):
        options["r"] = draw(st.integers(1, 3))
    kappa, psi = pair(expansion, name, m, n, channels, given_options, **options)
    return kappa, psi, data(m, draw(st.integers(1, 3)), draw(st.integers(0, 9)))


@by_rules
@pytest.mark.parametrize("types", list(RULE_CASES), ids="-".join)
def test_rule_equals_the_dense_way(types: Types) -> None:
    @given(pairs(types))
    def check(drawn: tuple[Transformation, Reconciliation, Tensor]) -> None:
        kappa, psi, x = drawn
        assert rule_types(kappa, psi) == types
        assert_equal_to_dense(kappa, psi, x)

    check()


M = 6  # D = 42: divisors 1, 2, 3, 6, 7, 14, 21, 42
CUTS = {"q=1": 1, "q<m": 3, "q=m": 6, "q=m+1": 7, "q>m": 21, "q=D": 42}


@by_rules
@pytest.mark.parametrize("q", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("layout", ["kronecker", "flat"])
@pytest.mark.parametrize("norm", [None, "layer_norm"])
@pytest.mark.parametrize("name", KRONECKER)
def test_every_cut_of_a_taylor_expansion(name: str, norm: str | None, layout: str, q: int) -> None:
    given_options = {"postprocess_functions": norm}
    for channels in (1, 3):
        kappa, psi = pair(
            "taylor_expansion", name, M, 4, channels, given_options, p=2, q=q, layout=layout
        )
        assert rule_types(kappa, psi) == ("PowersExpansion", "KroneckerReconciliation")
        assert_equal_to_dense(kappa, psi, data(M))


@by_rules
@pytest.mark.parametrize(
    ("m", "q"), [(1, 1), (1, 2), (13, 1), (13, 7), (20, 2), (64, 64), (64, 65)]
)
def test_unusual_and_larger_sizes(m: int, q: int) -> None:
    given_options = {"postprocess_functions": "layer_norm"}
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", m, 10, 1, given_options, q=q)
    assert rule_types(kappa, psi) == ("PowersExpansion", "KroneckerReconciliation")
    assert_equal_to_dense(kappa, psi, data(m))


class Product(nn.Module):
    """A contraction as a module, whose parameters can be replaced by arguments."""

    def __init__(self, expansion: Transformation, reconciliation: Reconciliation) -> None:
        super().__init__()
        self.expansion, self.reconciliation = expansion, reconciliation

    def forward(self, x: Tensor) -> Tensor:
        return contract(self.expansion, self.reconciliation, x)


@by_rules
@pytest.mark.parametrize("rows_at_once", [1, 2])
def test_batches_cut_into_chunks(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", M, 4, q=M, r=2)
    monkeypatch.setattr(taylor_rows, "CHUNK_NUMBERS", rows_at_once * 2 * M * 2)
    assert_equal_to_dense(kappa, psi, data(M, rows=5))


@by_rules
@pytest.mark.parametrize("norm", [None, "layer_norm"])
@pytest.mark.parametrize("types", RULE_CASES, ids="-".join)
def test_autocast_trains(types: Types, norm: str | None) -> None:
    case = RULE_CASES[types]
    for expansion in case.expansions:
        for reconciliation in case.reconciliations:
            options = {"postprocess_functions": norm}
            kappa, psi = pair(expansion, reconciliation, 4, 4, 1, options)
            kappa, psi, x = kappa.float(), psi.float(), data(4).float().requires_grad_()
            expected = contract_dense(kappa, psi, x)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                z = contract(kappa, psi, x)
            scale = float(expected.detach().abs().max()) + 1
            torch.testing.assert_close(z.float(), expected, rtol=0, atol=0.1 * scale)
            z.float().sum().backward()
            for parameter in psi.parameters():
                assert parameter.grad is not None and parameter.grad.isfinite().all()


DERIVATIVES = [
    ("taylor_expansion", "dual_lphm_reconciliation", {"q": 3}),
    ("taylor_expansion", "dual_lphm_reconciliation", {"q": 4}),
    ("taylor_expansion", "lphm_reconciliation", {"q": 1, "layout": "flat"}),
    ("taylor_expansion", "hm_reconciliation", {"q": 12, "p": 1}),
    ("bspline_expansion", "dual_lphm_reconciliation", {}),
    ("taylor_expansion", "lorr_reconciliation", {"r": 2}),
    ("taylor_expansion", "identity_reconciliation", {}),
    ("ricker_wavelet_expansion", "identity_reconciliation", {}),
    ("combinatorial_expansion", "identity_reconciliation", {}),
    ("combinatorial_normal_expansion", "lorr_reconciliation", {"r": 1}),
    ("normal_expansion", "masking_reconciliation", {}),
    ("gamma_expansion", "hm_reconciliation", {}),
    ("extended_expansion", "identity_reconciliation", {}),
]


@by_rules
@pytest.mark.parametrize(("expansion", "reconciliation", "options"), DERIVATIVES)
@pytest.mark.parametrize("norm", [None, "layer_norm"])
def test_first_and_second_derivatives(
    expansion: str, reconciliation: str, options: dict[str, Any], norm: str | None
) -> None:
    kappa, psi = pair(
        expansion, reconciliation, 3, 2, 1, {"postprocess_functions": norm}, **options
    )
    assert find_rule(kappa, psi) is not None

    product = Product(kappa, psi)

    def evaluate(x: Tensor, w: Tensor) -> Any:
        return functional_call(product, {"reconciliation.w": w}, (x,))

    tensors = (data(3, rows=1).requires_grad_(), psi.w.detach().requires_grad_())
    with torch.random.fork_rng():  # gradgradcheck draws its directions from the global state
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(evaluate, tensors)
        assert torch.autograd.gradgradcheck(evaluate, tensors, fast_mode=True)


@by_rules
@pytest.mark.parametrize("needed", ["x", "w"])
def test_gradient_of_one_argument_only(needed: str) -> None:
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", M, 4, q=M)
    x = data(M)
    results = []
    for way in (contract, contract_dense):
        x_leaf = x.clone().requires_grad_(needed == "x")
        psi.w.requires_grad_(needed == "w")
        leaf = x_leaf if needed == "x" else psi.w
        results.append(torch.autograd.grad(way(kappa, psi, x_leaf).square().sum(), leaf)[0])
    torch.testing.assert_close(*results, rtol=1e-10, atol=1e-12)


@by_rules
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("q", [4, 64, 65])
def test_low_precision(dtype: torch.dtype, q: int) -> None:
    kappa, psi = pair(
        "taylor_expansion",
        "dual_lphm_reconciliation",
        64,
        8,
        1,
        {"postprocess_functions": "layer_norm"},
        q=q,
        p=4,
    )
    x = data(64).to(dtype)
    low = contract(kappa.to(dtype), psi.to(dtype), x)
    assert low.dtype == dtype
    expected = contract_dense(kappa.double(), psi.double(), x.double())
    error = (low.double() - expected).abs().max() / expected.abs().max()
    assert error <= 40 * torch.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("d", [0, 1, 3])
def test_splines_on_a_fine_grid_are_gathered_without_gradients(d: int, dtype: torch.dtype) -> None:
    options = {"t": 20, "d": d, "grid_range": (-1.0, 0.5)}
    kappa, psi = pair("bspline_expansion", "identity_reconciliation", 7, 3, 2, options)
    kappa, psi = kappa.to(dtype), psi.to(dtype)
    far = torch.full((1, 7), torch.inf)
    x = torch.cat([data(7, rows=100), far, 1e4 * data(7, rows=1)]).to(dtype)
    expected = contract_dense(kappa, psi, x).double()
    with LargestTensor() as largest, torch.no_grad():
        z = contract(kappa, psi, x)
    assert z.dtype == dtype
    eps = torch.finfo(dtype).eps
    torch.testing.assert_close(z.double(), expected, rtol=20 * eps, atol=20 * eps)
    assert largest.entries < len(x) * kappa.D
    x[1, 2] = torch.nan
    with torch.no_grad():
        spoilt = contract(kappa, psi, x)
    assert spoilt[1].isnan().all()
    assert torch.equal(spoilt[2:], z[2:])


def test_rows_stay_independent_by_a_rule() -> None:
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", M, 4, q=M)
    x = data(M, rows=4)
    clean = contract(kappa, psi, x)
    x[1, 2] = torch.nan
    spoilt = contract(kappa, psi, x)
    torch.testing.assert_close(spoilt[[0, 2, 3]], clean[[0, 2, 3]])
    assert spoilt[1].isnan().all()


@by_rules
@pytest.mark.parametrize("types", list(RULE_CASES), ids="-".join)
def test_empty_batch(types: Types) -> None:
    case = RULE_CASES[types]
    kappa, psi = pair(case.expansions[0], case.reconciliations[0], M, 2, 1)
    assert rule_types(kappa, psi) == types
    assert contract(kappa, psi, data(M, rows=0)).shape == (0, 1, 2)


# --- nothing wide is made -------------------------------------------------------------------------


class LargestTensor(TorchDispatchMode):
    """Records the number of entries of the largest tensor that any operation returns."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for item in result if isinstance(result, (tuple, list)) else [result]:
            if isinstance(item, Tensor):
                self.entries = max(self.entries, item.numel())
        return result


@by_rules
@pytest.mark.parametrize("layout", ["kronecker", "flat"])
def test_taylor_dual_lphm_makes_nothing_wide(layout: str) -> None:
    m, n, rows = 60, 16, 4
    kappa, psi = pair(
        "taylor_expansion",
        "dual_lphm_reconciliation",
        m,
        n,
        1,
        {"postprocess_functions": "layer_norm"},
        p=4,
        q=m,
        layout=layout,
    )
    x = data(m, rows)

    def largest(way: Any) -> int:
        with LargestTensor() as record:
            way(kappa, psi, x.clone().requires_grad_()).square().sum().backward()
        return record.entries

    assert largest(contract_dense) >= n * kappa.D, "the recorder does not see the dense way"
    assert largest(contract) < kappa.D


# --- dispatch -------------------------------------------------------------------------------------


@by_rules
@pytest.mark.parametrize(
    ("postprocess", "folded"),
    [
        (None, True),
        ([], True),
        ("layer_norm", True),
        ({"name": "layer_norm", "eps": 0.1}, True),
        ({"name": "layer_norm", "elementwise_affine": True}, False),
        ("tanh", False),
        (["layer_norm", "relu"], False),
        (["relu", "layer_norm"], False),
        (["layer_norm", "layer_norm"], False),
        ("batch_norm", False),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_only_plain_layer_norm_is_folded(nested: bool, postprocess: Any, folded: bool) -> None:
    spec: dict[str, Any] = {"name": "taylor_expansion", "postprocess_functions": postprocess}
    if nested:
        spec = {"name": "nested_expansion", "functions": ["identity_expansion", spec]}
    kappa = functions.create(spec, m=4).double()
    psi = functions.create("dual_lphm_reconciliation", n=4, D=kappa.D).double()
    powers = "PowersExpansion" if folded else "Transformation"
    assert rule_types(kappa, psi) == (powers, "KroneckerReconciliation")
    assert_equal_to_dense(kappa, psi, data(4))


def test_post_processing_of_both_expansions_of_a_nest() -> None:
    inner = {"name": "taylor_expansion", "postprocess_functions": "layer_norm"}
    for post in ("layer_norm", "tanh", None):
        spec = {
            "name": "nested_expansion",
            "functions": ["chebyshev_expansion", inner],
            "preprocess_functions": "tanh",
            "postprocess_functions": post,
        }
        kappa = functions.create(spec, m=40).double()
        psi = functions.create("lorr_reconciliation", n=4, D=kappa.D).double()
        assert rule_types(kappa, psi) is not None
        assert_equal_to_dense(kappa, psi, data(40))


@by_rules
def test_after_any_post_processing_the_structure_of_w_is_still_used() -> None:
    post = {"postprocess_functions": ["layer_norm", "tanh"]}
    kappa, psi = pair("bspline_expansion", "dual_lphm_reconciliation", 40, 30, 1, post)
    x = data(40)
    with LargestTensor() as largest:
        contract(kappa, psi, x)
    assert largest.entries < psi.n * psi.D
    assert_equal_to_dense(kappa, psi, x)


EXTENDED_WITH_NORM: dict[str, Any] = {
    "name": "extended_expansion",
    "functions": [
        "identity_expansion",
        "taylor_expansion",
        {"name": "combinatorial_normal_expansion", "d": 2, "preprocess_functions": "tanh"},
        {"name": "ricker_wavelet_expansion", "d": 2},
    ],
    "postprocess_functions": "layer_norm",
}


@by_rules
@pytest.mark.parametrize("reconciliation", ["identity_reconciliation", "lorr_reconciliation"])
def test_norm_after_several_expansions_is_folded(reconciliation: str) -> None:
    kappa = functions.create(EXTENDED_WITH_NORM, m=12).double()
    psi = functions.create(reconciliation, n=3, D=kappa.D, channels=2).double()
    x = data(12, rows=50)
    with LargestTensor() as largest:
        contract(kappa, psi, x)
    assert largest.entries < len(x) * kappa.D / 4
    assert_equal_to_dense(kappa, psi, x)


def test_moments_of_several_expansions_are_closed_where_most_are() -> None:
    kappa = functions.create(EXTENDED_WITH_NORM, m=12).double()
    assert kappa.closed_form_moments
    k = kappa.expand(data(12))
    mean, variance = kappa.moments(data(12))
    torch.testing.assert_close(mean, k.mean(-1, keepdim=True), rtol=1e-12, atol=1e-12)
    expected = k.var(-1, correction=0, keepdim=True)
    torch.testing.assert_close(variance, expected, rtol=1e-12, atol=1e-12)
    for other in ({"functions": ["identity_expansion", "chebyshev_expansion"]}, {}):
        spec = {**EXTENDED_WITH_NORM, **other}
        if not other:
            spec["functions"] = [{"name": "taylor_expansion", "postprocess_functions": "tanh"}]
        assert not functions.create(spec, m=12).closed_form_moments


def test_sizes_decide_between_rule_and_dense_way() -> None:
    unconditional = {types_of(e) for e in contraction.rules() if e.condition is contraction.always}
    for types, case in RULE_CASES.items():
        fine = {"t": 30} if types[0] == "BsplineExpansion" else None
        for expansion in case.expansions:
            for reconciliation in case.reconciliations:
                small = rule_types(*pair(expansion, reconciliation, 2, 1))
                general = ("Transformation", types[1])
                if types in unconditional or expansion in case.always:
                    assert small == types
                else:
                    assert small == (general if general in unconditional else None)
                assert rule_types(*pair(expansion, reconciliation, *case.large, 1, fine)) == types


@pytest.mark.parametrize("layout", ["kronecker", "flat"])
@pytest.mark.parametrize("name", [*KRONECKER, "duplicated_padding_reconciliation"])
def test_no_pair_is_ambiguous_at_any_size(name: str, layout: str) -> None:
    for m, d in ((5, 3), (8, 2), (20, 3), (32, 2), (64, 2), (200, 2)):
        for n in (2, 24, 240):
            kappa, psi = pair("taylor_expansion", name, m, n, 1, {"d": d}, p=2, q=m, layout=layout)
            chosen_rule(kappa, psi)


def test_no_rule_is_used_where_it_is_not_defined() -> None:
    # Large enough for every rule to be faster, but of third order.
    for reconciliation in functions.list("reconciliation"):
        kappa, psi = pair("taylor_expansion", reconciliation, 64, 1, 1, {"d": 3})
        used = rule_types(kappa, psi)
        assert used is None or RULE_CASES[used].defined(kappa, psi)


@by_rules
@pytest.mark.parametrize("name", KRONECKER)
@pytest.mark.parametrize("layout", ["kronecker", "flat"])
@pytest.mark.parametrize("q", [1, 3, 13, 39])
def test_third_order_goes_by_correlations(name: str, layout: str, q: int) -> None:
    kappa, psi = pair("taylor_expansion", name, 3, 4, 2, {"d": 3}, p=2, q=q, layout=layout)
    assert rule_types(kappa, psi) == ("PowersExpansion", "KroneckerReconciliation")
    assert_equal_to_dense(kappa, psi, data(3))


@by_rules
@pytest.mark.parametrize("layout", ["kronecker", "flat"])
def test_third_order_makes_nothing_wide(layout: str) -> None:
    kappa, psi = pair(
        "taylor_expansion", "dual_lphm_reconciliation", 16, 8, 1, {"d": 3},
        p=2, q=16, r=1, layout=layout,
    )  # fmt: skip
    with LargestTensor() as largest:
        contract(kappa, psi, data(16, rows=50))
    assert largest.entries < 50 * kappa.D / 2
    assert_equal_to_dense(kappa, psi, data(16))


@pytest.mark.parametrize(
    ("reconciliation", "n"),
    [
        ("constant_eye_reconciliation", 90),
        ("duplicated_diagonal_padding_reconciliation", 20),
        ("duplicated_padding_reconciliation", 4),
    ],
)
@pytest.mark.parametrize(("d", "m"), [(2, 79), (3, 20)])
def test_paddings_of_powers_make_nothing_wide(reconciliation: str, n: int, d: int, m: int) -> None:
    kappa, psi = pair("taylor_expansion", reconciliation, m, n, 2, {"d": d})
    x = data(m, rows=40)
    with LargestTensor() as largest:
        contract(kappa, psi, x)
    assert largest.entries < len(x) * kappa.D / 2
    assert_equal_to_dense(kappa, psi, data(m))


def test_third_order_with_many_rows_takes_the_general_rule() -> None:
    kappa, psi = pair("taylor_expansion", "hm_reconciliation", 20, 40, 1, {"d": 3}, q=20)
    assert rule_types(kappa, psi) == ("Transformation", "KroneckerReconciliation")
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", 20, 40, 1, {"d": 3}, q=20)
    assert rule_types(kappa, psi) == ("PowersExpansion", "KroneckerReconciliation")


def test_widths_that_do_not_fit() -> None:
    kappa, psi = pair("taylor_expansion", "dual_lphm_reconciliation", 3, 4)
    wider, _ = pair("taylor_expansion", "dual_lphm_reconciliation", 4, 4)
    with pytest.raises(ValueError, match="width D = 20, the reconciliation was made for D = 12"):
        contract(wider, psi, data(4))
    with pytest.raises(ValueError, match=r"x must have shape \(batch, 3\), got \(3, 4\)"):
        contract(kappa, psi, data(4))


class Special(TaylorExpansion):
    """A subclass of an expansion that has rules."""


class SpecialLorr(LorrReconciliation):
    """A subclass of a reconciliation that has rules."""


def constant_rule(value: float) -> Any:
    def rule(expansion: Transformation, reconciliation: Reconciliation, x: Tensor) -> Tensor:
        return x.new_full((len(x), reconciliation.channels, reconciliation.n), value)

    return rule


@pytest.fixture
def empty_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule table of the test's own."""
    monkeypatch.setattr(contraction, "_rules", [])


@pytest.mark.usefixtures("empty_table")
def test_the_most_specific_rule_wins_whatever_the_order() -> None:
    kappa, psi = Special(m=2), SpecialLorr(n=1, D=6)
    x = torch.ones(1, 2)
    assert find_rule(kappa, psi) is None
    for expansion, reconciliation, value in (
        (Transformation, LorrReconciliation, 1.0),
        (TaylorExpansion, SpecialLorr, 2.0),
        (Transformation, Reconciliation, 3.0),
        (IdentityExpansion, SpecialLorr, 4.0),
    ):
        register_rule(expansion, reconciliation)(constant_rule(value))
    assert contract(kappa, psi, x).item() == 2.0
    register_rule(Special, SpecialLorr)(constant_rule(5.0))
    assert contract(kappa, psi, x).item() == 5.0
    assert contract(TaylorExpansion(m=2), IdentityReconciliation(n=1, D=6), x).item() == 3.0
    assert contract(IdentityExpansion(m=2), SpecialLorr(n=1, D=2), x).item() == 4.0


@pytest.mark.usefixtures("empty_table")
def test_equally_specific_rules_are_ambiguous() -> None:
    register_rule(TaylorExpansion, Reconciliation)(constant_rule(1.0))
    register_rule(Transformation, LorrReconciliation)(constant_rule(2.0))
    with pytest.raises(RuntimeError, match=r"ambiguous rules for \(TaylorExpansion, LorrReconcil"):
        find_rule(TaylorExpansion(m=2), LorrReconciliation(n=1, D=6))
    register_rule(TaylorExpansion, LorrReconciliation)(constant_rule(3.0))
    x = torch.ones(1, 2)
    assert contract(TaylorExpansion(m=2), LorrReconciliation(n=1, D=6), x).item() == 3.0


@pytest.mark.usefixtures("empty_table")
def test_a_rule_whose_condition_fails_is_passed_over() -> None:
    register_rule(Transformation, Reconciliation)(constant_rule(1.0))
    register_rule(TaylorExpansion, Reconciliation, when=lambda kappa, psi: kappa.m > 2)(
        constant_rule(2.0)
    )
    for m, expected in ((2, 1.0), (3, 2.0)):
        kappa = TaylorExpansion(m=m)
        psi = IdentityReconciliation(n=1, D=kappa.D)
        assert contract(kappa, psi, torch.ones(1, m)).item() == expected


@pytest.mark.usefixtures("empty_table")
def test_a_second_rule_for_a_pair_is_refused() -> None:
    register_rule(TaylorExpansion, LorrReconciliation)(constant_rule(1.0))
    with pytest.raises(ValueError, match=r"\(TaylorExpansion, LorrReconciliation\) has a rule"):
        register_rule(TaylorExpansion, LorrReconciliation)(constant_rule(2.0))
