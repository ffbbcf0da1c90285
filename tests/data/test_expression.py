"""The language of formulas: what it evaluates to, what it refuses, and where."""

from __future__ import annotations

import copy
import math
import pickle

import pytest
import torch

from rpn_zoo.data import Expression

X, Y = torch.tensor([0.25, 0.5]).double(), torch.tensor([0.125, 0.75]).double()


@pytest.mark.parametrize(
    "text",
    [
        "x", "pi", "3", "2.5e-1*x", "-x**2", "(-x)**2", "2**x**2", "x-y-1", "x/y/2", "+x*-y",
        "1/2*x", "exp(x)*log(y)", "sqrt(x*x + y*y)", "1/(1+exp(-x-y))", "x**0.5", "x**-1",
        "2*pi*x", "tanh( sinh(x) ) - cosh(y)", " x+\n\ty ", "((((x))))",
    ],
)  # fmt: skip
def test_equals_python(text: str) -> None:
    names = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "sinh", "cosh", "tanh")}
    found = Expression(text, ["x", "y"])({"x": X, "y": Y})
    for place in range(2):
        values = {"x": X[place].item(), "y": Y[place].item(), "pi": math.pi, **names}
        expected = eval(" ".join(text.split()), values)
        assert found[place].item() == pytest.approx(expected, rel=1e-14)
    assert found.shape == (2,) and found.dtype == torch.float64


@pytest.mark.parametrize(
    ("name", "python"),
    [
        ("sin", "sin"), ("cos", "cos"), ("tan", "tan"), ("exp", "exp"), ("log", "log"),
        ("sqrt", "sqrt"), ("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"),
        ("sinh", "sinh"), ("cosh", "cosh"), ("tanh", "tanh"), ("arcsinh", "asinh"),
        ("arctanh", "atanh"),
    ],
)  # fmt: skip
def test_functions(name: str, python: str) -> None:
    found = Expression(f"{name}(x)", ["x"])({"x": X})
    expected = [getattr(math, python)(x) for x in X.tolist()]
    assert found.tolist() == pytest.approx(expected, rel=1e-14)
    constant = Expression(f"{name}(0.25)", [])
    assert constant({}).item() == pytest.approx(expected[0], rel=1e-6)


def test_arccosh_and_sinc() -> None:
    assert Expression("arccosh(x)", ["x"])({"x": X + 1})[0].item() == pytest.approx(
        math.acosh(1.25), rel=1e-14
    )
    x = torch.tensor([0.0, 0.5, -3.0], dtype=torch.float64)
    expected = [1.0, math.sin(0.5) / 0.5, math.sin(3.0) / 3.0]
    assert Expression("sinc(x)", ["x"])({"x": x}).tolist() == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", ["gamma", "I", "lambd", "Beta", "E_n", "g_", "S", "N", "e", "x1"])
def test_every_other_name_is_free(name: str) -> None:
    assert Expression(f"2*{name}", [name])({name: torch.tensor(3.0)}).item() == 6.0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_shape_and_gradient(dtype: torch.dtype) -> None:
    x = torch.tensor([[1.0], [2.0]], dtype=dtype, requires_grad=True)
    y = torch.tensor([3.0, 4.0, 5.0], dtype=dtype)
    before = x.detach().clone()
    z = Expression("x**2*y + 1/2", ["x", "y"])({"x": x, "y": y})
    assert z.shape == (2, 3) and z.dtype == dtype
    z.sum().backward()
    torch.testing.assert_close(x.grad, 2 * before * y.sum())
    assert torch.equal(x.detach(), before)
    constant = Expression("1/3", ["x", "y"])({"x": x, "y": y})
    assert constant.shape == (2, 3) and constant.dtype == dtype
    assert Expression("x", ["x", "y"])({"x": x, "y": y}).shape == (2, 3)
    meta = torch.empty(3, device="meta")
    assert Expression("x+1", ["x"])({"x": meta}).device.type == "meta"


