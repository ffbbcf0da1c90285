"""The training commands: LightningCLI with a run folder, loggers and a report at the end."""

from __future__ import annotations

import logging
import shlex
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar, Timer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.loggers import WandbLogger
from rich.console import Console

from rpn_zoo.training.checkpoint import check_checkpoint
from rpn_zoo.training.loggers import LoggingConfig, finish_wandb
from rpn_zoo.training.progress import progress_callback
from rpn_zoo.training.report import RunResult, write_predictions, write_report
from rpn_zoo.training.run_folder import CHECKPOINTS, RunConfig, make_folder, set_aside, write_text
from rpn_zoo.training.shipped_config import ShippedConfigFile
from rpn_zoo.training.task import Task


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


class RPNCLI(LightningCLI):
    """LightningCLI for tasks and data modules by class path, with one folder per run."""

    def init_parser(self, **kwargs: Any) -> LightningArgumentParser:
        """Make the parser, with a ``--config`` that knows the shipped recipes by name."""
        parser = LightningArgumentParser(**kwargs)
        parser.add_argument(
            "-c", "--config", action=ShippedConfigFile,
            help="A YAML file, or the name of a recipe that ships with rpn_zoo.",
        )  # fmt: skip
        return parser

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add the options of the run folder and the logging."""
        parser.add_argument("--run", type=RunConfig, default=RunConfig())
        parser.add_argument("--logger", type=LoggingConfig, default=LoggingConfig())
        parser.add_argument("--debug", action="store_true", help="Show the traceback of an error.")

    def _parse_ckpt_path(self) -> None:
        """Take the network from the config given, never from the checkpoint behind its back.

        Lightning would merge the checkpoint's hyperparameters over the command line; here they are
        what ``load_from_checkpoint`` needs, and a checkpoint that does not fit is an error.
        """

    def before_instantiate_classes(self) -> None:
        """Fill seed_everything into seeds that are not set; find the checkpoint that is meant."""
        config = self.config[self.subcommand]
        for part in ("model", "data"):
            arguments = config[part].get("init_args") if config.get(part) else None
            if arguments is not None and "seed" in arguments and arguments["seed"] is None:
                arguments["seed"] = config["seed_everything"]
        run, ckpt_path = RunConfig(**config["run"]), config["ckpt_path"]
        if ckpt_path is not None:
            checkpoint = run.checkpoint(ckpt_path)
            check_checkpoint(checkpoint)
            config["ckpt_path"] = str(checkpoint)
        elif self.subcommand != "fit":
            raise ValueError(
                f"rpn-zoo {self.subcommand} needs trained weights: give --ckpt_path best, last or "
                "the path of a checkpoint file."
            )

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Make the trainer; a fit gets its run folder, loggers, checkpoints and progress."""
        config = self.config_init[self.subcommand]
        check_widths(self.model.network.dims, self.datamodule)
        progress = progress_callback()
        self.callbacks = callbacks = [*(config["trainer"].get("callbacks") or []), progress]
        settings: dict[str, Any] = {
            "callbacks": callbacks,
            "enable_progress_bar": isinstance(progress, ProgressBar),
            "logger": False,
        }
        if self.model.solver_config is not None and config["trainer"].get("max_epochs") is None:
            settings["max_epochs"] = 1
        if self.subcommand == "fit":
            self.folder = make_folder(self._run_folder())
            callbacks += [self._checkpoints(), Timer()]
            settings["default_root_dir"] = str(self.folder)
            settings["logger"] = config["logger"].build(self.folder, config["run"].name)
        return super().instantiate_trainer(**{**settings, **kwargs})

    def _checkpoints(self) -> ModelCheckpoint:
        """Keep the best epoch on validation data (without these the last one), and the last one."""
        judged = getattr(self.datamodule, "has_validation", True)
        return ModelCheckpoint(
            dirpath=self.folder / CHECKPOINTS,
            filename="best",
            monitor=self.model.monitor if judged else None,
            mode=self.model.mode,
            save_last=True,
            enable_version_counter=False,
        )

    def before_fit(self) -> None:
        """Say what is trained and where it is kept."""
        self._say(
            f"{self.config_init.fit.run.name}: {self.model.network.num_parameters:,} parameters, "
            f"run folder {self.folder}"
        )

    def after_fit(self) -> None:
        """Evaluate the best weights, reading the test data once, and write the report."""
        if getattr(self.trainer, "fast_dev_run", False) or not self.trainer.checkpoint_callback:
            return
        checkpoint = self.trainer.checkpoint_callback
        assert isinstance(checkpoint, ModelCheckpoint)
        best = checkpoint.best_model_path
        if not best:
            raise RuntimeError("training ended before a validation: there are no weights to keep.")
        timer = next(c for c in self.callbacks if isinstance(c, Timer))
        seconds = timer.time_elapsed("train")  # before a checkpoint is loaded over it
        evaluation = {"datamodule": self.datamodule, "ckpt_path": best, "verbose": False}
        loggers, self.trainer.loggers = self.trainer.loggers, []  # keeps the curves as they are
        judged = getattr(self.datamodule, "has_validation", True)
        validation = self.trainer.validate(self.model, **evaluation)[0] if judged else {}
        self.trainer.loggers = loggers
        test = self.trainer.test(self.model, **evaluation)[0]
        if not self.trainer.is_global_zero:
            return
        result = RunResult(
            name=self.config_init.fit.run.name,
            seed=self.config_init.fit.seed_everything,
            epochs=self.trainer.current_epoch,
            best_epoch=torch.load(best, weights_only=True)["epoch"] + 1,
            seconds=seconds,
            validation=_without_stage(validation),
            test=_without_stage(test),
            command=shlex.join(["rpn-zoo", *sys.argv[1:]]),
        )
        finish_wandb()
        content = write_report(self.folder, self.model, self.datamodule, result)
        metric = content["metric"]
        shown = f", validation {metric} {result.validation[metric]:.4f}" if judged else ""
        self._say(
            f"{result.name}: test {metric} {result.test[metric]:.4f}{shown} (epoch "
            f"{result.best_epoch} of {result.epochs}, {result.seconds:.0f} s); weights, metrics "
            f"and plots are in {self.folder}"
        )
        if baselines := content.get("baselines"):
            listed = ", ".join(f"{name} {found[metric]:.4g}" for name, found in baselines.items())
            self._say(f"for comparison, test {metric} of simple baselines: {listed}")

    def predict(self, **arguments: Any) -> None:
        """Predict and write ``predictions.csv`` into the run folder, one row per sample."""
        outputs: Any = self.trainer.predict(**{**arguments, "return_predictions": True})
        if not self.trainer.is_global_zero:
            return
        folder = make_folder(self._run_folder())
        path = folder / "predictions.csv"
        set_aside(path)
        names = list(getattr(self.datamodule, "class_names", []))
        rows = write_predictions(path, torch.cat(outputs), names)
        self._say(f"{rows:,} predictions are in {path}")

    def _run_folder(self) -> Path:
        """The folder of the run that the checkpoint belongs to."""
        config = self.config_init[self.subcommand]
        return config["run"].locate(config["ckpt_path"])

    def _say(self, text: str) -> None:
        if self.trainer.is_global_zero:
            Console(highlight=False, soft_wrap=True).print(text)


