from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rpn_zoo.zoo import Zoo, shipped_weights, verify
from rpn_zoo.zoo import reproduce as module
from rpn_zoo.zoo.entry import run_entry
from rpn_zoo.zoo.reproduce import reproduce
from tests.zoo.builders import NAME, make_run, make_zoo, measured, write_recipe

FACTS = """
title: A tiny network
task: image-classification
source: {paper: A paper, figure: 0.5}
baselines: [{name: svm, value: 0.25, std: 1e-3}]
notes: none
"""
VALIDATION = {0: (0.5, 2.0), 1: (0.75, 2.0), 2: (0.75, 1.0)}


class Trainer:
    """Stands for the training command: writes the run folder it would leave."""

    def __init__(self, fail_at: int | None = None, status: int = 1, **changes: Any) -> None:
        self.commands: list[list[str]] = []
        self.fail_at = fail_at
        self.status = status
        self.changes = changes

    def __call__(self, command: Sequence[str]) -> int:
        self.commands.append(list(command))
        options = dict(zip(command[4::2], command[5::2], strict=True))
        seed, folder = int(options["--seed_everything"]), Path(options["--run.folder"])
        assert not folder.exists()
        if seed == self.fail_at:
            folder.mkdir(parents=True)
            (folder / "half.txt").write_text("half")
            return self.status
        accuracy, loss = VALIDATION[seed]
        validation = {"accuracy": accuracy, "loss": loss}
        test = {"accuracy": measured()["accuracy"] if seed == 2 else 0.5, "loss": 1.0}
        make_run(folder, 7 if seed == 2 else seed)  # the seed to ship has the measured weights
        metrics = json.loads((folder / "metrics.json").read_text())
        metrics |= {"seed": seed, "validation": validation, "test": test, **self.changes}
        (folder / "metrics.json").write_text(json.dumps(metrics))
        return 0


@pytest.fixture
def fresh(tmp_path: Path) -> Zoo:
    """A zoo with a recipe and facts, but no entry yet."""
    zoo = Zoo(tmp_path / "checkpoints", tmp_path / "configs")
    write_recipe(zoo.configs / f"{NAME}.yaml")
    (zoo.configs / "cards").mkdir()
    (zoo.configs / "cards" / f"{NAME}.yaml").write_text(FACTS)
    zoo.checkpoints.mkdir()
    return zoo


def test_a_new_entry(fresh: Zoo, tmp_path: Path) -> None:
    trainer = Trainer()
    card = reproduce(NAME, [0, 1, 2], tmp_path / "out", zoo=fresh, runner=trainer)
    assert card == fresh.card(NAME)
    assert card.shipped_seed == 2  # best accuracy on validation, then lower loss
    assert [r.test for r in card.seeds] == [0.5, 0.5, measured()["accuracy"]]
    assert card.baselines[0].std == 1e-3
    assert card.command == f"python -m rpn_zoo.zoo.reproduce {NAME} --seeds 0 1 2"
    assert (card.seconds, card.hardware, card.name) == (3.8, "a machine", f"{NAME}.v1")
    assert card.subset is None  # the recipe's own data are the digits that ship
    folder = fresh.checkpoints / NAME
    assert sorted(p.name for p in folder.iterdir()) == [
        "README.md", "card.yaml", "model.safetensors", "seed-0.csv", "seed-1.csv", "seed-2.csv",
    ]  # fmt: skip
    assert str(tmp_path) not in "".join(p.read_text() for p in folder.glob("*.[ymc]*[!s]"))
    assert trainer.commands[0][1:] == [
        "-m", "rpn_zoo.cli", "fit", "--config", str(fresh.configs / f"{NAME}.yaml"),
        "--seed_everything", "0", "--run.folder", str(tmp_path / "out" / "seed-0"),
    ]  # fmt: skip
    assert verify(NAME, zoo=fresh).ok


def test_full_data_get_a_subset_check(fresh: Zoo, tmp_path: Path) -> None:
    data = {"name": "MNIST", "split": "official", "comparable": True,
            "class_names": list("0123456789"),
            "preprocess": {"name": "standardize_pixels", "mean": 0.125, "std": 0.25}}  # fmt: skip
    card = reproduce(NAME, [2], tmp_path / "out", zoo=fresh, runner=Trainer(data=data))
    assert card.std is None
    assert card.subset is not None
    assert card.subset.value == measured()["accuracy"]
    assert "says nothing" in card.subset.note


