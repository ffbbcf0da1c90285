"""What interdependences promise beyond the contract of all components (`test_contract.py`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from rpn_zoo import functions
from rpn_zoo.functions.interdependence import (
    ConstantInterdependence,
    Interdependence,
    make_interdependence,
)
from rpn_zoo.nn import Head, HeadConfig
from tests.functions.examples import EXAMPLES, Example
from tests.functions.oracles_interdependence import matrix_of, mixed

ALL = [example for example in EXAMPLES if example.family == "interdependence"]


def over(condition: Callable[[Example], bool] = lambda example: True) -> pytest.MarkDecorator:
    """Parametrise a test over the family's examples for which a condition holds."""
    chosen = [example for example in ALL if condition(example)]
    return pytest.mark.parametrize("example", chosen, ids=[example.id for example in chosen])


def normal(*shape: int, seed: int = 7) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def operand(f: Interdependence, x: Tensor) -> Tensor:
    """Something else to mix: other rows in attribute mode, other columns in instance mode."""
    return normal(3, f.m) if f.mode == "attribute" else normal(x.shape[0], 7)


def needs_data(example: Example) -> bool:
    return bool(example.make().needs_data)


def arrays(f: nn.Module) -> dict[str, Any]:
    state = {**dict(f.named_parameters()), **dict(f.named_buffers())}
    return {k: v.detach().double().numpy() for k, v in state.items()}


# --- values ---------------------------------------------------------------------------------------


