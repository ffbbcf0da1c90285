"""Tables: reading, encoding, splitting, and what is refused."""

from __future__ import annotations

import builtins
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_zoo.data import Banknote, BreastCancer, Iris, Pima, Table, TableEncoder, Wine
from rpn_zoo.data import known_tables as module
from rpn_zoo.data.labelled_table import number_classes
from rpn_zoo.data.raw_table import read_table
from rpn_zoo.data.table_split import TableSplit
from rpn_zoo.zoo.pipeline import make_preprocess

KNOWN = {
    Iris: (150, 4, (50, 50, 50)),
    Pima: (768, 8, (500, 268)),
    Banknote: (1372, 4, (762, 610)),
    Wine: (178, 13, (59, 71, 48)),
    BreastCancer: (569, 30, (212, 357)),
}


def rows(count: int = 40) -> list[str]:
    return [
        f"{i},{'red' if i % 2 else 'green'},{i % 7},{'apple' if i < count // 2 else 'pear'}"
        for i in range(count)
    ]


def write(folder: Path, lines: list[str], header: str = "mass,colour,size,kind") -> str:
    path = folder / "fruit.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return str(path)


def ready(path: str, **options: Any) -> Table:
    data = Table(path, **{"target": "kind", **options})
    data.setup()
    return data


# --- known tables -----------------------------------------------------------------------------


@pytest.mark.parametrize("cls", KNOWN, ids=lambda cls: cls.__name__)
def test_known_table(cls: Any) -> None:
    count, width, classes = KNOWN[cls]
    data = cls(folds=10, fold=1)
    data.setup()
    assert (data.num_features, data.num_classes) == (width, len(classes))
    together = np.sort(np.concatenate(list(data.rows.values())))
    assert together.tolist() == list(range(count))
    numbers = torch.cat([data.split(part)[1] for part in ("train", "val", "test")])
    assert tuple(numbers.bincount().tolist()) == classes
    assert len(data.class_names) == len(classes)
    x, y = data.arrays("train")
    torch.testing.assert_close(x.mean(0), torch.zeros(width), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std(0), torch.ones(width), atol=1e-4, rtol=0)
    assert (x.dtype, y.dtype) == (torch.float32, torch.int64)


def test_shares_of_classes_are_those_of_the_table() -> None:
    for fold in range(10):
        data = Pima(folds=10, fold=fold, split_seed=3)
        data.setup()
        for part in ("train", "val", "test"):
            share = float((data.split(part)[1] == 1).double().mean())
            assert abs(share - 268 / 768) < 0.02


def test_zeros_of_pima_may_be_missing() -> None:
    kept, marked = Pima(), Pima(zeros_missing=True)
    for data in (kept, marked):
        data.setup()
    gaps = [int(np.isnan(marked.split(part)[0]).sum()) for part in ("train", "val", "test")]
    assert sum(gaps) == 5 + 35 + 227 + 374 + 11
    assert not np.isnan(kept.split("train")[0]).any()
    insulin = marked.split("train")[0][:, 4]
    assert marked.preprocess.to_config()["columns"][4]["fill"] == np.nanmedian(insulin)
    assert marked.arrays("test")[0].isfinite().all()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pima.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="SHA-256 must be .* damaged"):
        module._from_file("pima.csv", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"banknote\.csv"):
        module._from_file("banknote.csv", tmp_path)


def test_regression_of_the_class_number() -> None:
    data = Banknote(task="regression", scaling="min_max")
    data.setup()
    x, y = next(iter(data.train_dataloader()))
    assert (y.dtype, tuple(y.shape), data.num_targets) == (torch.float32, (64, 1), 1)
    assert data.num_classes is None
    assert set(y.flatten().tolist()) == {0.0, 1.0}
    assert float(x.min()) >= 0 and float(x.max()) <= 1
    assert data.baselines("val")["mean"]["rmse"] == pytest.approx(0.497, abs=0.01)


# --- statistics of the training part only -----------------------------------------------------


def test_other_rows_do_not_change_what_the_training_rows_tell(tmp_path: Path) -> None:
    path = write(tmp_path, rows())
    before = ready(path, folds=4, fold=2)
    changed = rows()
    for row in [*before.rows["test"], *before.rows["val"]]:
        changed[row] = f"1000000,violet,,{changed[row].rsplit(',', 1)[1]}"
    after = ready(write(tmp_path, changed), folds=4, fold=2)
    assert before.preprocess.to_config() == after.preprocess.to_config()
    torch.testing.assert_close(before.arrays("train")[0], after.arrays("train")[0])
    assert "violet" not in after.preprocess.to_config()["columns"][1]["categories"]


def test_unseen_categories_are_none_of_those_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path, rows())
    place = int(ready(path).rows["test"][0])
    lines = rows()
    lines[place] = f"3,violet,1,{lines[place].rsplit(',', 1)[1]}"
    with caplog.at_level(logging.WARNING):
        data = ready(write(tmp_path, lines))
    assert "1 categories of column 'colour' in the test part" in caplog.text
    assert "violet" in caplog.text
    assert data.arrays("test")[0][0, 1:3].tolist() == [0.0, 0.0]


