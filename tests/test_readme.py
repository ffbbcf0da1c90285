"""The README is true: its examples run, its table comes from the cards."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from rpn_zoo import load_pipeline
from rpn_zoo.nn import RPN
from rpn_zoo.zoo import results
from tests.training.command_line import CommandLine

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_examples_run(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the shipped digits say that they are not comparable
        for block in blocks("python"):
            exec(compile(block, "README.md", "exec"), names)
    predicted = names["pipeline"].predict(names["images"].numpy())
    assert (predicted == names["labels"].numpy()).mean() > 0.97
    assert names["network"].config["dims"] == [4, 16, 3]
    assert names["fresh"].num_parameters == names["card"].parameters == 9_330


def test_yaml_examples_build() -> None:
    found = blocks("yaml")
    assert len(found) == 2
    for block in found:
        network = yaml.safe_load(block)["model"]["init_args"]["network"]
        assert RPN(network).config == network


def test_a_table_is_fitted_and_loaded(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    config, run = tmp_path / "my-table.yaml", tmp_path / "run"
    config.write_text(next(block for block in blocks("yaml") if "my-table.yaml" in block))
    done = CommandLine(tmp_path / "home")(
        "fit", "--config", config, "--run.folder", run, "--logger.wandb=off", cwd=REPOSITORY
    )
    assert done.status == 0, done.err
    assert float(re.findall(r"test accuracy (0\.\d+)", done.out)[0]) > 0.7
    pipeline = load_pipeline(run)
    rows = np.array([[6, 148, 72, 35, 0, 33.6, 0.627, 50], [1, 85, 66, 29, 0, 26.6, 0.351, 31]])
    assert pipeline.predict(rows).tolist() == [1, 0]


def test_results_table_is_up_to_date() -> None:
    assert results.main(["--check"]) == 0


def test_commands_of_the_readme_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, flags=re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
