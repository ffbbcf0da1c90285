"""The training commands: LightningCLI with a run folder, loggers and a report at the end."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningDataModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint, ProgressBar, Timer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from rich.console import Console
from torch import distributed

from rpn_zoo.training.auto_resume import FINISHED, find_folder, lock_folder, usable_checkpoint
from rpn_zoo.training.checkpoint import check_checkpoint
from rpn_zoo.training.checkpoint_io import VerifiedCheckpointIO, remove_parts
from rpn_zoo.training.devices import (
    check_batch_size,
    count_processes,
    describe_devices,
    is_first_process,
    make_strategy,
)
from rpn_zoo.training.disk_space import check_disk_space
from rpn_zoo.training.epoch_metrics import EpochMetrics
from rpn_zoo.training.gathered import in_order
from rpn_zoo.training.interrupt import Interrupted, SaveLast
from rpn_zoo.training.loggers import LoggingConfig, finish_wandb
from rpn_zoo.training.memory import MemoryReport
from rpn_zoo.training.process_seeds import ProcessSeeds
from rpn_zoo.training.progress import progress_callback
from rpn_zoo.training.quiet import quiet
from rpn_zoo.training.report import RunResult, write_predictions, write_report
from rpn_zoo.training.resume import check_fits
from rpn_zoo.training.resume_exactly import ResumeExactly
from rpn_zoo.training.run_folder import CHECKPOINTS, RunConfig, make_folder, set_aside
from rpn_zoo.training.save_config import SaveRunConfig
from rpn_zoo.training.sharding import is_sharded, read_checkpoint, whole_network
from rpn_zoo.training.shipped_config import ShippedConfigFile
from rpn_zoo.training.task import Task
from rpn_zoo.training.widths import check_widths
from rpn_zoo.zoo.figures import format_short


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
        self.strategy = make_strategy(config["trainer"])
        self.checkpoint: dict[str, Any] | None = None
        self.auto = config["ckpt_path"] == "auto" and self.subcommand == "fit"
        if self.auto:
            self._find_checkpoint(config)
        run, ckpt_path = RunConfig(**config["run"]), config["ckpt_path"]
        if ckpt_path is not None:
            checkpoint = run.checkpoint(ckpt_path)
            self.checkpoint = check_checkpoint(checkpoint)
            config["ckpt_path"] = str(checkpoint)
        elif self.subcommand != "fit":
            raise ValueError(
                f"rpn-zoo {self.subcommand} needs trained weights: give --ckpt_path best, last or "
                "the path of a checkpoint file."
            )

    def _find_checkpoint(self, config: Any) -> None:
        """Put what ``auto`` means into the config: a run folder and its checkpoint, if any."""
        config["ckpt_path"] = None
        folder = find_folder(RunConfig(**config["run"]))
        if folder is None:
            return
        config["run"]["folder"] = str(folder)
        if (folder / FINISHED).exists():
            raise Interrupted(0, f"the run in {folder} is finished: there is nothing to go on with")
        found = usable_checkpoint(folder)
        config["ckpt_path"] = None if found is None else str(found)

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Make the trainer; a fit gets its run folder, loggers, checkpoints and progress."""
        config = self.config_init[self.subcommand]
        check_widths(self.model.network.dims, self.datamodule)
        fitting = self.subcommand == "fit"
        if self.checkpoint is not None:
            path = Path(config["ckpt_path"])
            check_fits(path, self.checkpoint, self.model, self.datamodule, training=fitting)
            self.checkpoint = None
        processes = count_processes(config["trainer"])
        if self.subcommand == "fit":
            check_batch_size(getattr(self.datamodule, "batch_size", None), processes)
        progress = progress_callback()
        given = config["trainer"].get("callbacks") or []
        given = given if isinstance(given, list) else [given]
        self.callbacks = callbacks = [EpochMetrics(), *given, progress]
        callbacks += [ResumeExactly(), ProcessSeeds()]
        settings: dict[str, Any] = {
            "callbacks": callbacks,
            "enable_progress_bar": isinstance(progress, ProgressBar),
            "logger": False,
        }
        if config["trainer"].get("deterministic") is True:
            # Repeatable wherever that is possible, and a warning that names every other operation.
            settings["deterministic"] = "warn"
        if isinstance(config["trainer"].get("strategy"), str):  # else it is made already
            settings["strategy"] = self.strategy
        if self.model.solver_config is not None and config["trainer"].get("max_epochs") is None:
            settings["max_epochs"] = 1
        if self.subcommand == "fit":
            # One process makes the folder and writes to it; checkpoints learn of it from there.
            first = is_first_process()
            self.folder = self._run_folder() if first else self._others_folder()
            if first:
                self.lock = lock_folder(make_folder(self.folder))
                check_disk_space(self.folder, self.model)
                remove_parts(self.folder / CHECKPOINTS)
            callbacks += [
                self._checkpoints(),
                Timer(),
                MemoryReport(self._say),
                SaveLast(self.folder / CHECKPOINTS),
            ]
            plugins = config["trainer"].get("plugins") or []
            plugins = plugins if isinstance(plugins, list) else [plugins]
            settings["plugins"] = [*plugins, VerifiedCheckpointIO()]
            settings["default_root_dir"] = str(self.folder)
            if first:
                settings["logger"] = config["logger"].build(self.folder, config["run"].name)
        return super().instantiate_trainer(**{**settings, **kwargs})

    def _checkpoints(self) -> ModelCheckpoint:
        """Keep the best epoch on validation data, without these the last one."""
        judged = getattr(self.datamodule, "has_validation", True)
        return ModelCheckpoint(
            dirpath=self.folder / CHECKPOINTS,
            filename="best",
            monitor=self.model.monitor if judged else None,
            mode=self.model.mode,
            enable_version_counter=False,
        )

    def before_fit(self) -> None:
        """Say what is trained and where it is kept."""
        self._say(
            f"{self.config_init.fit.run.name}: {self.model.network.num_parameters:,} parameters, "
            f"run folder {self.folder}"
        )
        batch_size = getattr(self.datamodule, "batch_size", None)
        self._say(describe_devices(self.trainer, batch_size))

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
        if is_sharded(self.trainer.strategy):  # here is a part of it only
            self.model.network = whole_network(self.model.network.config, Path(best))
        result = RunResult(
            name=self.config_init.fit.run.name,
            seed=self.config_init.fit.seed_everything,
            epochs=self.trainer.current_epoch,
            best_epoch=read_checkpoint(Path(best))["epoch"] + 1,
            seconds=seconds,
            validation=_without_stage(validation),
            test=_without_stage(test),
            command=shlex.join(["rpn-zoo", *sys.argv[1:]]),
        )
        finish_wandb()
        content = write_report(self.folder, self.model, self.datamodule, result)
        metric = content["metric"]
        value = format_short(result.validation[metric]) if judged else ""
        shown = f", validation {metric} {value}" if judged else ""
        self._say(
            f"{result.name}: test {metric} {format_short(result.test[metric])}{shown} (epoch "
            f"{result.best_epoch} of {result.epochs}, {result.seconds:.0f} s); weights, metrics "
            f"and plots are in {self.folder}"
        )
        if baselines := content.get("baselines"):
            listed = ", ".join(f"{name} {found[metric]:.4g}" for name, found in baselines.items())
            self._say(f"for comparison, test {metric} of simple baselines: {listed}")

    def predict(self, **arguments: Any) -> None:
        """Predict and write ``predictions.csv`` into the run folder, one row per sample."""
        found: Any = self.trainer.predict(**{**arguments, "return_predictions": True})
        outputs = in_order(found, self.trainer.world_size)
        if not self.trainer.is_global_zero:
            return
        folder = make_folder(self._run_folder())
        path = folder / "predictions.csv"
        set_aside(path)
        names = list(getattr(self.datamodule, "class_names", []))
        rows = write_predictions(path, outputs, names)
        self._say(f"{rows:,} predictions are in {path}")

    def _run_folder(self) -> Path:
        """The folder of the run that the checkpoint belongs to."""
        config = self.config_init[self.subcommand]
        if self.auto and config["run"].folder is not None:
            return Path(config["run"].folder)
        folder: Path = config["run"].locate(config["ckpt_path"])
        return folder

    def _others_folder(self) -> Path:
        """Where the folder is as far as a process knows that is not the first to look for it."""
        run, ckpt_path = self.config_init.fit.run, self.config_init.fit.ckpt_path
        return Path(run.folder or run.root) if ckpt_path is None else run.locate(ckpt_path)

    def _say(self, text: str) -> None:
        if self.trainer.is_global_zero:
            Console(highlight=False, soft_wrap=True).print(text)


def _without_stage(metrics: Mapping[str, float]) -> dict[str, float]:
    """Metrics by their bare names: ``val/accuracy`` becomes ``accuracy``."""
    return {name.split("/", 1)[1]: float(value) for name, value in metrics.items()}


def run(arguments: Sequence[str] | None = None) -> None:
    """Run fit, validate, test or predict.

    Args:
        arguments: the subcommand and its options; None: those of the process.
    """
    quiet()
    available = distributed.is_available()
    joined = available and distributed.is_initialized()
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
            # Batches are divided among processes exactly, without repeating rows.
            "use_distributed_sampler": False,
        },
        # Wrong usage is raised, for rpn_zoo.cli to say in a paragraph; no prefixes of options.
        parser_kwargs={"exit_on_error": False, "allow_abbrev": False},
        args=None if arguments is None else list(arguments),
    )
    # Its threads must not outlive the interpreter, which would end the process with an error.
    if available and distributed.is_initialized() and not joined:
        distributed.destroy_process_group()
