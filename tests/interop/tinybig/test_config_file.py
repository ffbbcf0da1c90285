"""Configuration files: their form, their limits, and problems by place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rpn_zoo.interop import tinybig
from rpn_zoo.interop.tinybig import TinybigError, load_config
from rpn_zoo.interop.tinybig.allocation import allocate
from rpn_zoo.interop.tinybig.yaml_text import MAX_BYTES, MAX_NODES, parse

CONFIGS = Path(__file__).parent / "configs"
SMALL = """\
configurations:
  device: &device cpu
  random_seed: 7
  model_configs:
    model_class: tinybig.model.rpn
    model_parameters:
      device: *device
      depth: 2
      layer_configs:
        - &first
          layer_class: tinybig.module.rpn_layer
          layer_parameters:
            m: 4
            n: 4
            head_configs:
              head_class: tinybig.module.rpn_head
              head_parameters:
                data_transformation_configs:
                  function_class: tinybig.expansion.taylor_expansion
                  function_parameters: {d: 2}
                parameter_fabrication_configs:
                  function_class: tinybig.reconciliation.basic.identity_reconciliation
                  function_parameters:
                remainder_configs:
                  function_class: tinybig.remainder.zero_remainder
        - *first
"""


def test_parts_of_a_file() -> None:
    config = load_config(CONFIGS / "elementary.yaml")
    assert config.network["dims"] == [2, 2, 1]
    assert (config.seed, config.metric, config.device) == (123, "mse", "cpu")
    assert config.data is not None
    assert (config.data.name, config.data.train_batch_size) == ("elementary_function", 100)
    assert config.data.option("equation_index") == 14
    learner = config.learner
    assert learner is not None
    assert (learner.n_epochs, learner.loss.name) == (2000, "MSELoss")  # type: ignore[union-attr]
    assert learner.optimizer.options == {"lr": 0.003, "weight_decay": 0.0001}  # type: ignore[union-attr]
    assert learner.scheduler.options == {"gamma": 0.999}  # type: ignore[union-attr]


def test_aliases_are_followed_and_empty_parameters_are_none() -> None:
    config = load_config(SMALL)
    assert config.seed == 7
    first, second = config.network["layers"]
    assert first == second
    assert first["heads"][0] == {"expansion": {"name": "taylor_expansion", "d": 2}}
    assert config.build().num_parameters == 2 * 4 * 20


def test_merged_mappings() -> None:
    text = SMALL.replace("        - *first\n", "        - <<: *first\n")
    assert load_config(text).network == load_config(SMALL).network


def test_json_says_the_same(tmp_path: Path) -> None:
    content, _ = parse(SMALL, "small")
    path = tmp_path / "small.json"
    path.write_text(json.dumps(content, indent="\t"))
    assert load_config(path).network == load_config(SMALL).network
    assert load_config(json.dumps(content)).network == load_config(SMALL).network


def test_without_the_uppermost_key() -> None:
    content, _ = parse(SMALL, "small")
    text = json.dumps(content["configurations"])
    assert load_config(text).network == load_config(SMALL).network


def test_a_ready_made_model_and_ready_made_layers() -> None:
    model = """
    model_configs:
      model_class: tinybig.model.rpn
      model_parameters:
        layer_configs:
          - layer_class: tinybig.layer.perceptron_layer
            layer_parameters: {m: 4, n: 3, with_dropout: false}
          - layer_class: tinybig.module.rpn_layer
            layer_parameters:
              m: 3
              n: 2
              width: 3
              width_alloc: [1, 2]
              head_configs:
                - head_class: tinybig.head.kan_head
                  head_parameters: {t: 3}
                - head_class: tinybig.head.svm_head
                  head_parameters: {m: 99}
    """
    config = load_config(model)
    heads = config.network["layers"][1]["heads"]
    assert [h.get("expansion") for h in heads[1:]] == [None, None]
    assert heads[0]["expansion"]["t"] == 3
    line = "line 18, model_configs.model_parameters.layer_configs[1].layer_parameters."
    assert config.warnings == (
        f"{line}head_configs[1].head_parameters.m: 99 gives way to the layer's 3.",
    )


def test_every_problem_is_listed_with_its_place() -> None:
    text = SMALL.replace("taylor_expansion", "tailor_expansion")
    text = text.replace("random_seed: 7", "random_seed: -7").replace("depth: 2", "dept: 2")
    text = text.replace("zero_remainder", "zero_remainder\n                  functions: 3")
    text += "  data_configs: {data_class: tinybig.data.emnist}\n"
    text += "  metrics: accuracy\n"
    with pytest.raises(TinybigError) as caught:
        load_config(text)
    message = str(caught.value)
    assert message.startswith("the configuration: 8 problems:")  # two in an alias, too
    layers = "configurations.model_configs.model_parameters"
    head = f"{layers}.layer_configs[0].layer_parameters.head_configs.head_parameters"
    for line in (
        "line 29, configurations.metrics: unknown key. Known: device, random_seed",
        f"line 8, {layers}.dept: unknown argument. Did you mean depth",
        f"line 19, {head}.data_transformation_configs.function_class: unknown expansion or "
        "compression 'tinybig.expansion.tailor_expansion'. Did you mean taylor_expansion",
        f"line 26, {head}.remainder_configs.functions: unknown key",
        "line 28, configurations.data_configs.data_class: unknown data 'tinybig.data.emnist'",
        "Did you mean mnist",
        "line 3, configurations.random_seed: must be a whole number >= 0, got -7",
    ):
        assert line in message


WRONG: dict[str, tuple[str, str, str]] = {
    "class of another package": (
        "tinybig.remainder.zero_remainder", "os.system", "neither of tinybig nor of torch",
    ),
    "class that is no text": (
        "tinybig.remainder.zero_remainder", "[1]", r"must be given as text .* got \[1\]",
    ),
    "parameters that are no mapping": ("{d: 2}", "[2]", r"must be a mapping of parameters, got"),
    "width of text": ("m: 4", "m: four", "m: must be a whole number, got 'four'"),
    "no model": ("model_configs", "modell_configs", "the key model_configs is missing"),
    "unknown model": ("tinybig.model.rpn", "tinybig.model.rpnn", "unknown model .* mean rpn"),
    "device of numbers": ("device cpu", "device 3", "device: must be text, got 3"),
    "unknown head": ("rpn_head\n", "rpn_hat\n", "unknown head 'tinybig.module.rpn_hat'.*rpn_head"),
    "depth that does not fit": ("depth: 2", "depth: 3", "does not say how often each of 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files(case: str) -> None:
    old, new, words = WRONG[case]
    assert old in SMALL
    with pytest.raises(TinybigError, match=words):
        load_config(SMALL.replace(old, new))


LEARNER = """\
model_configs: {model_class: svm, model_parameters: {dims: [2, 1]}}
learner_configs:
  learner_class: tinybig.learner.backward_learner
  learner_parameters:
    n_epochs: 3
    optimizer_configs:
      optimizer_class: torch.optim.AdamW
      optimizer_parameters: {lr: 1.0e-3}
    loss_configs: {loss_class: torch.nn.MSELoss}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("AdamW", "Adamm", "line 7, .*optimizer_class: unknown optimizer 'torch.optim.Adamm'"),
        ("lr:", "rate:", "line 8, .*optimizer_parameters.rate: unknown argument"),
        ("n_epochs: 3", "n_epochs: many", "line 5, .*n_epochs: must be a whole number"),
        ("n_epochs: 3", "n_epochs: 0", "n_epochs: must be at least 1, got 0"),
        ("MSELoss", "MSE", "line 9, .*loss_class: unknown loss"),
        ("backward_learner", "forward_learner", "unknown learner"),
        ("n_epochs: 3", "n_epochs: 3\n    epochs: 3", "epochs: unknown argument. .*n_epochs"),
    ],
)
def test_wrong_learners(old: str, new: str, words: str) -> None:
    assert load_config(LEARNER).learner is not None
    with pytest.raises(TinybigError, match=words):
        load_config(LEARNER.replace(old, new))


