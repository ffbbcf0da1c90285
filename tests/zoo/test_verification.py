from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import pytest

from rpn_zoo.zoo import Zoo, evaluate, verify
from rpn_zoo.zoo.card import dump_card, mean_and_std
from rpn_zoo.zoo.verification import VerifyReport
from tests.zoo.builders import NAME, make_card, make_full_zoo, make_run, make_zoo, measured


def failed(report: VerifyReport) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks if check.ok is False}


def test_evaluate(zoo: Zoo) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = evaluate(NAME, zoo=zoo)
    assert result["entry"] == f"{NAME}.v1"
    assert result["accuracy"] == measured()["accuracy"]
    assert result["loss"] == pytest.approx(measured()["loss"])
    assert (result["samples"], result["comparable"]) == (1000, False)


@pytest.mark.filterwarnings("ignore:MNIST")
def test_evaluate_a_run(zoo: Zoo, tmp_path: Path) -> None:
    make_run(tmp_path / "run", seed=7)
    assert evaluate(tmp_path / "run", zoo=zoo)["accuracy"] == measured()["accuracy"]


def test_verify_on_the_entrys_own_data(zoo: Zoo) -> None:
    report = verify(NAME, zoo=zoo)
    assert report.ok
    assert [check.name for check in report.checks] == [
        "parameters", "recipe", "weights", "loading", "accuracy",
    ]  # fmt: skip


def test_verify_without_the_full_data_says_so(tmp_path: Path) -> None:
    report = verify(NAME, download=False, zoo=make_full_zoo(tmp_path))
    assert report.ok
    detail = report.checks[-1].detail
    assert "complete data were not found" in detail
    assert "checks the installation only. Seen in training." in detail


def test_an_explicit_root_without_data_is_a_failure(tmp_path: Path) -> None:
    report = verify(NAME, root=str(tmp_path), download=False, zoo=make_full_zoo(tmp_path))
    assert "does not hold MNIST" in failed(report)["accuracy"]


def test_no_figure_for_the_data_found(tmp_path: Path) -> None:
    zoo = make_zoo(tmp_path, "auto", split="something else")
    assert "the data found are" in failed(verify(NAME, download=False, zoo=zoo))["accuracy"]


@pytest.mark.parametrize(("difference", "ok"), [(0.0, True), (0.001, True), (0.002, False)])
def test_tolerance(tmp_path: Path, difference: float, ok: bool) -> None:
    """On 1,000 samples one flip is allowed, two are not."""
    card = make_card(None)
    shifted = dataclasses.replace(card.seeds[0], test=card.seeds[0].test + difference)
    mean, std = mean_and_std([shifted.test, card.seeds[1].test])
    zoo = make_zoo(tmp_path, seeds=(shifted, card.seeds[1]), mean=mean, std=std)
    assert verify(NAME, zoo=zoo).ok is ok


def test_parameters_and_damaged_weights(zoo: Zoo) -> None:
    card = zoo.card(NAME)
    path = zoo.checkpoints / NAME / "card.yaml"
    path.write_text(dump_card(dataclasses.replace(card, parameters=5)))
    assert "5 on the card" in failed(verify(NAME, zoo=zoo))["parameters"]
    path.write_text(dump_card(card))
    weights = zoo.checkpoints / NAME / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    report = verify(NAME, zoo=zoo)
    assert set(failed(report)) == {"weights", "loading"}
    weights.unlink()
    assert not verify(NAME, zoo=zoo).ok


def test_other_preprocessing_or_classes_fail(zoo: Zoo) -> None:
    card, path = zoo.card(NAME), zoo.checkpoints / NAME / "card.yaml"
    for change in (
        {"preprocess": {"name": "standardize_pixels", "mean": 0.9, "std": 5.0}},
        {"preprocess": {"name": "magic"}},
        {"class_names": tuple("abcdefghij")},
    ):
        path.write_text(dump_card(dataclasses.replace(card, **change)))  # type: ignore[arg-type]
        assert set(failed(verify(NAME, zoo=zoo))) == {"accuracy"}, change


def test_entry_without_weights_and_run(zoo: Zoo, tmp_path: Path) -> None:
    (zoo.checkpoints / NAME / "card.yaml").write_text(dump_card(make_card(None)))
    report = verify(NAME, zoo=zoo)
    assert report.ok
    assert report.checks[-1].ok is None
    make_run(tmp_path / "run")
    with pytest.raises(ValueError, match="a run has no card"):
        verify(tmp_path / "run", zoo=zoo)
