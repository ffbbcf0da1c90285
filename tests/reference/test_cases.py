"""The shipped reference cases agree, and the runner notices when something does not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rpn_zoo import functions
from tests.reference_cases.__main__ import main
from tests.reference_cases.cases import Array, arrays, entries, read
from tests.reference_cases.families import ADAPTERS, known
from tests.reference_cases.runner import check, run

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]


def covered() -> list[tuple[str, dict[str, Any]]]:
    """The family and the entry of every case whose function is implemented."""
    return [
        (family, entry)
        for family in ADAPTERS
        for entry in entries(CASES / f"{family}.json")
        if entry["function"] in known(family)
    ]


COVERED = covered()


@pytest.mark.parametrize(
    ("family", "entry"), COVERED, ids=[f"{family} {entry['id']}" for family, entry in COVERED]
)
def test_case_agrees(family: str, entry: dict[str, Any]) -> None:
    assert check(entry, arrays(CASES / f"{family}.json"), ADAPTERS[family]) == []


WITHOUT_VALUES = {
    "incremental_random_projection_based_compression",  # drawn at random
    "mds_manifold_compression",  # only its stress is defined
    "tsne_manifold_compression",  # only what it preserves is defined
}
"""Functions whose values no case can hold; tests/functions tests what is defined."""


def test_every_implemented_function_has_a_reference_case() -> None:
    components = set(functions.list())
    covered = {entry["function"] for _, entry in COVERED}
    assert covered & components == components - WITHOUT_VALUES
    for family in ("data", "equations"):
        covered = {entry["function"] for name, entry in COVERED if name == family}
        assert covered == set(known(family))


def test_command_line_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.reference_cases", str(CASES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"agree {len(COVERED)} of {len(COVERED)}"


def test_what_is_not_implemented_is_reported_and_counted_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    every = sum(len(entries(path)) for path in CASES.glob("*.json"))
    report = run(CASES)
    assert report.agreed == len(COVERED)
    assert report.left_out == every - len(COVERED)
    assert main([str(CASES), "--all"]) == (0 if report.left_out == 0 else 1)
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == f"agree {len(COVERED)} of {every}"
    for function in report.missing:
        assert any(line.startswith(f"not implemented: {function} ") for line in printed)


# --- the runner notices ---------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the cases, to be spoilt."""
    return Path(shutil.copytree(CASES, tmp_path / "cases"))