def bomb(levels: int, merge: bool = False) -> str:
    """Text whose aliases, followed, have 10 to the power of ``levels`` entries."""
    lines = ["l0: &l0 {a: 1}" if merge else "l0: &l0 [1]"]
    for level in range(1, levels + 1):
        below = ", ".join([f"*l{level - 1}"] * 10)
        lines.append(f"l{level}: &l{level} " + (f"{{<<: [{below}]}}" if merge else f"[{below}]"))
    return "\n".join(lines) + "\n"


NOT_ACCEPTABLE: dict[str, tuple[str, str]] = {
    "aliases that multiply": (bomb(9), f"more than {MAX_NODES:,} entries"),
    "merges that multiply": (bomb(9, merge=True), f"more than {MAX_NODES:,} entries"),
    "an alias of itself": ("a: &a\n  b: *a\n", "an alias within its own anchor"),
    "a key twice": ("a: 1\nb: 2\na: 3\n", "the key 'a' is given twice"),
    "a key twice in JSON": ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
    "a list as key": ("a: {[1]: 2}\nb: 1\n", "keys must be plain text"),
    "an object": ("a: !!python/object/apply:os.system [echo]\nb: 1\n", "could not determine"),
    "depth": ("a: " + "[" * 5000 + "\nb: 1", "recursion"),
    "no YAML": ("a: [1\nb: 2\n", "not acceptable"),
    "a number too long": ("a: 1" + "0" * 5000 + "\nb: 1", "integer string conversion"),
    "too large": ("a: " + "x" * MAX_BYTES + "\nb: 1", f"larger than the {MAX_BYTES:,} bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_ACCEPTABLE)
def test_files_that_are_not_read(case: str) -> None:
    text, words = NOT_ACCEPTABLE[case]
    with pytest.raises(ValueError, match=words):
        load_config(text)


def test_moderate_aliases_are_read() -> None:
    content, _ = parse(bomb(3), "example")
    assert len(content["l3"]) == 10


def test_huge_numbers_do_not_outgrow_the_memory() -> None:
    with pytest.raises(TinybigError, match=r"width must be in 1\.\.1000, got 1000000000"):
        load_config(SMALL.replace("m: 4", "width: 1000000000\n            m: 4"))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"):
        load_config(tmp_path / "nothing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="not UTF-8"):
        load_config(tmp_path / "binary.yaml")
    (tmp_path / "list.yaml").write_text("- 1\n")
    with pytest.raises(ValueError, match="must hold the key configurations"):
        load_config(tmp_path / "list.yaml")


ALLOCATIONS: list[tuple[int | None, Any, int, list[int]]] = [
    (None, None, 1, [1]),
    (None, None, 3, [1, 1, 1]),
    (3, None, 3, [1, 1, 1]),
    (4, None, 1, [4]),
    (None, [1, 2], 2, [1, 2]),
    (3, [1, 2], 2, [1, 2]),
    (2, 2, 1, [2]),
]


@pytest.mark.parametrize(("count", "alloc", "configs", "expected"), ALLOCATIONS)
def test_allocation(count: int | None, alloc: Any, configs: int, expected: list[int]) -> None:
    assert allocate("width", count, alloc, [{}] * configs) == expected


@pytest.mark.parametrize(
    ("count", "alloc", "configs", "words"),
    [
        (3, None, 2, "width = 3 does not say how often each of 2 configs is used"),
        (3, [1, 1], 2, r"must add up to width = 3, got \[1, 1\]"),
        (None, [1], 2, "must hold one number >= 0 for each of 2 configs"),
        (None, [3, -1], 2, "must hold one number >= 0"),
        (0, None, 1, "width must be at least 1, got 0"),
        (None, None, 0, "at least one config"),
    ],
)
def test_wrong_allocation(count: int | None, alloc: Any, configs: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        allocate("width", count, alloc, [{}] * configs)


def test_the_network_of_the_file_is_that_of_the_class() -> None:
    parameters = parse(SMALL, "small")[0]["configurations"]["model_configs"]["model_parameters"]
    assert tinybig.convert("rpn", parameters) == load_config(SMALL).network