@over()
def test_matrix_and_other_operands(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    z = operand(f, x)
    arguments = {**example.sizes, **example.options}
    A = matrix_of(example.name, arguments, x.numpy(), arrays(f))
    np.testing.assert_allclose(f.matrix(x).detach(), A, rtol=1e-11, atol=1e-12)
    y = mixed(example.name, arguments, A, z.numpy())
    np.testing.assert_allclose(f(x, z).detach(), y, rtol=1e-11, atol=1e-12)


@over(lambda example: not needs_data(example))
def test_without_data_x_is_optional(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    z = operand(f, x)
    torch.testing.assert_close(f(None, z), f(x, z), rtol=0, atol=0)
    torch.testing.assert_close(f.matrix(), f.matrix(x), rtol=0, atol=0)
    with pytest.raises(ValueError, match=r"needs x or z"):
        f(None)


@over(lambda example: needs_data(example) and len(list(example.make().parameters())) < 2)
def test_gradients_with_another_operand(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    z = operand(f, x)[:, :7].requires_grad_()
    names = [name for name, _ in f.named_parameters()]

    def evaluate(x: Tensor, z: Tensor, *values: Tensor) -> Tensor:
        return functional_call(f, dict(zip(names, values, strict=True)), (x, z))

    tensors = (x.requires_grad_(), z, *(p.detach().requires_grad_() for p in f.parameters()))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        assert torch.autograd.gradcheck(evaluate, tensors, fast_mode=True)
        assert torch.autograd.gradgradcheck(evaluate, tensors, atol=1e-4, fast_mode=True)


@over(lambda example: example.options.get("postprocess_functions") != {"name": "softmax", "dim": 0})
def test_leading_axes_are_batches_of_their_own(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    stacked = torch.stack([x, x.flip(0), x.exp(), 2 * x, x.cos(), x + 1]).view(2, 3, *x.shape)
    z = operand(f, x)
    zs = torch.stack([z * k for k in range(1, 7)]).view(2, 3, *z.shape)
    slices = [f(a) for a in stacked.flatten(0, 1)]
    torch.testing.assert_close(f(stacked).flatten(0, 1), torch.stack(slices))
    slices = [f(a, b) for a, b in zip(stacked.flatten(0, 1), zs.flatten(0, 1), strict=True)]
    torch.testing.assert_close(f(stacked, zs).flatten(0, 1), torch.stack(slices))
    matrices = torch.stack([f.matrix(a) for a in stacked.flatten(0, 1)])
    matrix = f.matrix(stacked)
    torch.testing.assert_close(matrix.expand(2, 3, *matrix.shape[-2:]).flatten(0, 1), matrices)


@over()
def test_rows_depend_on_each_other_where_it_is_said(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    x.requires_grad_()
    y = f(x)
    if f.row_independent:
        alone = torch.cat([f(x[i : i + 1]) for i in range(len(x))])
        torch.testing.assert_close(y, alone, rtol=1e-12, atol=1e-12)
        clean = y.detach().clone()
        with torch.no_grad():
            x[1, 0] = torch.nan
            assert torch.equal(f(x)[[0, *range(2, len(x))]], clean[[0, *range(2, len(x))]])
        return
    assert f.mode == "instance" or f.needs_data
    constant = example.options.get("p") == 0 or example.name in ("zero_interdependence",)
    if f.needs_data and not constant and example.options.get("p") not in ("-inf",):
        (g,) = torch.autograd.grad(y[0].sum(), x)
        assert g[1:].abs().sum() > 0


# --- errors ---------------------------------------------------------------------------------------


@over()
def test_wrong_sizes_are_refused(example: Example) -> None:
    f, (x,) = example.make(), example.inputs()
    rows, m = x.shape
    wide, long = torch.cat([x, x], 1), torch.cat([x, x])
    if f.needs_data:
        for call in (f, f.matrix):
            with pytest.raises(ValueError, match=rf"m = {m}\), got \({rows}, {2 * m}\)"):
                call(wide)
        with pytest.raises(ValueError, match=r"needs x"):
            f(None, x)
    elif f.mode == "attribute":
        with pytest.raises(ValueError, match=rf"for {m} columns \(m\), got {2 * m}"):
            f(wide)
    if f.needs_data and (f.fixed_rows if f.mode == "attribute" else f.size is not None):
        with pytest.raises(ValueError, match=rf"b = {rows} rows, got {2 * rows} rows"):
            f(long)
    elif f.mode == "instance" and f.size is not None:
        with pytest.raises(ValueError, match=rf"for {rows} rows \(b\), got {2 * rows}"):
            f(long)
    z, size = (normal(2, m + 1), m) if f.mode == "attribute" else (normal(rows + 1, 2), rows)
    with pytest.raises(ValueError, match=rf"\b{size}\b.*got {size + 1}"):
        f(x, z)
    for wrong in (x[0], x.long()):
        with pytest.raises(ValueError, match=r"got"):
            f(wrong)


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ("attribute", "attribute"),
        ("attribute_interdependence", "attribute"),
        ("right", "attribute"),
        ("instance", "instance"),
        ("instance_interdependence", "instance"),
        ("left", "instance"),
        (None, "attribute"),
    ],
)
def test_types(given: str | None, mode: str) -> None:
    f = functions.create("linear_kernel_interdependence", m=3, b=2, interdependence_type=given)
    assert f.mode == mode
    assert functions.create("parameterized_bilinear_interdependence", m=3).mode == "instance"


@pytest.mark.parametrize("given", ["row", "column", "Attribute", 3, ""])
def test_unknown_types_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"interdependence_type must be one of attribute.*got"):
        functions.create("linear_kernel_interdependence", m=3, b=2, interdependence_type=given)


LPHM = "lphm_parameterized_bilinear_interdependence"
KERNEL = "numerical_kernel_based_interdependence"
HYBRID = "hybrid_interdependence"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("linear_kernel_interdependence", {"b": 0}, r"b must be an integer >= 1, got 0"),
        (
            "linear_kernel_interdependence",
            {"interdependence_type": "instance"},
            r"instance mode needs b",
        ),
        ("parameterized_bilinear_interdependence", {"interdependence_type": "right"}, r"needs b"),
        ("constant_interdependence", {}, r"needs the argument A"),
        ("constant_interdependence", {"A": None}, r"A must be a matrix, got None"),
        ("constant_interdependence", {"A": [1.0]}, r"A must be a matrix, got the shape \(1,\)"),
        ("constant_interdependence", {"A": [[1.0]]}, r"m = 6 rows.*got the shape \(1, 1\)"),
        ("constant_c_interdependence", {"b_prime": 2}, r"needs m_prime"),
        ("one_interdependence", {"b": 2, "interdependence_type": "left"}, r"needs b_prime"),
        ("constant_c_interdependence", {"m_prime": 2, "c": math.nan}, r"c must be a finite"),
        ("identity_interdependence", {"m_prime": 0}, r"m_prime must be an integer >= 1, got 0"),
        ("polynomial_kernel_interdependence", {"d": "2"}, r"d must be a finite number"),
        ("minkowski_distance_interdependence", {}, r"p must be a number.*got None"),
        ("minkowski_distance_interdependence", {"p": "nuc"}, r"'inf', '-inf' or 'fro', got 'nuc'"),
        ("gaussian_rbf_kernel_interdependence", {"sigma": 0.0}, r"sigma must be > 0, got 0.0"),
        ("laplacian_kernel_interdependence", {"sigma": 0}, r"sigma must be != 0, got 0"),
        ("anisotropic_rbf_kernel_interdependence", {"a_vector": [1.0]}, r"needs b"),
        (
            "anisotropic_rbf_kernel_interdependence",
            {"b": 2, "a_vector": [1.0]},
            r"each of the 2 coordinates.*got the shape \(1,\)",
        ),
        ("custom_hybrid_kernel_interdependence", {}, r"kernels must name at least one"),
        ("custom_hybrid_kernel_interdependence", {"kernels": []}, r"at least one kernel, got \[\]"),
        (
            "custom_hybrid_kernel_interdependence",
            {"kernels": ["linear_kernel"], "weights": [1.0, 2.0]},
            r"weights must hold a number for each of the 1 kernels",
        ),
        (KERNEL, {}, r"needs a kernel"),
        (KERNEL, {"kernel": "linear_kernl"}, r"unknown kernel 'linear_kernl'.*linear_kernel"),
        (KERNEL, {"kernel": {"name": "linear_kernel", "centred": 1}}, r"Did you mean centered"),
        (KERNEL, {"kernel": {"name": "gaussian_rbf_kernel", "sigma": -1}}, r"sigma must be > 0"),
        (KERNEL, {"kernel": "minkowski_distance"}, r"minkowski_distance needs the argument p"),
        (LPHM, {"p": 2}, r"r must be an integer >= 1, got None"),
        (LPHM, {"p": 2, "r": 0}, r"r must be an integer >= 1, got 0"),
        (LPHM, {"p": 2, "r": 1, "interdependence_type": "row"}, r"interdependence_type must"),
        (LPHM, {"p": 2, "r": 1, "layout": "flt"}, r"layout must be one of kronecker, flat"),
        (
            "parameterized_rpn_interdependence",
            {"b": 2, "data_transformation": "taylor_expansion"},
            r"needs data_transformation and parameter_fabrication",
        ),
        (
            "parameterized_rpn_interdependence",
            {
                "b": 2,
                "data_transformation": "identity_remainder",
                "parameter_fabrication": "lorr_reconciliation",
            },
            r"needs the argument n",
        ),
        (HYBRID, {"fusion_function": "sum_fusion"}, r"must name at least one function"),
        (HYBRID, {"interdependence_functions": []}, r"must name at least one function, got \[\]"),
        (
            HYBRID,
            {"interdependence_functions": ["linear_kernel_interdependence"]},
            r"needs a fusion_function",
        ),
        (
            HYBRID,
            {
                "interdependence_functions": ["linear_kernel_interdependence"],
                "fusion_function": "lorr_reconciliation",
            },
            r"fusion_function must name a fusion",
        ),
        (
            HYBRID,
            {
                "interdependence_functions": ["linear_kernel_interdependence"],
                "fusion_function": "sum_fusion",
                "interdependence_type": "instance",
            },
            r"hybrid_interdependence in instance mode needs b",
        ),
        (
            HYBRID,
            {
                "interdependence_functions": [
                    "linear_kernel_interdependence",
                    {"name": "one_interdependence", "m_prime": 2},
                ],
                "fusion_function": "sum_fusion",
            },
            r"equal width, got dims = \[6, 2\]",
        ),
    ],
)  # fmt: skip
def test_bad_arguments(name: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        functions.create(name, m=6, **arguments)


def test_a_negative_exponent_of_zero_is_refused() -> None:
    f = functions.create("polynomial_kernel_interdependence", m=2, d=-1)
    torch.testing.assert_close(f.matrix(torch.ones(1, 2)), torch.ones(2, 2))
    with pytest.raises(ValueError, match=r"bases that are not 0, got d = -1"):
        f(torch.tensor([[1.0, 0.0]]))
    half = functions.create("polynomial_kernel_interdependence", m=2, d=0.5)
    assert half.matrix(torch.tensor([[1.0, -1.0]])).isnan().any()


# --- LPHM in full ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m", "options", "length"),
    [
        (6, {"b": 4, "interdependence_type": "attribute", "p": 2, "r": 3}, 16),
        (6, {"b": 4, "p": 3, "r": 2}, 17),
        (6, {"p": 3, "q": 2, "r": 3}, 6 + 3 * (2 + 3)),
        (784, {"p": 28, "r": 2}, 784 + 2 * 56),
    ],
)
def test_lphm_length(m: int, options: dict[str, Any], length: int) -> None:
    f = functions.create(LPHM, m=m, **options)
    assert f.l == length
    assert f.w.shape == (1, length)