def test_outside_of_the_domain_there_is_no_error() -> None:
    x = torch.tensor([-1.0, 0.0, 1.0])
    assert Expression("log(x)", ["x"])({"x": x}).isfinite().tolist() == [False, False, True]
    assert Expression("1/x", ["x"])({"x": x})[1] == math.inf
    for text in ("1/0", "(-1)**0.5", "9**9**9", "log(0)", "-(1e308*10)"):
        value = Expression(text, ["x"])({"x": x})
        assert not value.isfinite().any() and value.shape == (3,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x + z", r"unknown variable 'z' at position 5 of 'x \+ z'\."),
        ("  xx + y", "unknown variable 'xx' at position 3 .* Did you mean x"),
        ("x +\n z", r"unknown variable 'z' at position 6"),
        ("2*sinn(x)", r"unknown function 'sinn' at position 3 .*Did you mean sin, sinh, sinc\?"),
        ("x(2)", "unknown function 'x' at position 1"),
        ("sin", "function 'sin' without its argument in parentheses at position 1"),
        ("sin(x, y)", "'sin' takes one argument at position 1"),
        ("sin()", "'sin' takes one argument"),
        ("sin(x=1)", "'sin' takes one argument"),
        ("sin(*x)", "'sin' takes one argument"),
        ("x^2", r"only numbers, .* are allowed; a power is written \*\* at position 1 of 'x\^2'"),
        ("x % 2", "only numbers, variables"),
        ("x // 2", "only numbers, variables"),
        ("x if y else 1", "only numbers, variables"),
        ("x < y", "only numbers, variables"),
        ("x and y", "only numbers, variables"),
        ("not x", "only numbers, variables"),
        ("~x", "only numbers, variables"),
        ("[x]", "only numbers, variables"),
        ("x[0]", "only numbers, variables"),
        ("lambda: x", "only numbers, variables"),
        ("(y := x)", "only numbers, variables"),
        ("x.__class__", "only numbers, variables"),
        ("__import__('os')", "unknown function '__import__' at position 1"),
        ("().__class__()", r"unknown function '\(\).__class__'"),
        ("exp(__builtins__)", "unknown variable '__builtins__' at position 5"),
        ("'a'", "'a' is no finite number at position 1"),
        ("1j*x", "1j is no finite number at position 1"),
        ("True", "True is no finite number"),
        ("None*x", "None is no finite number"),
        ("...", "Ellipsis is no finite number"),
        ("x + 1e999", "inf is no finite number at position 5"),
        ("1" + "0" * 400, "is no finite number"),
        ("x +", "invalid syntax at position"),
        ("(x", "was never closed at position 1"),
        ("x = 1", "invalid syntax"),
        ("x; y", "invalid syntax at position 2"),
        ("x # + y", "no comments are allowed at position 3"),
        ("x\0", "at position"),
        ("2x", "at position"),
        ("", "must be text of 1 to 10,000 characters"),
        ("  ", "must be text"),
        ("x+" * 6000 + "x", "must be text of 1 to 10,000 characters"),
        ("(" * 400 + "x" + ")" * 400, "at position"),
        ("-" * 400 + "x", "more than 300 operations within each other|at position"),
        ("x" + "+x" * 400, "more than 300 operations within each other"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Expression(text, ["x", "y"])


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (["sin"], "named like a function, a constant or a keyword, got 'sin'"),
        (["pi"], "named like a function"),
        (["lambda"], "named like a function"),
        (["a b"], "ASCII letters, digits and _, got 'a b'"),
        (["1x"], "ASCII letters"),
        (["θ"], "ASCII letters"),
        (["x", "x"], "variables must be different, got x, x"),
    ],
)
def test_names_that_variables_cannot_have(variables: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Expression("1", variables)


def test_values_that_do_not_fit() -> None:
    expression = Expression("x + y", ["x", "y"])
    with pytest.raises(ValueError, match="missing: y, unknown: z"):
        expression({"x": X, "z": X})
    with pytest.raises(ValueError, match=r"y must be a floating point tensor, got torch.int64"):
        expression({"x": X, "y": torch.tensor([1, 2])})
    with pytest.raises(ValueError, match="y must be a floating point tensor, got float"):
        expression({"x": X, "y": 1.0})  # type: ignore[dict-item]


def test_long_formulas_and_copies() -> None:
    text = "+".join(["x*y"] * 290)
    expression = Expression(text, ["x", "y"])
    expected = 290 * X * Y
    for made in (
        expression, copy.deepcopy(expression), pickle.loads(pickle.dumps(expression)),
        eval(repr(expression), {"Expression": Expression}),
    ):  # fmt: skip
        torch.testing.assert_close(made({"x": X, "y": Y}), expected)
