"""Logging of runs: CSV always, Weights & Biases on request and never with a question."""

from __future__ import annotations

import netrc
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.loggers import CSVLogger, Logger, WandbLogger

from rpn_zoo.functions.checks import check_choice
from rpn_zoo.offline import offline_variable
from rpn_zoo.training.run_folder import set_aside, wandb_id

WANDB_MODES = ("auto", "online", "offline", "off")


@dataclass
class LoggingConfig:
    """What a run logs beside ``metrics.csv``, which is always written.

    Args:
        wandb: Weights & Biases: ``auto`` (online if a key is configured and
            ``RPN_ZOO_OFFLINE`` is not set, else offline), ``online``, ``offline`` or ``off``.
            Offline runs lie in ``<run folder>/wandb`` and are uploaded later with ``wandb sync``.
        project: the Weights & Biases project.
    """

    wandb: Literal["auto", "online", "offline", "off"] = "off"
    project: str = "rpn_zoo"

    def __post_init__(self) -> None:
        """Check the mode; YAML reads an unquoted off as false."""
        self.wandb = "off" if self.wandb is False else self.wandb  # type: ignore[comparison-overlap]
        check_choice("logger.wandb", self.wandb, WANDB_MODES)

    def build(self, folder: Path, name: str) -> list[Logger]:
        """Make the loggers of a run.

        Args:
            folder: the run folder.
            name: the run's name.
        """
        # CSVLogger deletes an old metrics.csv; a resumed run keeps it under another name.
        set_aside(folder / "metrics.csv")
        loggers: list[Logger] = [CSVLogger(save_dir=folder, name="", version="")]
        if self.wandb != "off":
            loggers.append(self._wandb(folder, name))
        return loggers

    def _wandb(self, folder: Path, name: str) -> WandbLogger:
        mode = self.wandb
        if mode == "auto":
            online = has_wandb_key() and offline_variable() is None
            mode = "online" if online else "offline"
        elif mode == "online" and (variable := offline_variable()) is not None:
            raise ValueError(
                f"logger.wandb is online, but ${variable} is set: use --logger.wandb=offline."
            )
        if mode == "online" and not has_wandb_key():
            raise ValueError(
                "logger.wandb is online but no key is configured: run `wandb login`, set "
                "WANDB_API_KEY, or use --logger.wandb=offline."
            )
        if getattr(rank_zero_only, "rank", 0) != 0:
            return WandbLogger()  # logs nothing on this rank
        import wandb  # imported here: it takes a second

        experiment = wandb.init(
            mode="offline" if mode == "offline" else "online",
            project=self.project,
            name=f"{name}/{folder.name}",
            dir=folder,
            id=wandb_id(folder),
            resume="allow",
            settings=wandb.Settings(silent=True, console="off"),
        )
        return WandbLogger(experiment=experiment)


def finish_wandb() -> None:
    """End this process's Weights & Biases run, if there is one, so that its files are whole."""
    wandb = sys.modules.get("wandb")
    if wandb is not None and wandb.run is not None:
        wandb.finish()


def has_wandb_key() -> bool:
    """Whether a Weights & Biases key is configured, in the environment or in the netrc file."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai").split("://")[-1].split("/")[0]
    try:
        return netrc.netrc(os.environ.get("NETRC")).authenticators(host) is not None
    except (OSError, netrc.NetrcParseError):
        return False
