"""The README is true: its examples run, its table comes from the cards."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import yaml

from rpn_zoo.nn import RPN
from rpn_zoo.zoo import results

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


def test_yaml_example_builds() -> None:
    (block,) = blocks("yaml")
    network = yaml.safe_load(block)["model"]["init_args"]["network"]
    assert RPN(network).config == network


def test_results_table_is_up_to_date() -> None:
    assert results.main(["--check"]) == 0


def test_commands_of_the_readme_exist() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"(?:^    |`)make ([a-z-]+)", README, flags=re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