def test_missing_cells(tmp_path: Path) -> None:
    lines = rows()
    for row, cells in ((0, "?,red,1"), (5, "NA,,2"), (9, "9,,")):
        lines[row] = f"{cells},{lines[row].rsplit(',', 1)[1]}"
    data = ready(write(tmp_path, lines), validation_fraction=0.0)
    (mass, colour, size) = data.preprocess.columns
    features = data.split("train")[0]
    given = [float(v) for v in features[:, 0] if v == v]
    assert mass.fill == np.median(given)  # type: ignore[union-attr]
    assert colour.categories == ("", "green", "red")  # type: ignore[union-attr]
    assert size.width == 1
    assert data.num_features == 5
    assert data.arrays("train")[0].isfinite().all()
    numbers = TableEncoder.fit(np.full((3, 1), np.nan), ["gone"], [False])
    assert numbers(np.full((2, 1), np.nan)).tolist() == [[0.0], [0.0]]


def test_a_constant_column_is_zero(tmp_path: Path) -> None:
    lines = [f"7,{line.split(',', 1)[1]}" for line in rows()]
    for scaling in ("standardize", "min_max"):
        data = ready(write(tmp_path, lines), scaling=scaling)
        assert not data.arrays("train")[0][:, 0].any()
        assert not data.arrays("test")[0][:, 0].any()


@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda v: v or 0.0), min_size=2, max_size=20),
    st.sampled_from(["standardize", "min_max", "none"]),
)
def test_encoder_round_trip(values: list[float], scaling: str) -> None:
    table = np.array([[v, "ab"[i % 2]] for i, v in enumerate(values)], dtype=object)
    encoder = TableEncoder.fit(table, ["x", "kind"], [False, True], scaling, (-1.0, 1.0))
    again = make_preprocess(encoder.to_config())
    assert again is not None
    encoded = encoder(table)
    torch.testing.assert_close(again(table), encoded, rtol=0, atol=0)
    assert encoded.isfinite().all()
    if scaling == "min_max" and max(values) - min(values) > 1e-3:
        assert float(encoded[:, 0].min()) == pytest.approx(-1.0, abs=1e-5)
        assert float(encoded[:, 0].max()) == pytest.approx(1.0, abs=1e-5)


# --- one's own files --------------------------------------------------------------------------


def test_classes_are_numbered_in_sorted_order(tmp_path: Path) -> None:
    data = ready(write(tmp_path, list(reversed(rows()))))
    assert data.class_names == ("apple", "pear")
    table = np.array([10.0, 9.0, 10.0])
    assert number_classes(table)[0].tolist() == [1, 0, 1]


def test_columns_and_categories_can_be_chosen(tmp_path: Path) -> None:
    data = ready(write(tmp_path, rows()), columns=["size", "mass"], categorical=["size"])
    assert [c.name for c in data.preprocess.columns] == ["size", "mass"]
    assert data.num_features == 8
    assert data.preprocess.columns[0].categories[:3] == ("0", "1", "2")  # type: ignore[union-attr]


def test_regression(tmp_path: Path) -> None:
    data = ready(write(tmp_path, rows()), target="mass", task="regression", standardize_target=True)
    y = data.split("train")[1]
    assert (tuple(y.shape[1:]), data.num_targets, data.class_names) == ((1,), 1, ())
    assert float(y.mean()) == pytest.approx(0, abs=1e-6)
    values = data.target_standardization.invert(y)
    assert sorted(values.flatten().round().tolist()) == sorted(map(float, data.rows["train"]))


def test_the_same_seed_gives_the_same_rows(tmp_path: Path) -> None:
    path = write(tmp_path, rows())
    one, same, other = (ready(path, split_seed=seed) for seed in (4, 4, 5))
    for part in ("train", "val", "test"):
        assert one.rows[part].tolist() == same.rows[part].tolist()
    assert one.rows["test"].tolist() != other.rows["test"].tolist()


def test_no_validation_part(tmp_path: Path) -> None:
    data = ready(write(tmp_path, rows()), validation_fraction=0.0)
    assert (data.val_dataloader(), data.has_validation) == ([], False)
    assert [len(data.rows[p]) for p in ("train", "val", "test")] == [32, 0, 8]


def test_folds_cover_every_row_once() -> None:
    classes = np.repeat([0, 1, 2], [20, 11, 5])
    parts = [TableSplit(folds=5, fold=i, seed=2).rows(classes, 36) for i in range(5)]
    assert sorted(np.concatenate([p["test"] for p in parts])) == list(range(36))
    for part in parts:
        assert not set(part["train"]) & {*part["val"], *part["test"]}
        assert set(classes[part["test"]]) == {0, 1, 2}


# --- bad input --------------------------------------------------------------------------------