def change_arrays(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Rewrite an npz after a change."""
    with np.load(path) as stored:
        content = dict(stored)
    change(content)
    np.savez(path, **content)


def change_entry(path: Path, case: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Rewrite a JSON file after a change of one case."""
    content = json.loads(path.read_text())
    change(next(entry for entry in content if entry["id"] == case))
    path.write_text(json.dumps(content))


def run_and_read(directory: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The exit status, what is said besides the list of missing functions, and the last line."""
    status = main([str(directory)])
    *lines, last = capsys.readouterr().out.splitlines()
    quiet = ("not implemented:", "not covered:")
    return status, "\n".join(line for line in lines if not line.startswith(quiet)), last


@pytest.mark.parametrize(
    ("family", "case", "array"),
    [
        ("expansion", "taylor_expansion/2", "y"),
        ("expansion", "bspline_expansion/1", "y"),
        ("reconciliation", "dual_lphm_reconciliation/0/kronecker", "y"),
        ("reconciliation", "lphm_reconciliation/1", "z"),
        ("reconciliation", "hm_reconciliation/0", "gw"),
        ("remainder", "linear_remainder/2", "gx"),
        ("fusion", "mean_fusion/0", "g2"),
        ("data", "degree_normalize/2", "y"),
        ("compression", "incremental_PCA_based_compression/1", "y2"),
    ],
)
def test_a_wrong_number_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str], family: str, case: str, array: str
) -> None:
    def spoil(content: dict[str, Array]) -> None:
        values = content[f"{case}:{array}"]
        place = np.unravel_index(values.size // 2, values.shape)
        values[place] += 4e-9 * (1 + abs(values[place]))

    change_arrays(copy / f"{family}.npz", spoil)
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    assert f"{family} {case}: {array}: differs by 4.0e-09 relative to 1 + |y|" in said
    assert last == f"agree {len(COVERED) - 1} of {len(COVERED)}"


def test_a_difference_below_the_tolerance_agrees(copy: Path) -> None:
    def spoil(content: dict[str, Array]) -> None:
        content["taylor_expansion/2:y"] += 2e-10

    change_arrays(copy / "expansion.npz", spoil)
    assert run(copy).agreed == len(COVERED)


def test_nan_and_infinity_are_found(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def spoil(content: dict[str, Array]) -> None:
        content["taylor_expansion/0:y"][0, 0] = np.nan
        content["taylor_expansion/1:y"][0, 0] = np.inf

    change_arrays(copy / "expansion.npz", spoil)
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    assert "taylor_expansion/0: y: differs by inf" in said
    assert last == f"agree {len(COVERED) - 2} of {len(COVERED)}"


@pytest.mark.parametrize(
    ("family", "case", "change", "message"),
    [
        ("expansion", "taylor_expansion/0", {"call": {"m": 4, "D": 21}}, "D is 20, expected 21"),
        ("reconciliation", "lorr_reconciliation/0", {"l": 23}, "l is 22, expected 23"),
        ("expansion", "taylor_expansion/0", {"kwargs": {"dd": 2}}, "has no argument 'dd'"),
        ("expansion", "taylor_expansion/0", {"outputs": ["y", "u"]}, "does not compute"),
        ("expansion", "taylor_expansion/0", {"outputs": ["y", "gx"]}, "no array 'taylor_expan"),
        ("fusion", "mean_fusion/0", {"kwargs": {"dims": [5, 5]}}, "must have the widths"),
        (
            "reconciliation",
            "lorr_reconciliation/0",
            {"arrays": ["x", "c"]},
            "the array 'w' is missing",
        ),
        (
            "reconciliation",
            "lorr_reconciliation/0",
            {"kwargs": {"r": 3}},
            r"w has shape \(1, 33\), the array \(1, 22\)",
        ),
        (
            "remainder",
            "identity_remainder/0",
            {"arrays": ["x", "y"]},
            "no parameter or buffer 'y'; it has: none",
        ),
    ],
)
def test_an_unfit_case_is_explained(
    copy: Path,
    capsys: pytest.CaptureFixture[str],
    family: str,
    case: str,
    change: dict[str, Any],
    message: str,
) -> None:
    change_entry(copy / f"{family}.json", case, lambda entry: entry.update(change))
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    line = next(line for line in said.splitlines() if line.startswith(f"{family} {case}: "))
    assert re.search(message, line), line
    assert last == f"agree {len(COVERED) - 1} of {len(COVERED)}"


def test_a_wrong_number_of_an_equation_or_in_single_precision_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((copy / "equations.json").read_text())
    content[40]["values"][1] *= 1 + 1e-8
    (copy / "equations.json").write_text(json.dumps(content))

    def spoil(arrays: dict[str, Any]) -> None:
        arrays["feynman_function/0:y_test"][2, 0] += 1e-4
        arrays["time_series/6:x_train"][3, 1] += 1e-4
        arrays["graph_file/1:adjacency"][0, 1] = 1

    change_arrays(copy / "data.npz", spoil)
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    assert f"equations feynman/{content[40]['id']}: values: differs by 9.8e-09 relative" in said
    for case in ("feynman_function/0: y_test", "time_series/6: x_train", "graph_file/1: adjacency"):
        assert f"data {case}: differs by" in said
    assert last == f"agree {len(COVERED) - 4} of {len(COVERED)}"


def test_a_missing_array_is_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = {"expansion": "taylor_expansion/0:x", "fusion": "mean_fusion/0:y"}
    for family, name in missing.items():
        change_arrays(copy / f"{family}.npz", lambda content, name=name: content.pop(name))
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    for name in missing.values():
        assert f"the npz file holds no array {name!r}" in said
    assert last == f"agree {len(COVERED) - 2} of {len(COVERED)}"


def test_files_that_are_missing_or_broken(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "remainder.npz").unlink()
    (copy / "fusion.json").write_text("{")
    (copy / "reconciliation.npz").write_bytes(b"not a zip")
    status, said, last = run_and_read(copy, capsys)
    assert status == 1
    assert "fusion.json: not valid JSON" in said
    assert "reconciliation.json: reconciliation.npz cannot be read" in said
    assert "remainder linear_remainder/0: the npz file holds no array 'linear_remainder/0:" in said
    broken = ("remainder", "fusion", "reconciliation")
    whole = [entry for family, entry in COVERED if family not in broken]
    remainders = [entry for family, entry in COVERED if family == "remainder"]
    assert last == f"agree {len(whole)} of {len(whole) + len(remainders) + 2}"


def test_pickled_arrays_are_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def spoil(content: dict[str, Any]) -> None:
        content["taylor_expansion/0:x"] = np.array([{}], dtype=object)

    change_arrays(copy / "expansion.npz", spoil)
    status, said, _ = run_and_read(copy, capsys)
    assert status == 1
    assert "the array 'taylor_expansion/0:x' cannot be read (Object arrays" in said


def test_a_directory_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])


# --- forms of cases that the shipped files do not have --------------------------------------------


def evaluate(family: str, function: str, stored: dict[str, Any], **more: Any) -> list[str]:
    """What is wrong with a case made here; ``arrays`` are all that are not outputs."""
    entry = {"id": "a/b", "function": function, **more}
    entry.setdefault("arrays", [name for name in stored if name not in entry["outputs"]])
    data = {f"a/b:{name}": np.asarray(value, dtype=float) for name, value in stored.items()}
    return check(entry, data, ADAPTERS[family])


def test_options_in_tinybigs_form() -> None:
    x = np.array([[-1.0, 0.5], [2.0, 0.0]])
    elu = np.where(x > 0, x, 2 * np.expm1(x))
    kwargs = {
        "name": "anything",
        "device": "cpu",
        "preprocess_function_configs": {
            "function_class": "torch.nn.ELU",
            "function_parameters": {"alpha": 2.0},
        },
        "postprocess_functions": ["torch.exp"],
        "postprocess_function_configs": {"function_class": "torch.nn.Tanh"},
    }
    arguments = {"kwargs": kwargs, "outputs": ["y"]}
    assert (
        evaluate("expansion", "identity_expansion", {"x": x, "y": np.exp(elu)}, **arguments) == []
    )
    wrong = evaluate("expansion", "identity_expansion", {"x": x, "y": np.exp(x)}, **arguments)
    assert wrong[0].startswith("y: differs by")


def test_norm_by_its_class_takes_the_width_from_the_sizes() -> None:
    x = np.array([[1.0, 3.0]])
    y = (x - 2.0) / np.sqrt(1 + 1e-5)
    config = {
        "function_class": "torch.nn.LayerNorm",
        "function_parameters": {"normalized_shape": 2},
    }
    kwargs = {"postprocess_function_configs": [config]}
    stored = {"x": x, "y": y}
    assert evaluate("expansion", "identity_expansion", stored, kwargs=kwargs, outputs=["y"]) == []


def test_sizes_from_the_arrays_and_several_channels() -> None:
    w, x = np.arange(12.0).reshape(2, 6), np.array([[1.0, 10.0, 100.0]])
    W = w.reshape(2, 2, 3)
    c = np.ones((1, 2, 2))
    stored = {"w": w, "x": x, "y": W, "z": (W @ x[0])[None]}
    outputs = ["y", "z"]
    assert evaluate("reconciliation", "identity_reconciliation", stored, outputs=outputs) == []
    stored |= {"c": c, "gw": np.tile(x, (2, 2))}
    outputs = ["y", "z", "gw"]
    call = {"n": 2, "D": 3}
    arguments = {"outputs": outputs, "call": call, "l": 6}
    assert evaluate("reconciliation", "identity_reconciliation", stored, **arguments) == []


def test_gradient_of_an_ignored_input_is_zero() -> None:
    stored = {"x": np.ones((2, 3)), "y": np.zeros((2, 2)), "gx": np.zeros((2, 3))}
    call, outputs = {"m": 3, "n": 2}, ["y", "gx"]
    assert evaluate("remainder", "zero_remainder", stored, call=call, outputs=outputs) == []


def test_more_than_ten_fused_inputs_keep_their_order() -> None:
    stored = {f"x{k}": np.full((1, 1), float(k)) for k in range(12)}
    stored["y"] = np.arange(12.0)[None]
    stored["g11"] = np.array([[22.0]])
    arguments = {"outputs": ["y", "g11"], "kwargs": {"dims": None}}
    assert evaluate("fusion", "concatenation_fusion", stored, **arguments) == []


def test_an_entry_without_its_keys_is_explained() -> None:
    entry = {"id": "a", "function": "identity_expansion"}
    assert check(entry, {}, ADAPTERS["expansion"]) == ["the case lacks the keys outputs"]
    assert read({**entry, "outputs": ["y"]}, {}).inputs == ()
