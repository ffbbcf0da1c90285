"""Time series: the table, its windows, the split, the figures and the simple forecasts."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_zoo.data import Standardization, TimeSeries, read_series
from rpn_zoo.data import forecasts as forecasts_module
from rpn_zoo.data.forecasts import Autoregression, last_value, mean_squared_error
from rpn_zoo.data.windows import windows, windows_within

PARTS = ("train", "val", "test")


def walk(rows: int = 60, n: int = 3, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, n, generator=generator, dtype=torch.float64).cumsum(0) * 3 + 50


def write(path: Path, values: Tensor, ids: list[str] | None = None) -> str:
    ids = ids or [f"s{i}" for i in range(values.shape[1])]
    days = np.datetime64("2024-01-01") + np.arange(len(values))
    lines = [",".join(["day", *ids])]
    lines += [",".join([str(d), *map(repr, r)]) for d, r in zip(days, values.tolist(), strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def make(path: str, **options: Any) -> TimeSeries:
    data = TimeSeries(path, **options)
    data.setup()
    return data


# --- the file -------------------------------------------------------------------------------------


def test_table(tmp_path: Path) -> None:
    values = walk()
    table = read_series(Path(write(tmp_path / "a.csv", values)))
    assert torch.equal(table.values, values) and table.ids == ("s0", "s1", "s2")
    assert table.times[:2] == ("2024-01-01", "2024-01-02")
    chosen = table.select(["s2", "s0"])
    assert chosen.ids == ("s2", "s0") and torch.equal(chosen.values, values[:, [2, 0]])


@pytest.mark.parametrize(
    "times",
    [
        ["1", "2.5", "3e1"],
        ["2017", "2018", "2019"],
        ["2012-03-01", "2012-03-02", "2012-03-03"],
        ["2012-03-01 00:00:00", "2012-03-01 06:00:00", "2012-03-01T12:00"],
    ],
)
def test_forms_of_time_stamps(tmp_path: Path, times: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufefft, x ,y\r\n" + "\r\n\r\n".join(f'"{t}", 1,2e0' for t in times))
    table = read_series(path)
    assert table.times == tuple(times) and table.ids == ("x", "y")
    assert table.values.tolist() == [[1.0, 2.0]] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the header must name the time stamps and at least one series"),
        ("t\n1\n", "the header must name"),
        ("t,a,\n1,2,3\n", "got an empty one in column 3"),
        ("t,a,b,a\n1,2,3,4\n", "got 'a' twice in column 4"),
        ("t,a,b\n", "holds no rows below the header"),
        ("t,a,b\n1,2\n", "every row must have 3 cells like the header, got 2 in line 2"),
        ("t,a,b\n1,2,3\n\n2,2,3,4\n", "got 4 in line 4"),
        ("t,a,b\n1,2,3\n2,4,x\n", r"got 'x' in line 3 \(time '2'\), column 'b'"),
        ("t,a,b\n1,2,3\n2,,5\n", r"the value is missing in line 3 \(time '2'\), column 'a'"),
        ("t,a,b\n1,2,nan\n", "got 'nan' in line 2 .* column 'b'"),
        ("t,a,b\n1,-inf,3\n", "got '-inf' in line 2 .* column 'a'"),
        ("t,a\n2,1\n1,1\n", "times must rise from row to row, got '1' in line 3 after '2'"),
        ("t,a\n2020-01-02,1\n2020-01-02,1\n", "got '2020-01-02' in line 3 after '2020-01-02'"),
        ("t,a\n2020-01-02,1\nFriday,1\n", "time stamps must .* got 'Friday' in line 3"),
        ("t,a\n1,1\nNaN,1\n", "time stamps must .* got 'NaN' in line 3|got '1' in line 2"),
        ("t,a\n,1\n", "time stamps must .* got '' in line 2"),
    ],
)
def test_wrong_tables_are_explained(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"a.csv: .*({words})"):
        read_series(path)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"t,a\n1,\xff\n")
    with pytest.raises(ValueError, match="a.csv: not a CSV file in UTF-8"):
        read_series(path)
    path.write_text("t,a\n1," + "1" * 200_000)  # beyond the limit of a cell
    with pytest.raises(ValueError, match="a.csv: not a CSV file"):
        read_series(path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        read_series(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["s0", "s00"], r"among the 3 ids of the table, got 's00'\. Did you mean s0"),
        (["s0", "s0"], "each once"),
        ([], "at least one series"),
    ],
)
def test_unknown_columns(tmp_path: Path, columns: list[str], words: str) -> None:
    path = write(tmp_path / "a.csv", walk())
    with pytest.raises(ValueError, match=words):
        make(path, columns=columns)


# --- windows --------------------------------------------------------------------------------------


def cut(
    values: Tensor, x_len: int, y_len: int, gap: int, per_instance: bool
) -> tuple[Tensor, Tensor]:
    """Window by window and number by number."""
    inputs, targets = [], []
    rows, n = values.shape
    for s in range(rows - x_len - gap - y_len + 1):
        before = range(s, s + x_len)
        after = range(s + x_len + gap, s + x_len + gap + y_len)
        if per_instance:
            for c in range(n):
                inputs.append([values[t, c].item() for t in before])
                targets.append([values[t, c].item() for t in after])
        else:
            inputs.append([values[t, c].item() for t in before for c in range(n)])
            targets.append([values[t, c].item() for t in after for c in range(n)])
    return torch.tensor(inputs, dtype=values.dtype), torch.tensor(targets, dtype=values.dtype)


@pytest.mark.parametrize("per_instance", [True, False])
@pytest.mark.parametrize(
    ("x_len", "y_len", "gap"), [(1, 1, 0), (4, 1, 1), (3, 2, 0), (2, 3, 2), (5, 4, 2)]
)
def test_windows(x_len: int, y_len: int, gap: int, per_instance: bool) -> None:
    values = walk(11, 2)
    x, y = windows(values, x_len, y_len, gap, per_instance)
    expected = cut(values, x_len, y_len, gap, per_instance)
    assert torch.equal(x, expected[0]) and torch.equal(y, expected[1])
    for view in (x, y):  # no copy: they lie in the table's memory
        assert view.untyped_storage().data_ptr() == values.untyped_storage().data_ptr()
    other = values.T.contiguous().T  # another memory layout, and a part of a larger table
    for given in (other, torch.cat([values[:2], values])[2:]):
        again = windows(given, x_len, y_len, gap, per_instance)
        assert torch.equal(again[0], x) and torch.equal(again[1], y)


def test_windows_that_do_not_fit() -> None:
    assert len(windows(walk(6, 1), 3, 2, 1)[0]) == 1
    with pytest.raises(ValueError, match=r"x_len \+ gap \+ y_len = 6 rows, got 5"):
        windows(walk(5, 1), 3, 2, 1)
    with pytest.raises(ValueError, match=r"shape \(T, n\), got \(5,\)"):
        windows(torch.ones(5), 1)
    for wrong in ({"x_len": 0}, {"x_len": 1, "y_len": 0}, {"x_len": 1, "gap": -1}):
        with pytest.raises(ValueError, match="must be an integer"):
            windows(walk(5, 1), **wrong)


def test_windows_within_a_part() -> None:
    for rows, first, last, x_len, y_len, gap in itertools.product(
        (12,), (0, 3, 7), (7, 8, 12), (1, 3), (1, 2, 6), (0, 2)
    ):
        count = rows - x_len - gap - y_len + 1
        expected = [
            s
            for s in range(count)
            if all(first <= s + x_len + gap + k < last for k in range(y_len))
        ]
        assert list(windows_within(first, last, x_len, y_len, gap)) == expected


# --- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["column", "row", "global"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-3])
def test_standardization_equals_numpy(mode: str, epsilon: float) -> None:
    x = walk(7, 4)
    axis = {"column": 0, "row": 1, "global": None}[mode]
    array = x.numpy()
    expected = (array - array.mean(axis, keepdims=True)) / (
        array.std(axis, ddof=1, keepdims=True) + epsilon
    )
    fitted = Standardization.fit(x, mode, epsilon)
    np.testing.assert_allclose(fitted(x), expected, rtol=1e-12)
    torch.testing.assert_close(fitted.invert(fitted(x)), x)
    assert fitted(x.float()).dtype == torch.float32
    identity = Standardization.identity()
    assert torch.equal(identity(x), x) and torch.equal(identity.invert(x), x)


def test_constant_series_are_only_moved() -> None:
    x = torch.cat([torch.full((253, 1), 0.1), torch.arange(253.0)[:, None]], dim=1).double()
    fitted = Standardization.fit(x)
    assert fitted.scale[0, 0] == 1 and fitted(x)[:, 0].abs().max() < 1e-12
    assert Standardization.fit(torch.tensor([[3.0]])).scale.item() == 1  # a single number
    assert Standardization.fit(torch.ones(2, 3), "global").scale.item() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((torch.ones(2, 2), "columns"), "mode must be one of"),
        ((torch.ones(0, 2), "column"), "not empty"),
        ((torch.ones(2), "column"), r"shape \(N, n\)"),
        ((torch.ones(2, 2), "column", -1.0), "epsilon must be >= 0"),
    ],
)
def test_standardization_arguments(arguments: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Standardization.fit(*arguments)


# --- forecasts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows_at_a_time", [1 << 16, 7])
def test_autoregression_equals_numpy(monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int) -> None:
    monkeypatch.setattr(forecasts_module, "_ROWS", rows_at_a_time)
    x, y = windows(walk(40, 3), x_len=4, y_len=2, gap=1)
    design = np.hstack([x.numpy(), np.ones((len(x), 1))])
    expected = np.linalg.lstsq(design, y.numpy(), rcond=None)[0]
    fitted = Autoregression.fit(x, y)
    np.testing.assert_allclose(fitted.coefficients, expected[:-1], atol=1e-10)
    np.testing.assert_allclose(fitted.intercept, expected[-1], atol=1e-8)
    np.testing.assert_allclose(fitted(x), design @ expected, rtol=1e-10)
    assert fitted(x.float()).dtype == torch.float32


@pytest.mark.parametrize("rows", [1, 3])
def test_autoregression_with_less_data_than_coefficients(rows: int) -> None:
    x, y = walk(rows, 5), walk(rows, 1, seed=1)
    fitted = Autoregression.fit(x, y)
    torch.testing.assert_close(fitted(x), y)
    constant = Autoregression.fit(torch.ones(9, 4), torch.full((9, 1), 2.0))
    torch.testing.assert_close(constant(torch.ones(1, 4)), torch.tensor([[2.0]]))


def test_last_value_and_error() -> None:
    x = torch.tensor([[1.0, 2.0], [5.0, -1.0]])
    assert last_value(x, 3).tolist() == [[2.0] * 3, [-1.0] * 3]
    assert mean_squared_error(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 5.0])) == 4.5


# --- the data module ------------------------------------------------------------------------------


@pytest.mark.parametrize("per_instance", [True, False])
@pytest.mark.parametrize("normalize", ["column", "global", "none"])
@pytest.mark.parametrize(("y_len", "gap"), [(1, 0), (3, 2)])
def test_split_and_figures(
    tmp_path: Path, per_instance: bool, normalize: str, y_len: int, gap: int
) -> None:
    values = walk()
    options = {"x_len": 4, "y_len": y_len, "gap": gap, "normalize": normalize}
    data = make(write(tmp_path / "a.csv", values), per_instance=per_instance, **options)
    # 60 rows: 42 to train on, 6 to validate, 12 to test.
    axis = {"column": 0, "global": None, "none": None}[normalize]
    z = values.numpy()
    if normalize != "none":
        train = z[:42]
        z = (z - train.mean(axis, keepdims=True)) / train.std(axis, ddof=1, keepdims=True)
    each = 3 if per_instance else 1
    whole = cut(torch.from_numpy(z), 4, y_len, gap, per_instance)
    for part, (first, last) in zip(PARTS, ((0, 42), (42, 48), (48, 60)), strict=True):
        chosen = [
            s * each + c
            for s in range(len(whole[0]) // each)
            if s + 4 + gap >= first and s + 4 + gap + y_len <= last
            for c in range(each)
        ]
        found = data.split(part)
        for side in (0, 1):
            assert found[side].dtype == torch.float32
            torch.testing.assert_close(found[side], whole[side][chosen].float())
    torch.testing.assert_close(data.standardization(values), torch.from_numpy(z))
    assert (data.num_features, data.num_targets) == ((4, y_len) if each == 3 else (12, 3 * y_len))


def test_later_rows_do_not_reach_into_training(tmp_path: Path) -> None:
    values = walk()
    before = make(write(tmp_path / "a.csv", values))
    changed = values.clone()
    changed[48:] += 1000  # the test rows
    after = make(write(tmp_path / "b.csv", changed))
    for part in ("train", "val"):
        for a, b in zip(before.split(part), after.split(part), strict=True):
            assert torch.equal(a, b)
    changed[42:] -= 500  # validation, too
    last = make(write(tmp_path / "c.csv", changed))
    for a, b in zip(before.split("train"), last.split("train"), strict=True):
        assert torch.equal(a, b)


def test_loaders(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", walk())
    data = make(path, x_len=5, batch_size=16, eval_batch_size=10)
    order = torch.cat(list(data.train_dataloader().sampler))
    assert order.tolist() != sorted(order.tolist())
    for name, size in (("train", 16), ("val", 10), ("test", 10), ("predict", 10)):
        batches = list(getattr(data, f"{name}_dataloader")())
        x, y = data.split("test" if name == "predict" else name)
        if name == "train":
            x, y = x[order], y[order]
        assert torch.equal(torch.cat([b[0] for b in batches]), x)
        assert torch.equal(torch.cat([b[1] for b in batches]), y)
        assert all(len(b[0]) == size for b in batches[:-1])
    first, again, other = (
        torch.cat([y for _, y in make(path, seed=seed).train_dataloader()]) for seed in (None, 0, 1)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_columns_and_widths_before_the_file_is_read(tmp_path: Path) -> None:
    values = walk()
    path = write(tmp_path / "a.csv", values)
    data = TimeSeries(path, columns=["s2", "s0"], x_len=4, y_len=2, per_instance=False)
    assert (data.num_features, data.num_targets) == (8, 4)
    data.setup()
    assert data.ids == ("s2", "s0")
    only = make(write(tmp_path / "b.csv", values[:, [2, 0]]), x_len=4, y_len=2, per_instance=False)
    assert torch.equal(data.split("test")[0], only.split("test")[0])
    unknown = TimeSeries(path, per_instance=False)
    assert unknown.num_features is None and TimeSeries(path).num_features == 10
    assert unknown.num_targets is None
    with pytest.raises(RuntimeError, match="TimeSeries holds no data yet"):
        unknown.split("train")
    again = TimeSeries(**data.hparams)
    assert dict(again.hparams) == dict(data.hparams)
    assert data.hparams["columns"] == ["s2", "s0"]


def test_baselines(tmp_path: Path) -> None:
    values = walk()
    path = write(tmp_path / "a.csv", values)
    figures = {}
    for per_instance in (True, False):
        data = make(path, x_len=3, y_len=2, gap=1, per_instance=per_instance)
        figures[per_instance] = data.baselines(), data.baselines("val")
    assert figures[True] == figures[False]  # the same numbers, differently arranged
    data = make(path, x_len=3, y_len=2, gap=1)
    (x, y), (xt, yt) = data.split("train"), data.split("test")
    design, target = (np.hstack([a.numpy(), np.ones((len(a), 1))]) for a in (x, xt))
    solution = np.linalg.lstsq(design, y.numpy(), rcond=None)[0]
    expected = {
        "last value": float(np.mean((xt.numpy()[:, -1:] - yt.numpy()) ** 2)),
        "least-squares AR(3)": float(np.mean((target @ solution - yt.numpy()) ** 2)),
    }
    found = data.baselines()
    assert {name: f["loss"] for name, f in found.items()} == pytest.approx(expected, rel=1e-5)
    for f in found.values():
        assert f["rmse"] == pytest.approx(f["loss"] ** 0.5)
    assert data.baselines("val") != found


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": ""}, "path must be"),
        ({"columns": "s0"}, "columns must be a list of ids, got the text 's0'"),
        ({"x_len": 0}, "x_len must be"),
        ({"gap": -1}, "gap must be"),
        ({"normalize": "time"}, "normalize must be one of column, global, none"),
        ({"val_fraction": 0.0}, r"val_fraction must be in \(0, 1\), got 0.0"),
        ({"test_fraction": 1.5}, r"test_fraction must be in \(0, 1\)"),
        ({"val_fraction": 0.5, "test_fraction": 0.5}, "must leave rows to train on"),
        ({"seed": -1}, "seed must be"),
        ({"batch_size": 0}, "batch_size must be"),
    ],
)
def test_arguments(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TimeSeries(**{"path": "a.csv", **options})


def test_too_short_tables_name_the_part(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", walk(30, 1))
    assert len(make(path, x_len=20).split("train")[0]) == 1
    for options, words in (
        ({"x_len": 21}, r"the 30 rows are too few: train has 21 and no window of .* 21 \+ 0 \+ 1"),
        ({"x_len": 2, "y_len": 4}, "val has 3 and no window"),
        ({"x_len": 2, "y_len": 7, "val_fraction": 0.3}, "test has 6 and no window"),
    ):
        with pytest.raises(ValueError, match=words):
            make(path, **options)


def test_file_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"a.csv was not found; .*working directory.*not set"
    ):
        make("a.csv")
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "a.csv", walk())
    assert make("a.csv", root=str(tmp_path / "data")).ids == ("s0", "s1", "s2")
    monkeypatch.setenv("RPN_ZOO_DATA", str(tmp_path / "data"))
    assert make("a.csv").ids == ("s0", "s1", "s2")
    with pytest.raises(FileNotFoundError, match=r"searched: root=\S+ \(has no a.csv\)"):
        make("a.csv", root=str(tmp_path))


def test_no_global_random_state_is_touched(tmp_path: Path) -> None:
    before = torch.get_rng_state(), random.getstate(), str(np.random.get_state())
    data = make(write(tmp_path / "a.csv", walk()))
    for loader in (data.train_dataloader(), data.val_dataloader(), data.test_dataloader()):
        list(loader)
    data.baselines()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), str(np.random.get_state())) == before[1:]
