"""The catalogue of equations, sampling from it, and the data module."""

from __future__ import annotations

import itertools
import math
import random
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import PolynomialFeatures

from rpn_zoo.data import (
    Equation,
    Equations,
    StandardizeColumns,
    equation,
    equations,
    own_equation,
)
from rpn_zoo.data.catalogue import SUITES
from rpn_zoo.data.equation_rows import split_rows, train_rows
from rpn_zoo.data.polynomials import PolynomialFit, best_polynomial

PARTS = ("train", "val", "test")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def make(*args: Any, **options: Any) -> Equations:
    data = Equations(*args, **options)
    data.setup()
    return data


# --- the catalogue --------------------------------------------------------------------------------


def test_catalogue() -> None:
    assert len(equations()) == 161
    assert len({(item.suite, item.id) for item in equations()}) == 161
    for suite in SUITES:
        found = equations(suite)
        assert [item.index for item in found] == list(range(len(found)))
        for item in found:
            assert equation(suite, item.id) is item and equation(suite, item.index) is item
    relativity = equation("feynman", "I.10.7")
    assert relativity.variables == {"m_0": (1, 5), "v": (1, 2), "c": (3, 10)}
    assert relativity.output == "m"


@pytest.mark.parametrize("item", equations(), ids=lambda item: f"{item.suite} {item.id}")
def test_every_equation_can_be_sampled(item: Equation) -> None:
    x, y = item.sample(200, generator(), torch.float64)
    assert x.shape == (200, len(item.variables)) and y.shape == (200, 1)
    assert y.isfinite().all()
    for column, (low, high) in enumerate(item.variables.values()):
        values = x[:, column]
        assert low <= values.min() < values.max() <= high
        assert values.std() == pytest.approx((high - low) / math.sqrt(12), rel=0.2)
    x32, y32 = item.sample(200, generator())
    assert x32.dtype == y32.dtype == torch.float32
    torch.testing.assert_close(x32.double(), x, rtol=1e-6, atol=1e-6)  # the same rows
    exact = item.columns(x32.double())
    close = ((y32 - exact).abs() / (1 + exact.abs())) < 1e-3  # poles magnify rounding
    assert close.float().mean() > 0.98


@pytest.mark.parametrize(
    ("suite", "id", "places", "limit"),
    [
        ("feynman", "III.9.52", {"omega": 2.0, "omega_0": 2.0, "p_d": 1.0, "Ef": 3.0, "t": 2.0,
                                 "h": 1.5}, 6.0 / (1.5 / (2 * math.pi))),
        ("dimensionless_feynman", "III.9.52", {"a": 0.7, "b": 0.25, "c": 0.25}, 0.7),
        ("dimensionless_feynman", "I.30.3", {"theta": 0.0, "n": 0.5}, 0.25),
    ],
)  # fmt: skip
def test_zero_over_zero_has_its_limit(
    suite: str, id: str, places: dict[str, float], limit: float
) -> None:
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in places.items()}
    found = equation(suite, id)
    assert found(**values).item() == pytest.approx(limit)
    plain = Equation("own", id, 0, "y", found.expression, found.variables)
    assert plain(**values).isnan()
    x, y = found.sample(1000, generator(), torch.float64)
    torch.testing.assert_close(plain.columns(x), y, rtol=1e-9, atol=1e-9)


def test_sampling_rule() -> None:
    found = own_equation("a + 10*b", {"a": [2, 5], "b": [-1, 0]})
    x, y = found.sample(7, generator(3))
    stream = torch.rand(14, generator=generator(3))
    torch.testing.assert_close(x[:, 0], 2 + 3 * stream[:7], rtol=0, atol=0)
    torch.testing.assert_close(x[:, 1], -1 + 1 * stream[7:], rtol=0, atol=0)
    torch.testing.assert_close(y[:, 0], x[:, 0] + 10 * x[:, 1])
    torch.manual_seed(3)  # the published rows come from the global generator
    assert torch.equal(torch.rand(14), stream)


