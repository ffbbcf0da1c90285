"""Kill a training run again and again, and see that it ends as if nothing had happened.

``python -m tests.training.kill_resume --times 30`` kills a run of the command line at random
moments with SIGKILL, looks at every checkpoint that is left, resumes with ``--ckpt_path auto``, and
compares the end with a run that was not killed: all weights, the optimiser and the loops, bit by
bit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from rpn_zoo.differences import differences
from rpn_zoo.training.checkpoint import check_checkpoint
from tests.training.command_line import REPOSITORY, clean_environment

CONFIG = Path(__file__).with_name("kill_resume.yaml")
COMPARED = ("state_dict", "optimizer_states", "lr_schedulers", "loops", "random_states")


@dataclass
class Report:
    """What became of the kills.

    Attributes:
        kills: number of processes that were killed while they ran.
        resumed: how many of them left a checkpoint to go on from.
        parts: how many were killed while a checkpoint was being written.
        difference: where the end differs from that of the other run; None: nowhere.
    """

    kills: int = 0
    resumed: int = 0
    parts: int = 0
    difference: str | None = None


def kill_and_resume(folder: Path, times: int, seed: int, steps: int = 0) -> Report:
    """Train whole and with ``times`` kills, and compare.

    Args:
        folder: an empty folder to work in.
        times: number of kills.
        seed: of the moments.
        steps: limit of the training batches of an epoch; 0: all.
    """
    generator, report = random.Random(seed), Report()
    limit = [f"--trainer.limit_train_batches={steps}"] if steps else []
    began = time.monotonic()
    assert _train(folder, "whole", limit).wait() == 0
    duration = time.monotonic() - began
    run = folder / "killed"
    while report.kills < times:
        process = _train(folder, "killed", limit)
        try:
            # Most of the time goes into the start; kill after it as well as in it.
            process.wait(timeout=generator.uniform(0.2, 1.0) * duration)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            report.kills += 1
            report.parts += bool(list(run.glob("checkpoints/.*.part")))
            found = list(run.glob("checkpoints/*.ckpt"))
            for checkpoint in found:
                check_checkpoint(checkpoint)
            report.resumed += bool(found)
            continue
        assert process.returncode == 0, (folder / "killed.txt").read_text()
        if report.kills < times:  # it was finished; go on with another one
            _compare(folder, report)
            run.rename(folder / f"killed-{report.kills}")
    assert _train(folder, "killed", limit).wait() == 0, (folder / "killed.txt").read_text()
    _compare(folder, report)
    return report


def _compare(folder: Path, report: Report) -> None:
    whole, killed = (
        torch.load(folder / name / "checkpoints" / "last.ckpt", weights_only=True)
        for name in ("whole", "killed")
    )
    for key in COMPARED:
        found = next(differences(whole[key], killed[key], key), None)
        report.difference = report.difference or (found and found.place)


def _train(folder: Path, name: str, more: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "rpn_zoo.cli", "fit", "--config", str(CONFIG)]
    command += ["--run.folder", name, "--ckpt_path", "auto", *more]
    environment = clean_environment(folder, PYTHONPATH=str(REPOSITORY))
    with (folder / f"{name}.txt").open("wb") as output:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )


def main() -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = kill_and_resume(Path(folder), arguments.times, arguments.seed)
    sys.stdout.write(
        f"{report.kills} kills, {report.resumed} left checkpoints (all of them whole), "
        f"{report.parts} came while one was written; difference at the end: {report.difference}\n"
    )
    return 0 if report.difference is None else 1


if __name__ == "__main__":
    sys.exit(main())
