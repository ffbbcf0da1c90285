"""Keeping the complete config of a run beside its results."""

from __future__ import annotations

from pathlib import Path

import yaml
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import SaveConfigCallback
from lightning.pytorch.loggers import WandbLogger

from rpn_zoo.training.run_folder import set_aside, write_text


class SaveRunConfig(SaveConfigCallback):
    """Write the complete config to ``config.yaml`` in the run folder and to all loggers."""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Save once, when training starts."""
        if stage == "fit" and trainer.is_global_zero and not self.already_saved:
            text = self.parser.dump(self.config, skip_none=False)
            path = Path(trainer.default_root_dir) / "config.yaml"
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                set_aside(path)
                write_text(path, text)
            for experiment in trainer.loggers:
                if isinstance(experiment, WandbLogger):
                    experiment.experiment.config.update(yaml.safe_load(text), allow_val_change=True)
            self.already_saved = True