def test_calls() -> None:
    found = equation("elementary", "E.0")
    values = np.array([0.25, 0.5])
    assert found(x=values, y=torch.tensor([1.0, 2.0]).double()).tolist() == [1.25, 2.5]
    assert found.columns(torch.tensor([[1.0, 2.0]])).tolist() == [[3.0]]
    with pytest.raises(ValueError, match="missing: y, unknown: z"):
        found(x=values, z=values)
    with pytest.raises(ValueError, match=r"x must have shape \(b, 2\), a column for each variable"):
        found.columns(torch.ones(3, 1))
    with pytest.raises(ValueError, match="num must be"):
        found.sample(0, generator())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: equation("feynmann", 0), "suite must be one of .*Did you mean feynman"),
        (lambda: equation("feynman", "I.6.2c"), "one of the 100 ids .* Did you mean I.6.2"),
        (lambda: equation("feynman", 100), r"index must be in 0..99 .*, got 100"),
        (lambda: equation("feynman", -1), "index must be"),
        (lambda: equation("feynman", True), "id must be one of"),
        (lambda: equations("none"), "suite must be one of"),
        (lambda: own_equation("x", {}), "at least one variable"),
        (lambda: own_equation("x", {"x": [1, 1]}), r"low < high, got \[1, 1\]"),
        (lambda: own_equation("x", {"x": [1]}), r"the range of x must be \[low, high\], got \[1\]"),
        (lambda: own_equation("x", {"x": "01"}), r"must be \[low, high\]"),
        (lambda: own_equation("x", {"x": [0, math.inf]}), "must be a finite number, got inf"),
        (lambda: own_equation("x + z", {"x": [0, 1]}), "unknown variable 'z' at position 5"),
    ],
)
def test_what_is_refused(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# --- splits and yardsticks ------------------------------------------------------------------------


@pytest.mark.parametrize(("num", "share"), [(10, 0.5), (23, 0.6), (7, 0.3)])
def test_split(num: int, share: float) -> None:
    train, test = split_rows(num, share)
    assert train.tolist() + test.tolist() == list(range(num)) and len(train) == int(share * num)
    expected = train_test_split(np.arange(num), train_size=int(share * num), random_state=5)
    found = split_rows(num, share, shuffle=True, random_state=5)
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in expected]


@pytest.mark.parametrize("share", [0.0, 1.0, 0.05, -1.0, math.nan])
def test_split_leaves_both_parts_rows(share: float) -> None:
    with pytest.raises(ValueError, match="train_percentage must be"):
        train_rows(10, share)


@pytest.mark.parametrize(("variables", "degree"), [(1, 0), (1, 5), (2, 4), (3, 3), (4, 2)])
def test_polynomial_equals_sklearn(variables: int, degree: int) -> None:
    x = torch.rand(90, variables, generator=generator(), dtype=torch.float64) * 4 + 7
    y = torch.randn(90, 2, generator=generator(1), dtype=torch.float64)
    fitted = PolynomialFit.fit(x, y, degree)
    z = ((x - x.mean(0)) / x.std(0)).numpy()
    features = PolynomialFeatures(degree).fit_transform(z)
    assert len(fitted.exponents) == features.shape[1]
    expected = features @ np.linalg.lstsq(features, y.numpy(), rcond=None)[0]
    np.testing.assert_allclose(fitted(x), expected, atol=1e-10)


