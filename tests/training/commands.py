"""The commands as SLURM starts them: one process for each task, told apart by its environment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.plugins.environments import SLURMEnvironment
from lightning.pytorch.utilities import rank_zero_only

from rpn_zoo.cli import main
from rpn_zoo.data.shards import process_rank

SMALL = str(Path(__file__).with_name("small.yaml"))


class WriteEnvironment(Callback):
    """Writes down what the trainer found the job to be."""

    def setup(self, trainer: Trainer, pl_module: Any, stage: str) -> None:
        environment: Any = getattr(trainer.strategy, "cluster_environment", None)
        if isinstance(environment, SLURMEnvironment) and stage == "fit":
            found = {
                "requeue": environment.auto_requeue,
                "job": environment.job_id(),
                "rank": environment.global_rank(),
            }
            Path(f"slurm-{environment.global_rank()}.json").write_text(json.dumps(found))


def as_slurm_task() -> dict[str, Any]:
    """Train and predict as one of the tasks of a job; a single process does so without SLURM."""
    rank, ranks = process_rank()
    more = ["--trainer.devices=1"]
    if ranks > 1:
        del os.environ["LOCAL_RANK"]
        os.environ |= {
            "SLURM_JOB_ID": "4711",
            "SLURM_JOB_NAME": "train",
            "SLURM_NTASKS": str(ranks),
            "SLURM_NTASKS_PER_NODE": "1",
            "SLURM_NNODES": str(ranks),
            "SLURM_NODELIST": "node[1-2]",
            "SLURM_PROCID": str(rank),
            "SLURM_NODEID": str(rank),
            "SLURM_LOCALID": "0",
        }
        rank_zero_only.rank = rank  # as a fresh interpreter reads it from SLURM_PROCID
        more += [f"--trainer.num_nodes={ranks}", "--trainer.strategy=ddp"]
    options = ["--config", SMALL, f"--run.folder=run-{ranks}", *more]
    more = ["--trainer.callbacks+=tests.training.commands.WriteEnvironment"]
    statuses = [main(["fit", *options, *more]), main(["predict", *options, "--ckpt_path=best"])]
    torch.distributed.barrier()
    return {
        "statuses": statuses,
        "predictions": Path(f"run-{ranks}", "predictions.csv").read_text(),
        "found": [json.loads(file.read_text()) for file in sorted(Path().glob("slurm-*.json"))],
    }