@pytest.mark.parametrize("layout", ["kronecker", "flat"])
@pytest.mark.parametrize("mode", ["attribute", "instance"])
@pytest.mark.parametrize("q", [None, 3])
def test_lphm_entry_by_entry(layout: str, mode: str, q: int | None) -> None:
    d, p, r = 6, 2, 2
    m, b = (5, d) if mode == "attribute" else (d, 5)
    f = functions.create(LPHM, m=m, b=b, interdependence_type=mode, r=r, p=p, q=q, layout=layout)
    f = f.double()
    q = p if q is None else q
    s, t = d // p, d // q
    w = f.w.detach().flatten().tolist()
    F = [[w[i * q + j] for j in range(q)] for i in range(p)]
    S = [[w[p * q + i * r + k] for k in range(r)] for i in range(s)]
    T = [[w[p * q + s * r + k * t + j] for j in range(t)] for k in range(r)]  # stored r x t
    B = [[sum(S[i][k] * T[k][j] for k in range(r)) for j in range(t)] for i in range(s)]
    flat = [F[g // q][g % q] * B[h // t][h % t] for g in range(p * q) for h in range(s * t)]
    W = [
        [
            F[i // s][j // t] * B[i % s][j % t] if layout == "kronecker" else flat[i * d + j]
            for j in range(d)
        ]
        for i in range(d)
    ]
    x = normal(b, m)
    C = x if mode == "attribute" else x.T
    expected = C.T @ torch.tensor(W, dtype=torch.float64) @ C
    torch.testing.assert_close(f.matrix(x), expected)
    y = x @ expected if mode == "attribute" else expected.T @ x
    torch.testing.assert_close(f(x), y)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"p": 4}, r"p must divide m = 6, got p = 4; allowed: 1, 2, 3, 6"),
        ({"p": 2, "q": 5}, r"q must divide m = 6, got q = 5"),
        ({"p": 0}, r"p must be an integer >= 1, got 0"),
        ({"p": -2}, r"p must be an integer >= 1, got -2"),
        ({"p": 2, "q": 0}, r"q must be an integer >= 1, got 0"),
        ({}, r"p must be an integer >= 1, got None"),
        (
            {"p": 6, "b": 4, "interdependence_type": "attribute"},
            r"p must divide b = 4, got p = 6; allowed: 1, 2, 4",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["hm_", "lphm_", "dual_lphm_"])
def test_factors_that_do_not_divide(kind: str, given: dict[str, Any], message: str) -> None:
    rank = {} if kind == "hm_" else {"r": 2}
    for error in (ValueError, AssertionError):
        with pytest.raises(error, match=message):
            functions.create(f"{kind}parameterized_bilinear_interdependence", m=6, **rank, **given)
    if given == {"p": 4}:
        name = f"{kind}parameterized_interdependence"
        with pytest.raises(AssertionError, match=r"q must divide m_prime = 6, got q = 4"):
            functions.create(name, m=8, m_prime=6, **rank, **given)


def test_bilinear_functions_take_any_number_of_rows_in_instance_mode() -> None:
    f = functions.create(LPHM, m=6, b=4, p=2, r=1)
    assert (f.size, f.b_prime) == (None, None)
    for rows in (1, 3, 9):
        assert f(torch.ones(rows, 6)).shape == (rows, 6)
    with pytest.raises(ValueError, match=r"as many rows \(b\) as x, 3, got 4"):
        f(torch.ones(3, 6), torch.ones(4, 2))
    with pytest.raises(ValueError, match=r"x must have shape \(batch, m = 6\)"):
        f(torch.ones(3, 5))


# --- constants ------------------------------------------------------------------------------------


def test_a_given_parameter_is_trained() -> None:
    A = nn.Parameter(normal(3, 2).float())
    f = ConstantInterdependence(m=3, A=A)
    assert list(f.parameters()) == [A]
    f(torch.ones(4, 3)).sum().backward()
    assert A.grad is not None
    with pytest.raises(TypeError, match=r"option A was given as an object"):
        _ = f.config


def test_a_given_tensor_is_kept_in_its_precision_and_follows_the_data() -> None:
    A = normal(3, 2)
    f = ConstantInterdependence(m=3, A=A)
    A_before = A.clone()
    A.zero_()
    assert torch.equal(f.A, A_before), "the caller's tensor is the component's own"
    assert f(torch.ones(4, 3)).dtype == torch.float32
    assert f(torch.ones(4, 3, dtype=torch.float64)).dtype == torch.float64
    f.update_A(torch.ones(3, 2))
    assert torch.equal(f(torch.ones(4, 3)), torch.full((4, 2), 3.0))
    assert f.config["A"] == [[1.0, 1.0]] * 3
    with pytest.raises(ValueError, match=r"keep the shape \(3, 2\), got \(2, 2\)"):
        f.update_A(torch.ones(2, 2))


def test_the_identity_has_two_names() -> None:
    f = functions.create("eye_interdependence", m=3)
    assert f.config == {"name": "identity_interdependence"}
    assert "eye_interdependence" not in functions.list()


# --- slots ----------------------------------------------------------------------------------------


def test_the_function_of_a_slot() -> None:
    generator = torch.Generator().manual_seed(3)
    f = make_interdependence(
        "lowrank_parameterized_interdependence", "instance", 5, 4, generator, "fan_aware"
    )
    assert (f.mode, f.m, f.b, f.b_prime) == ("instance", 5, 4, 4)
    g = make_interdependence(
        {"name": "one_interdependence", "interdependence_type": "right", "m_prime": 2},
        "attribute", 5, None, None, "fan_aware",
    )  # fmt: skip
    assert (g.mode, g.m_prime) == ("attribute", 2)
    with pytest.raises(ValueError, match=r"must be 'attribute' in this slot.*got 'left'"):
        make_interdependence(
            {"name": "linear_kernel_interdependence", "interdependence_type": "left"},
            "attribute", 5, 4, None, "fan_aware",
        )  # fmt: skip
    with pytest.raises(ValueError, match=r"an interdependence function must be named here"):
        make_interdependence("sum_fusion", "attribute", 5, 4, None, "fan_aware")


# --- initial values -------------------------------------------------------------------------------

BILINEAR = {
    "parameterized": {},
    "lowrank_parameterized": {"r": 3},
    "hm_parameterized": {"p": 8},
    "lphm_parameterized": {"p": 8, "r": 2},
    "dual_lphm_parameterized": {"p": 8, "r": 3},
    "random_matrix_adaption_parameterized": {"r": 3},
}


@pytest.mark.parametrize("kind", BILINEAR)
@pytest.mark.parametrize("factor", [None, 1.0, 0.125])
def test_scores_of_standard_data_have_the_variance_that_they_need(
    kind: str, factor: float | None
) -> None:
    softmax = {"name": "operator_based_normalize_matrix", "mode": "column"}
    after = None if factor is None else {**softmax, "rescale_factor": factor}
    variances = []
    for seed in range(30):
        f = functions.create(
            f"{kind}_bilinear_interdependence",
            m=64,
            b=32,
            postprocess_functions=after,
            generator=torch.Generator().manual_seed(seed),
            **BILINEAR[kind],
        )
        scores = f.build(normal(32, 64, seed=1000 + seed).float().mT)
        variances.append(scores.square().mean().item() * (factor or 1.0) ** 2)
    expected = 1 / 32 if factor is None else 1.0
    # The variance of the mean over seeds is large where few parameters make all scores.
    assert 0.4 * expected < sum(variances) / len(variances) < 2.5 * expected
    assert functions.create(
        f"{kind}_bilinear_interdependence", m=64, init="tinybig", **BILINEAR[kind]
    ).w.abs().max() <= math.sqrt(6 / (1 + f.l))


# --- compiled code --------------------------------------------------------------------------------


def head_with(example: Example) -> Head:
    """A head with the function in the slot of its mode; its bias has a gradient in any case."""
    slot = f"{example.make().mode}_interdependence"
    return Head(example.sizes["m"], 2, HeadConfig(**{slot: example.spec}, bias=True))


def first_of_each() -> list[Example]:
    seen: dict[str, Example] = {}
    for example in ALL:
        seen.setdefault(example.name, example)
    return list(seen.values())


@pytest.mark.parametrize("example", first_of_each(), ids=lambda example: example.name)
def test_export_and_compile(example: Example) -> None:
    torch.compiler.reset()
    f, (x,) = example.make(torch.float32), example.inputs(torch.float32)
    module = head_with(example)
    expected = module(x)
    free = f.size is None or (f.mode == "attribute" and not f.fixed_rows)
    batch = ({0: torch.export.Dim("batch")},) if free else None
    exported: Any = torch.export.export(module, (x,), dynamic_shapes=batch).module()
    torch.testing.assert_close(exported(x), expected, rtol=1e-4, atol=1e-5)
    if free:
        longer = torch.cat([x, x + 1])
        torch.testing.assert_close(exported(longer), module(longer), rtol=1e-4, atol=1e-5)
    gradients = torch.autograd.grad(expected.square().sum(), list(module.parameters()))
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=False)
    y = compiled(x)
    torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-5)
    again = torch.autograd.grad(y.square().sum(), list(module.parameters()))
    for actual, wanted in zip(again, gradients, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-3, atol=1e-4)
    torch.compiler.reset()


@pytest.mark.parametrize("example", first_of_each(), ids=lambda example: example.name)
def test_autocast_trains(example: Example) -> None:
    f, (x,) = example.make(torch.float32), example.inputs(torch.float32)
    exact = f(x)
    with torch.autocast("cpu", torch.bfloat16):
        y = f(x.requires_grad_())
    scale = exact.abs().max() + 1
    assert (y.float() - exact).abs().max() <= 0.05 * scale
    if y.requires_grad:
        for g in torch.autograd.grad(y.float().sum(), [x, *f.parameters()], allow_unused=True):
            assert g is None or g.isfinite().all()