def check_widths(dims: Sequence[int], data: Any) -> None:
    """Compare the network's first and last width with the data, where the data tells its own.

    Raises:
        ValueError: naming the width that does not fit.
    """
    for place, name, what in (
        (0, "num_features", "features"),
        (-1, "num_classes", "classes"),
        (-1, "num_targets", "targets"),
    ):
        expected = getattr(data, name, None)
        if expected is not None and dims[place] != expected:
            raise ValueError(
                f"network.dims[{place}] must be {expected}, the number of {what} of "
                f"{type(data).__name__}, got {dims[place]} in dims = {list(dims)}."
            )


def _without_stage(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics by their bare names: ``val/accuracy`` becomes ``accuracy``."""
    return {name.split("/", 1)[1]: float(value) for name, value in metrics.items()}


def quiet() -> None:
    """Leave out what Lightning says of things that are meant to be as they are."""
    # Data modules hand out whole batches from memory, where worker processes only cost time; the
    # run folder sets old logs aside before the logger sees it; the last one is Lightning's own.
    for message in (
        ".*does not have many workers.*",
        "Experiment logs directory .* exists and is not empty",
        "Checkpoint directory .* exists and is not empty",
        ".*isinstance.treespec, LeafSpec.*",
        "Total length of `list` across ranks is zero",  # no validation part
    ):
        warnings.filterwarnings("ignore", message)
    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.WARNING)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run fit, validate, test or predict.

    Args:
        arguments: the subcommand and its options; None: those of the process.
    """
    quiet()
    RPNCLI(
        model_class=Task,
        datamodule_class=LightningDataModule,
        subclass_mode_model=True,
        subclass_mode_data=True,
        save_config_callback=SaveRunConfig,
        seed_everything_default=0,
        auto_configure_optimizers=False,
        load_from_checkpoint_support=False,
        trainer_defaults={
            "enable_model_summary": False,
            "log_every_n_steps": 1,
            # Its evaluation before any training would meet functions that are not fitted yet.
            "num_sanity_val_steps": 0,
        },
        # Wrong usage is raised, for rpn_zoo.cli to say in a paragraph; no prefixes of options.
        parser_kwargs={"exit_on_error": False, "allow_abbrev": False},
        args=None if arguments is None else list(arguments),
    )