BAD = {
    "missing target": ("mass,colour,size,kind", rows(), {"target": "kinf"},
                       "target must name a column .* Did you mean kind"),
    "unknown column": ("mass,colour,size,kind", rows(), {"columns": ["mas"]},
                       "columns must name a column .* Did you mean mass"),
    "duplicate columns": ("mass,mass,size,kind", rows(), {}, "'mass' twice in column 2"),
    "no name": ("mass,,size,kind", rows(), {}, "an empty one in column 2"),
    "only a header": ("mass,colour,size,kind", [], {}, "no rows below the header"),
    "short row": ("mass,colour,size,kind", [*rows(), "1,2"], {}, "got 2 in line 42"),
    "one class": ("mass,colour,size,kind", [r.replace("pear", "apple") for r in rows()], {},
                  "two classes or more, got only 'apple'"),
    "target missing": ("mass,colour,size,kind", [*rows(), "1,red,2,", "1,red,2,NaN"], {},
                       "missing in 2 rows, the first in line 42"),
    "real classes": ("mass,colour,size,kind", ["1.5,red,1,a", *rows()], {"target": "mass"},
                     "whole numbers, got 1.5; .* task: regression"),
    "text values": ("mass,colour,size,kind", rows(), {"target": "colour", "task": "regression"},
                    "must hold numbers, got 'green'"),
    "constant values": ("mass,colour,size,kind", ["1,a,5,b"] * 9,
                        {"target": "size", "task": "regression"}, "is 5 in every row"),
    "fewer rows than folds": ("mass,colour,size,kind", ["1,a,5,b", "2,a,5,c"], {"folds": 3},
                              "folds must be at most the number of rows, 2, got 3"),
    "no feature": ("kind", ["a", "b"], {}, "no column besides the target"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_clear_errors(name: str, tmp_path: Path) -> None:
    header, lines, options, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        ready(write(tmp_path, lines, header), **options)


def test_empty_and_absent_files(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(ValueError, match="the file is empty"):
        ready(str(tmp_path / "empty.csv"))
    (tmp_path / "bytes.csv").write_bytes(b"a,kind\n\xff,b\n")
    with pytest.raises(ValueError, match="not a CSV file in UTF-8"):
        ready(str(tmp_path / "bytes.csv"))
    with pytest.raises(FileNotFoundError, match="was not found"):
        ready(str(tmp_path / "absent.csv"))


def test_a_small_class_is_said(tmp_path: Path) -> None:
    lines = [*rows(), "1,red,2,plum", "2,red,3,plum"]
    with pytest.warns(UserWarning, match="smallest class has 2 rows, fewer than the 10 folds"):
        ready(write(tmp_path, lines), folds=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ready(write(tmp_path, lines), folds=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "ranking"}, "task must be one of"),
        ({"scaling": "log"}, "scaling must be one of"),
        ({"scaling_range": (1, 0)}, "low < high"),
        ({"test_fraction": 1.0}, r"test_fraction must be in \(0, 1\)"),
        ({"validation_fraction": -0.1}, "validation_fraction must be in"),
        ({"folds": 1}, "folds must be an integer >= 2"),
        ({"folds": 5, "fold": 5}, "fold must be below folds = 5"),
        ({"fold": 1}, "fold needs folds"),
        ({"standardize_target": True}, "goes with task = regression"),
        ({"batch_size": 0}, "batch_size"),
        ({"columns": ["kind"]}, "must not name the target"),
        ({"columns": ["a", "a"]}, "each once"),
    ],
)
def test_bad_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Table("fruit.csv", **{"target": "kind", **options})


def test_bad_rows_for_a_trained_network() -> None:
    encoder = TableEncoder.fit(np.array([[1.0], [2.0]]), ["x"], [False])
    with pytest.raises(ValueError, match=r"shape \(N, 1\), a column for each of x"):
        encoder(np.ones((2, 2)))
    with pytest.raises(ValueError, match="column 'x' must hold numbers"):
        encoder(np.array([["a"]], dtype=object))
    with pytest.raises(ValueError, match="must hold finite numbers"):
        encoder(np.array([[np.inf]]))
    with pytest.raises(ValueError, match="keys name and columns"):
        TableEncoder.from_config({"name": "encode_table"})


# --- Parquet ----------------------------------------------------------------------------------


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError("No module named 'pyarrow'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r"pip install 'rpn-zoo\[parquet\]'"):
        read_table(tmp_path / "a.parquet")


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as arrow
    from pyarrow import parquet

    columns = {
        "mass": arrow.array([1.5, None, 3.0]),
        "size": arrow.array([1, 2, None]),
        "colour": arrow.array(["red", None, "green"]).dictionary_encode(),
        "ripe": arrow.array([True, False, None]),
        "kind": arrow.array(["a", "b", "a"]),
    }
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet")
    table = read_table(tmp_path / "a.parquet", categorical=["size"])
    np.testing.assert_equal(table.columns["mass"], [1.5, np.nan, 3.0])
    np.testing.assert_equal(table.columns["ripe"], [1.0, 0.0, np.nan])
    assert table.columns["size"].tolist() == ["1", "2", ""]
    assert table.columns["colour"].tolist() == ["red", "", "green"]
    parquet.write_table(arrow.table({"when": arrow.array([[1]])}), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"numbers, booleans or text, got list.* in 'when'"):
        read_table(tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="not a Parquet file"):
        read_table(tmp_path / "c.parquet")
