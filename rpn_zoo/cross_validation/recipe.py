"""A training recipe as objects that are made anew for every fold."""

from __future__ import annotations

import tempfile
from typing import Any

import torch
from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.cli import LightningArgumentParser

from rpn_zoo.data.table_data import TableData
from rpn_zoo.training.loggers import LoggingConfig
from rpn_zoo.training.run_folder import RunConfig
from rpn_zoo.training.shipped_config import ShippedConfigFile
from rpn_zoo.training.task import Task
from rpn_zoo.training.widths import check_widths

SILENT = {
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "num_sanity_val_steps": 0,
}


def add_recipe_arguments(parser: LightningArgumentParser) -> None:
    """Add what a recipe for ``rpn-zoo fit`` may hold."""
    parser.add_argument(
        "-c", "--config", action=ShippedConfigFile,
        help="A YAML file, or the name of a recipe that ships with rpn_zoo.",
    )  # fmt: skip
    parser.add_argument("--seed_everything", type=int | None, default=None, help="Not used.")
    parser.add_argument("--run", type=RunConfig, default=RunConfig())
    parser.add_argument("--logger", type=LoggingConfig, default=LoggingConfig(), help="Not used.")
    parser.add_argument("--ckpt_path", type=str | None, default=None, help="Not used.")
    parser.add_lightning_class_args(Trainer, "trainer")
    parser.add_lightning_class_args(Task, "model", subclass_mode=True)
    parser.add_lightning_class_args(LightningDataModule, "data", subclass_mode=True)


class FoldRecipe:
    """A recipe whose network can be trained on any fold of its table.

    Args:
        parser: has the arguments of :func:`add_recipe_arguments`.
        config: what it parsed.
        folds: number of folds; None: that of the recipe, or 10.

    Attributes:
        name: name of the runs.
        folds: number of folds.
        classification: whether the metric is accuracy (else RMSE).

    Raises:
        ValueError: the data are no table, or the widths of the network do not fit them.
    """

    def __init__(self, parser: Any, config: Namespace, folds: int | None = None) -> None:
        self._parser = parser
        self._config = config
        arguments = config["data"].get("init_args") or Namespace()
        if "folds" not in arguments:
            raise ValueError(
                "cross-validation needs a table whose rows can be split into folds, such as "
                f"rpn_zoo.data.Table; the data are {config['data'].get('class_path')}."
            )
        self.folds = folds or arguments["folds"] or 10
        self.name = str(config["run"]["name"])
        task, data, _ = self._make(config)
        data.setup()
        check_widths(task.network.dims, data)
        self.classification = data.task == "classification"

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return "accuracy" if self.classification else "rmse"

    def data(self, seed: int, fold: int) -> TableData:
        """The table, split for a fold."""
        data = self._make(self._for_fold(seed, fold))[1]
        data.setup()
        return data

    def train(self, seed: int, fold: int) -> tuple[float, int]:
        """Train on a fold and measure on its test part.

        Returns:
            The metric, and the number of parameters.
        """
        config = self._for_fold(seed, fold)
        task, data, settings = self._make(config)
        # Categories that are not among the training rows of this fold have no inputs.
        if task.network.dims[0] != data.num_features:
            config["model"]["init_args"]["network"]["dims"][0] = data.num_features
            task, data, settings = self._make(config)
        if task.solver_config is not None and settings.get("max_epochs") is None:
            settings["max_epochs"] = 1
        with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng():
            torch.manual_seed(seed)  # of dropout; weights and orders have generators of their own
            callbacks: list[Any] = list(settings.pop("callbacks", None) or [])
            if data.has_validation:
                callbacks.append(
                    ModelCheckpoint(folder, "best", monitor=task.monitor, mode=task.mode)
                )
            trainer = Trainer(
                **{**settings, **SILENT, "default_root_dir": folder, "callbacks": callbacks},
                enable_checkpointing=data.has_validation,
            )
            trainer.fit(task, datamodule=data)
            best = "best" if data.has_validation else None
            found = trainer.test(
                task, data.test_dataloader(), ckpt_path=best, verbose=False, weights_only=True
            )
        return float(found[0][f"test/{self.metric}"]), task.network.num_parameters

    def _for_fold(self, seed: int, fold: int) -> Namespace:
        config = self._config.clone()
        chosen = {"folds": self.folds, "fold": fold, "split_seed": seed, "seed": seed}
        for key, value in chosen.items():
            config["data"]["init_args"][key] = value
        config["model"]["init_args"]["seed"] = seed
        return config

    def _make(self, config: Namespace) -> tuple[Task, TableData, dict[str, Any]]:
        made = self._parser.instantiate_classes(config)
        data = made["data"]
        if not isinstance(data, TableData):
            raise ValueError(
                "cross-validation needs a table of rpn_zoo.data, such as rpn_zoo.data.Table; the "
                f"data are {type(data).__name__}."
            )
        settings = dict(made["trainer"])
        for name in ("enable_checkpointing", "default_root_dir", *SILENT):
            settings.pop(name, None)
        return made["model"], data, settings
