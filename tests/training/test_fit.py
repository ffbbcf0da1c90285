"""`rpn-zoo fit` from end to end: what a run prints and what it leaves behind."""

from __future__ import annotations

import csv
import hashlib
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from PIL import Image
from wandb.proto import wandb_internal_pb2

import rpn_zoo
from rpn_zoo.training import ClassificationTask
from rpn_zoo.zoo.evaluation import evaluate
from rpn_zoo.zoo.run_metrics import load_metrics
from tests.training.command_line import CONFIG, CommandLine, Outcome, terminal
from tests.training.conftest import QUICK

Finished = tuple[Path, Outcome]


def wandb_records(content: bytes) -> Iterator[bytes]:
    """The records of an offline run: LevelDB's log format after 7 bytes of its own.

    Blocks of 32 KiB hold parts of records, each with checksum (4), length (2) and kind (1).
    """
    position, record = 7, b""
    while position + 7 <= len(content):
        if 32768 - position % 32768 < 7:  # too little for a header: padding
            position += 32768 - position % 32768
            continue
        length, kind = struct.unpack_from("<HB", content, position + 4)
        record += content[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


def wandb_config(folder: Path) -> dict[str, Any]:
    """The config in the only offline run of a run folder."""
    (file,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    config: dict[str, Any] = {}
    for content in wandb_records(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(content)
        for updates in (record.run.config.update, record.config.update):
            for item in updates:
                config[item.key or item.nested_key[0]] = json.loads(item.value_json)
    return config


def test_what_is_printed(finished: Finished) -> None:
    folder, outcome = finished
    first, devices, memory, *epochs, last = outcome.lines
    assert "9,330 parameters" in first
    assert devices.startswith("devices: 1 x cpu, batch 256")
    assert memory.startswith("memory: about ") and memory.endswith(" available")
    assert "with a batch of 256: parameters 37.3 kB" in memory
    assert [line.split()[:2] for line in epochs] == [["epoch", "1/2"], ["epoch", "2/2"]]
    assert all(" val/accuracy 0." in line and "train/loss" in line for line in epochs)
    accuracy = json.loads((folder / "metrics.json").read_text())["test"]["accuracy"]
    assert f"test accuracy {accuracy:.4f}" in last
    assert last.endswith(f"are in runs/mnist-dual-lphm/{folder.name}")
    assert "\x1b" not in outcome.out
    assert "not comparable" in outcome.err  # the shipped digits never pass for MNIST
    assert outcome.err.count("\n") <= 4, "more warnings than the one that matters"


def test_metrics_json(finished: Finished) -> None:
    folder, _ = finished
    metrics = load_metrics(folder)
    assert metrics.task == "classification"
    assert metrics.metric == "accuracy"
    assert metrics.parameters == 9330
    assert metrics.best_epoch in (1, 2)
    assert metrics.test["accuracy"] > 0.6  # chance is 0.1; two epochs of 8,000 digits reach 0.8
    assert metrics.data.name == "MNIST"
    assert not metrics.data.comparable
    assert metrics.data.class_names == tuple("0123456789")
    assert metrics.seconds > 0
    assert {"python", "torch", "lightning", "rpn_zoo"} <= set(metrics.versions)
    content = json.loads((folder / "metrics.json").read_text())
    assert content["command"].startswith("rpn-zoo fit --config ")
    assert content["epochs"] == 2


def test_metrics_csv(finished: Finished) -> None:
    folder, _ = finished
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for stage in ("train", "val"):
        values = [float(row[f"{stage}/loss"]) for row in rows if row[f"{stage}/loss"]]
        assert len(values) == 2
        assert values[1] < values[0]
    best = max(float(row["val/accuracy"]) for row in rows if row["val/accuracy"])
    assert best == pytest.approx(load_metrics(folder).validation["accuracy"], abs=1e-6)


def test_weights(finished: Finished) -> None:
    folder, _ = finished
    metrics = load_metrics(folder)
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert digest == metrics.sha256
    assert rpn_zoo.load_model(folder).num_parameters == 9330
    with pytest.warns(UserWarning, match="not comparable"):
        measured = evaluate(folder)
    assert measured["samples"] == 1000
    assert measured["accuracy"] == pytest.approx(metrics.test["accuracy"], abs=1e-6)
    assert measured["loss"] == pytest.approx(metrics.test["loss"], rel=1e-4)


def test_checkpoints(finished: Finished) -> None:
    folder, _ = finished
    network = rpn_zoo.load_model(folder)
    x = torch.randn(5, 784, generator=torch.Generator().manual_seed(0))
    for name in ("best", "last"):
        file = folder / "checkpoints" / f"{name}.ckpt"
        assert torch.load(file, weights_only=True)["epoch"] in (0, 1)
        task = ClassificationTask.load_from_checkpoint(file, weights_only=True).eval()
        assert task.schedule_config.name == "one_cycle"
        assert task.hparams["label_smoothing"] == 0.02
        if name == "best":
            with torch.inference_mode():
                assert torch.equal(task(x), network(x))


def test_pictures(finished: Finished) -> None:
    folder, _ = finished
    for name in ("curves.png", "confusion.png"):
        with Image.open(folder / name) as picture:
            assert picture.format == "PNG"
            picture.load()
            assert 500 <= picture.width <= 3000
            assert 400 <= picture.height <= 3000
            assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 20  # something is drawn


def test_config_is_complete(finished: Finished) -> None:
    folder, _ = finished
    config = yaml.safe_load((folder / "config.yaml").read_text())
    given = yaml.safe_load(CONFIG.read_text())
    network = config["model"]["init_args"]["network"]
    assert network["dims"] == given["model"]["init_args"]["network"]["dims"]
    assert config["data"]["init_args"]["source"] == "subset"
    assert config["trainer"]["max_epochs"] == 2
    assert (config["model"]["init_args"]["seed"], config["data"]["init_args"]["seed"]) == (0, 0)
    assert network["layers"][0]["heads"][0]["remainder"] == "zero_remainder"  # defaults as well


def test_wandb_is_offline_without_a_key(finished: Finished) -> None:
    folder, outcome = finished
    (run,) = folder.glob("wandb/*run-*/")
    identity = json.loads((folder / "run.json").read_text())["wandb_id"]
    assert run.name.startswith("offline-run-")
    assert run.name.endswith(identity)
    assert "wandb" not in outcome.out.lower() + outcome.err.lower()
    config = wandb_config(folder)
    saved = yaml.safe_load((folder / "config.yaml").read_text())
    assert {key: config.get(key) for key in saved} == saved


def test_the_saved_config_repeats_the_run(
    finished: Finished, cli: CommandLine, tmp_path: Path
) -> None:
    folder, _ = finished
    again = cli("fit", "--config", folder / "config.yaml", "--logger.wandb=off",
                "--run.folder=again", cwd=tmp_path)  # fmt: skip
    assert again.status == 0, again.err
    assert not (tmp_path / "again" / "wandb").exists()
    assert load_metrics(tmp_path / "again").sha256 == load_metrics(folder).sha256


def test_bar_on_a_terminal(cli: CommandLine, tmp_path: Path) -> None:
    with terminal() as (device, written):
        outcome = cli(*QUICK, "--run.folder=run", cwd=tmp_path, stdout=device, TERM="xterm")
    text = b"".join(written).decode()
    assert outcome.status == 0, outcome.err
    assert "Epoch 0/0" in text
    assert "\x1b[" in text
    assert "test accuracy" in text
    assert "epoch 1/1" not in text  # the plain line is for files


def test_overrides_and_seeds(cli: CommandLine, tmp_path: Path) -> None:
    options = {
        "a": ("--seed_everything=3", "--model.optimizer.lr", "0.01", "--data.batch_size", "128"),
        "b": ("--seed_everything=3", "--model.optimizer.lr=0.01", "--data.batch_size=128"),
        "c": ("--seed_everything=4", "--model.optimizer.lr=0.01", "--data.batch_size=128"),
        "d": ("--seed_everything=3", "--model.seed=5", "--data.seed=6"),
    }
    configs, metrics = {}, {}
    for name, given in options.items():
        outcome = cli(*QUICK, *given, f"--run.folder={name}", cwd=tmp_path)
        assert outcome.status == 0, outcome.err
        config = yaml.safe_load((tmp_path / name / "config.yaml").read_text())
        configs[name] = (config["model"]["init_args"], config["data"]["init_args"])
        metrics[name] = load_metrics(tmp_path / name)
    model, data = configs["a"]
    assert (model["optimizer"]["lr"], data["batch_size"]) == (0.01, 128)
    assert [(m["seed"], d["seed"]) for m, d in configs.values()] == [(3, 3), (3, 3), (4, 4), (5, 6)]
    assert metrics["a"].sha256 == metrics["b"].sha256
    assert metrics["a"].validation == metrics["b"].validation
    assert metrics["a"].validation != metrics["c"].validation
    assert metrics["c"].seed == 4