def test_best_polynomial_is_chosen_on_validation_data() -> None:
    def part(seed: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.rand(rows, 1, generator=generator(seed)).double()
        return x, x**3 - x + 0.01 * torch.randn(rows, 1, generator=generator(seed + 1)).double()

    train, val = part(0, 40), part(2, 200)
    best = best_polynomial(train, val)
    losses = [
        float((PolynomialFit.fit(*train, degree)(val[0]) - val[1]).square().mean())
        for degree in range(11)
    ]
    assert best.degree == int(np.argmin(losses)) >= 3
    few = part(4, 8)
    assert best_polynomial(few, val).degree <= 5  # at most 6 monomials for 8 rows


# --- the data module ------------------------------------------------------------------------------


def test_parts_are_the_published_rows() -> None:
    data = make("composite", "C.3", num=50, train_percentage=0.4, validation_num=7, sample_seed=9)
    found = equation("composite", "C.3")
    source = generator(9)
    x, y = found.sample(50, source)
    expected = {
        "train": (x[:20], y[:20]), "val": found.sample(7, source), "test": (x[20:], y[20:]),
    }  # fmt: skip
    for part, (a, b) in expected.items():
        assert torch.equal(data.split(part)[0], a) and torch.equal(data.split(part)[1], b)
    assert data.split_name == "composite C.3, exp(x+y)+log(x+y), sample seed 9, 20/7/30"
    assert (data.num_features, data.num_targets) == (2, 1)
    shuffled = make("composite", "C.3", num=50, train_percentage=0.4, sample_seed=9,
                    shuffle=True, random_state=4)  # fmt: skip
    rows = split_rows(50, 0.4, True, 4)
    assert torch.equal(shuffled.split("train")[0], x[rows[0]])
    assert torch.equal(shuffled.split("test")[1], y[rows[1]])


def test_ways_to_name_an_equation() -> None:
    assert Equations().equation is equation("elementary", 0)
    assert Equations("feynman", index=4).equation.id == "I.9.18"
    assert Equations("feynman", id="I.9.18").num_features == 9
    own = make(expression="x*y", variables={"y": [0, 1], "x": [2, 3]}, num=10)
    assert own.split_name == "own, x*y, sample seed 0, 5/500/5"
    assert list(own.equation.variables) == ["y", "x"]
    x, y = own.split("test")
    torch.testing.assert_close(y, x.prod(1, keepdim=True))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"id": "E.0", "index": 0}, "give id or index, not both"),
        ({"index": -1}, "index must be"),
        ({"expression": "x"}, "expression needs variables"),
        ({"expression": "x", "variables": {"x": [0, 1]}, "index": 0}, "takes the place of id"),
        ({"variables": {"x": [0, 1]}}, "variables go with an expression"),
        ({"train_percentage": 1.0}, "train_percentage must be"),
        ({"num": 1}, "num must be an integer >= 2"),
        ({"validation_num": 0}, "validation_num must be"),
        ({"noise": -0.1}, "noise must be >= 0"),
        ({"invalid": "ignore"}, "invalid must be one of error, drop"),
        ({"dtype": "float16"}, "dtype must be one of float32, float64"),
        ({"normalize_x": "rnage"}, "normalize_x must be true, false or range, got 'rnage'"),
        ({"expression": "x", "variables": {"x": [1, 0]}}, r"low < high, got \[1, 0\]"),
        (
            {"expression": "x", "variables": {"x": [0, math.nan]}},
            "must be a finite number, got nan",
        ),
        ({"expression": "sin(xx)", "variables": {"x": [0, 1]}}, "unknown variable 'xx' .* Did you"),
        ({"sample_seed": -1}, "sample_seed must be"),
        ({"suite": "none"}, "suite must be one of"),
    ],
)
def test_arguments(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Equations(**options)
    with pytest.raises(ValueError, match="part must be one of"):
        make().split("all")
    with pytest.raises(RuntimeError, match="Equations holds no data yet"):
        Equations().split("train")


def test_noise_is_on_training_and_validation_targets_only() -> None:
    plain = make("feynman", "I.6.2a", num=4000, validation_num=2000)
    noisy = make("feynman", "I.6.2a", num=4000, validation_num=2000, noise=0.1)
    scale = plain.split("train")[1].std().item()
    for part in PARTS:
        assert torch.equal(noisy.split(part)[0], plain.split(part)[0])
        difference = noisy.split(part)[1] - plain.split(part)[1]
        if part == "test":
            assert not difference.any()
        else:
            assert difference.std().item() == pytest.approx(0.1 * scale, rel=0.05)
    assert "noise 0.1" in noisy.split_name
    other = make("feynman", "I.6.2a", num=4000, validation_num=2000, noise=0.1, sample_seed=1)
    assert not torch.equal(noisy.split("train")[1], other.split("train")[1])


@pytest.mark.parametrize(("of_x", "of_y"), list(itertools.product([False, True], repeat=2)))
def test_normalisation_by_the_training_part(of_x: bool, of_y: bool) -> None:
    plain = make("feynman", "I.9.18", num=100)
    data = make("feynman", "I.9.18", num=100, normalize_x=of_x, normalize_y=of_y)
    for side, (wanted, fitted) in enumerate(
        ((of_x, data.x_standardization), (of_y, data.y_standardization))
    ):
        train = plain.split("train")[side].numpy()
        for part in PARTS:
            raw, found = plain.split(part)[side], data.split(part)[side]
            expected = (raw.numpy() - train.mean(0)) / train.std(0, ddof=1) if wanted else raw
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(fitted.invert(found), raw, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("suite", SUITES)
def test_float64_has_the_same_rows(suite: str) -> None:
    single, double = (make(suite, index=3, dtype=dtype) for dtype in ("float32", "float64"))
    for part in PARTS:
        x, y = double.split(part)
        assert x.dtype == y.dtype == torch.float64
        torch.testing.assert_close(single.split(part)[0].double(), x, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(y, double.equation.columns(x), rtol=0, atol=0)
    noisy = make(suite, index=3, dtype="float64", noise=0.1)
    assert noisy.split("train")[1].dtype == torch.float64
    plain = make(suite, index=3, noise=0.1)
    torch.testing.assert_close(
        noisy.split("train")[1].float(), plain.split("train")[1], rtol=1e-3, atol=1e-3
    )


def test_ranges_become_one_interval() -> None:
    data = make("feynman", "I.9.18", normalize_x="range", dtype="float64")
    raw = make("feynman", "I.9.18", dtype="float64")
    for part in PARTS:
        x = data.split(part)[0]
        assert -1 <= x.min() < -0.98
        assert 0.98 < x.max() <= 1
        assert data.preprocess is not None
        torch.testing.assert_close(data.preprocess(raw.split(part)[0]), x)
    assert data.preprocess is not None
    assert data.preprocess.mean[:4] == (1.5, 1.5, 1.5, 3.5)
    assert raw.preprocess is None
    again = StandardizeColumns.from_config(data.preprocess.to_config())
    assert again == data.preprocess
    own = make(expression="x", variables={"x": [-4, 2]}, num=10, normalize_x="range")
    torch.testing.assert_close(own.split("train")[1] / 3 + 1 / 3, own.split("train")[0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mean": (), "scale": ()}, "one number for each column"),
        ({"mean": (1.0,), "scale": (1.0, 2.0)}, "got 1 and 2"),
        ({"mean": (1.0,), "scale": (0.0,)}, "scale must not be 0"),
        ({"mean": (math.nan,), "scale": (1.0,)}, "mean must be a finite number"),
    ],
)
def test_standardize_columns_refuses(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        StandardizeColumns(**arguments)
    with pytest.raises(ValueError, match=r"shape \(b, 2\)"):
        StandardizeColumns((0.0, 0.0), (1.0, 1.0))(torch.ones(3, 1))
    with pytest.raises(ValueError, match="config must be"):
        StandardizeColumns.from_config({"name": "standardize_columns", "mean": [0.0]})


LOG = {"expression": "log(x)", "variables": {"x": [-1.0, 3.0]}, "num": 40, "validation_num": 20}


def test_rows_outside_of_the_domain_are_an_error() -> None:
    found = own_equation("log(x)", {"x": [-1.0, 3.0]})
    source = generator()
    x, y = found.sample(40, source)
    val = found.sample(20, source)[1]
    counts = [int(part.isnan().sum()) for part in (y[:20], val, y[20:])]
    assert min(counts) > 0
    first = x[:20][y[:20].isnan()][0].item()
    words = (
        rf"log\(x\) has no finite value in {counts[0]} of 20 train, {counts[1]} of 20 val, "
        rf"{counts[2]} of 20 test rows, for instance nan at x = {first:.6g}"
    )
    with pytest.raises(ValueError, match=words):
        make(**LOG)
    with pytest.warns(UserWarning, match=f"{words}; these rows are dropped"):
        data = make(**LOG, invalid="drop", noise=0.1, normalize_x=True)
    assert data.dropped == dict(zip(PARTS, counts, strict=True))
    assert data.split_name.endswith(f", {sum(counts)} rows outside the domain dropped")
    for part, count in zip(PARTS, counts, strict=True):
        assert len(data.split(part)[1]) == 20 - count
        assert data.split(part)[1].isfinite().all() and data.split(part)[0].isfinite().all()


def test_dropping_everything_is_an_error() -> None:
    options = {**LOG, "variables": {"x": [-2.0, -1.0]}}
    with pytest.raises(ValueError, match="no row of train is left"):
        make(**options, invalid="drop")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert make(invalid="drop").dropped == {"train": 0, "val": 0, "test": 0}


def test_loaders_and_hyperparameters() -> None:
    data = make("elementary", "E.7", num=100, batch_size=16, eval_batch_size=30, noise=0.5)
    order = torch.cat(list(data.train_dataloader().sampler))
    assert order.tolist() != sorted(order.tolist())
    for name in ("train", "val", "test", "predict"):
        batches = list(getattr(data, f"{name}_dataloader")())
        x, y = data.split("test" if name == "predict" else name)
        if name == "train":
            x, y = x[order], y[order]
        assert torch.equal(torch.cat([b[0] for b in batches]), x)
        assert torch.equal(torch.cat([b[1] for b in batches]), y)
    again = Equations(**data.hparams)
    assert dict(again.hparams) == dict(data.hparams)
    again.setup()
    assert torch.equal(again.split("train")[1], data.split("train")[1])
    other = make("elementary", "E.7", num=100, seed=1, noise=0.5)
    assert torch.equal(other.split("train")[1], data.split("train")[1])
    assert other.train_dataloader().sampler.order().tolist() != order.tolist()


def test_baselines() -> None:
    data = make("elementary", "E.14")
    found = data.baselines()
    train, test = data.split("train")[1].double(), data.split("test")[1].double()
    expected = float((test - train.mean()).square().mean())
    assert found["mean"]["loss"] == pytest.approx(expected)
    (name,) = set(found) - {"mean"}
    assert name.startswith("polynomial of degree ") and found[name]["loss"] < 1e-12
    assert found[name]["rmse"] == pytest.approx(found[name]["loss"] ** 0.5)
    assert data.baselines("val")["mean"] != found["mean"]


def test_no_global_random_state_is_touched() -> None:
    before = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    data = make("elementary", "E.7", noise=0.5, shuffle=True)
    for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader()):
        list(loader)
    data.baselines()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), str(np.random.get_state())) == before[1:]