def test_interrupted_and_resumed(fresh: Zoo, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(RuntimeError, match="seed 1 failed with exit status 1"):
        reproduce(NAME, [0, 1], out, zoo=fresh, runner=Trainer(fail_at=1))
    with pytest.raises(RuntimeError, match=r"seed 1 ended early: .* has no metrics\.json"):
        reproduce(NAME, [0, 1], out, zoo=fresh, runner=Trainer(fail_at=1, status=0))
    assert fresh.names() == []
    trainer = Trainer()
    reproduce(NAME, [0, 1], out, zoo=fresh, runner=trainer)
    assert [c[c.index("--seed_everything") + 1] for c in trainer.commands] == ["1"]
    assert (out / "seed-1.unfinished-1" / "half.txt").is_file()


def test_an_existing_entry_is_kept(tmp_path: Path) -> None:
    zoo, trainer = make_zoo(tmp_path), Trainer()
    before = (zoo.checkpoints / NAME / "card.yaml").read_text()
    with pytest.raises(FileExistsError, match="--overwrite"):
        reproduce(NAME, [0], tmp_path / "out", zoo=zoo, runner=trainer)
    assert trainer.commands == []
    assert (zoo.checkpoints / NAME / "card.yaml").read_text() == before
    (zoo.checkpoints / NAME / "seed-9.csv").write_text("old")
    card = reproduce(NAME, [0, 2], tmp_path / "out", overwrite=True, zoo=zoo, runner=trainer)
    assert card.title == "A tiny network: of no use."  # facts of the card that was there
    assert not (zoo.checkpoints / NAME / "seed-9.csv").exists()
    assert verify(NAME, zoo=zoo).ok


def test_runs_of_another_recipe_or_seed_are_refused(fresh: Zoo, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make_run(out / "seed-0", seed=1)
    with pytest.raises(ValueError, match="must be of seed 0, got 1"):
        reproduce(NAME, [0], out, zoo=fresh, runner=Trainer())
    reproduce(NAME, [2], out, zoo=fresh, runner=Trainer())
    config = fresh.configs / f"{NAME}.yaml"
    config.write_text(config.read_text() + "trainer: {max_epochs: 99}\n")
    with pytest.raises(ValueError, match="another recipe"):
        reproduce(NAME, [2], out, overwrite=True, zoo=fresh, runner=Trainer())


def test_runs_that_differ_or_are_damaged(fresh: Zoo, tmp_path: Path) -> None:
    out = tmp_path / "out"
    Trainer()(["", "", "", "", "--seed_everything", "0", "--run.folder", str(out / "seed-0")])
    with pytest.raises(ValueError, match="parameters is 5"):
        reproduce(NAME, [0, 1], out, zoo=fresh, runner=Trainer(parameters=5))
    (out / "seed-0" / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ValueError, match="SHA-256"):
        reproduce(NAME, [0], out, zoo=fresh, runner=Trainer())
    with pytest.raises(ValueError, match=r"metrics\.json: seconds must be a finite number"):
        reproduce(NAME, [1], tmp_path / "b", zoo=fresh, runner=Trainer(seconds="long"))
    assert fresh.names() == []


def test_too_large_weights_ship_rounded_or_not_at_all(
    fresh: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reproduce(NAME, [0], tmp_path / "out", zoo=fresh, runner=Trainer())
    size = (tmp_path / "out" / "seed-0" / "model.safetensors").stat().st_size
    weights = fresh.checkpoints / NAME / "model.safetensors"
    for limit, rounded in ((size, None), (size - 1, "float16")):
        monkeypatch.setattr(shipped_weights, "MAX_WEIGHTS_BYTES", limit)
        card = reproduce(NAME, [2], tmp_path / "out", overwrite=True, zoo=fresh, runner=Trainer())
        assert card.weights is not None
        assert card.weights.rounded == rounded
        assert card.weights.size == weights.stat().st_size <= limit
        assert ("rounded to float16" in (weights.parent / "README.md").read_text()) == bool(rounded)
        assert verify(NAME, zoo=fresh).ok
    monkeypatch.setattr(shipped_weights, "MAX_WEIGHTS_BYTES", 100)
    card = reproduce(NAME, [0], tmp_path / "out", overwrite=True, zoo=fresh, runner=Trainer())
    assert card.weights is None
    assert not weights.exists()
    assert verify(NAME, zoo=fresh).ok


def test_weights_that_change_while_the_entry_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    make_run(folder, 0)
    run = run_entry(folder)
    (folder / "model.safetensors").write_bytes(b"other")
    with pytest.raises(OSError, match="changed while the entry was written"):
        shipped_weights.shipped_weights(run)


@pytest.mark.parametrize(
    ("name", "seeds", "match"),
    [("nothing", [0], "no such recipe"), (NAME, [], "seeds"), (NAME, [1, 1], "seeds")],
)
def test_bad_arguments(fresh: Zoo, name: str, seeds: list[int], match: str) -> None:
    with pytest.raises((ValueError, OSError), match=match):
        reproduce(name, seeds, zoo=fresh, runner=Trainer())


def test_facts_are_needed(fresh: Zoo) -> None:
    (fresh.configs / "cards" / f"{NAME}.yaml").unlink()
    with pytest.raises(FileNotFoundError, match="title and source"):
        reproduce(NAME, [0], zoo=fresh, runner=Trainer())


def test_command_line(
    fresh: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Zoo, "default", classmethod(lambda cls: fresh))
    seen = []

    def fake(name: str, seeds: Any, output: Any, overwrite: bool, zoo: Zoo) -> Any:
        seen.append((name, seeds, output, overwrite))
        return reproduce(name, seeds, output, overwrite, zoo, Trainer())

    monkeypatch.setattr(module, "reproduce", fake)
    out = str(tmp_path / "out")
    assert module.main([NAME, "--seeds", "0", "2", "--output", out]) == 0
    assert module.main([NAME, "--seeds", "0", "2", "--output", out]) == 1
    assert "only replaced with --overwrite" in capsys.readouterr().err
    assert module.main(["--all", "--seeds", "2", "--output", out, "--overwrite"]) == 0
    assert seen[-1] == (NAME, [2], tmp_path / "out" / NAME, True)
    for bad in ([], [NAME, "--all"]):
        with pytest.raises(SystemExit):
            module.main(bad)
