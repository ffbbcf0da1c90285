"""Several devices: which strategy runs on which, checked before anything is started."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy, Strategy
from torch.nn.parallel import DistributedDataParallel

from rpn_zoo.functions.checks import nearest
from rpn_zoo.training.sharding import fully_sharded

STRATEGIES = (
    "auto", "ddp", "ddp_find_unused_parameters_true", "fsdp",
    "deepspeed", "deepspeed_stage_1", "deepspeed_stage_2", "deepspeed_stage_2_offload",
)  # fmt: skip
"""The values of ``--trainer.strategy``; others are given by class path."""

STARTS_FUNCTIONS = ("spawn", "fork", "notebook")
GPU = ("gpu", "cuda")


def make_strategy(trainer: Mapping[str, Any]) -> str | Strategy:
    """The strategy for the trainer's options.

    Args:
        trainer: the options ``--trainer.*``: strategy, accelerator, devices, num_nodes,
            use_distributed_sampler.

    Returns:
        What goes to ``Trainer(strategy=...)``.

    Raises:
        ValueError: if the strategy is unknown or does not run here, there are fewer devices than
            are asked for, or this is a notebook.
    """
    strategy = trainer.get("strategy") or "auto"
    if isinstance(strategy, str):
        check_strategy_name(strategy)
    accelerator = resolve_accelerator(trainer.get("accelerator") or "auto")
    processes = count_processes(trainer)
    if processes > 1:
        check_not_interactive(processes)
        if trainer.get("use_distributed_sampler"):
            raise ValueError(
                "trainer.use_distributed_sampler must be false, got true: batches are divided "
                "among processes without it, where it would repeat rows and multiply the batch "
                "size."
            )
    if not isinstance(strategy, str):
        return strategy
    if strategy.startswith("deepspeed"):
        check_deepspeed(strategy, accelerator)
        return strategy
    if strategy == "fsdp":
        return fully_sharded(processes)
    if strategy == "auto" and processes == 1:
        return "auto"
    return data_parallel(find_unused_parameters=strategy != "ddp" and strategy != "auto")


def count_processes(trainer: Mapping[str, Any]) -> int:
    """The number of processes on all machines that the trainer's options ask for.

    Raises:
        ValueError: if there are fewer GPUs.
    """
    accelerator = resolve_accelerator(trainer.get("accelerator") or "auto")
    given = trainer.get("devices")
    devices = count_devices(accelerator, "auto" if given is None else given)
    return devices * int(trainer.get("num_nodes") or 1)


def data_parallel(**options: Any) -> DDPStrategy:
    """DDP for networks whose buffers are the same in all processes, or are made so.

    Frozen arrays never change, and what follows the data sees whole batches
    (:mod:`rpn_zoo.training.global_batch`): buffers need no exchange in every step.
    """
    return DDPStrategy(gradient_as_bucket_view=True, **buffer_options(), **options)


def buffer_options() -> dict[str, Any]:
    """The option of DistributedDataParallel by which buffers are not exchanged in every step."""
    known = inspect.signature(DistributedDataParallel).parameters
    name = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    return {name: False}


def check_deepspeed(strategy: str, accelerator: str) -> None:
    """Raise a ValueError unless DeepSpeed is installed and there is a GPU for it."""
    if find_spec("deepspeed") is None:
        raise ValueError(
            f"trainer.strategy {strategy} needs the package deepspeed, which is not installed: "
            "pip install 'rpn-zoo[deepspeed]', or use ddp or fsdp."
        )
    if accelerator not in GPU:
        raise ValueError(
            f"trainer.strategy {strategy} runs on GPUs, got accelerator {accelerator}: use ddp or "
            "fsdp."
        )


def check_strategy_name(strategy: str) -> None:
    """Raise a ValueError unless the strategy is one of :data:`STRATEGIES`.

    Example:
        >>> check_strategy_name("dpp")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: unknown trainer.strategy 'dpp'. Did you mean ddp, ...? Allowed: auto, ddp, ...
    """
    if strategy in STRATEGIES:
        return
    if strategy.startswith("ddp_") and any(word in strategy for word in STARTS_FUNCTIONS):
        raise ValueError(
            f"trainer.strategy {strategy} is not for commands, which are started once for each "
            "process: use ddp."
        )
    raise ValueError(
        f"unknown trainer.strategy {strategy!r}.{nearest(strategy, STRATEGIES)} "
        f"Allowed: {', '.join(STRATEGIES)}."
    )


def resolve_accelerator(accelerator: Any) -> str:
    """The accelerator's name, ``auto`` resolved to the best one here.

    Raises:
        ValueError: if a GPU is asked for and there is none.
    """
    if not isinstance(accelerator, str):
        return str(getattr(accelerator, "name", lambda: type(accelerator).__name__)())
    if accelerator == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    mps = torch.backends.mps.is_available()
    if accelerator in GPU and not torch.cuda.is_available() and not (accelerator == "gpu" and mps):
        raise ValueError(
            f"trainer.accelerator {accelerator}: PyTorch sees no GPU here; use auto or cpu."
        )
    return accelerator


def count_devices(accelerator: str, devices: Any) -> int:
    """The number of processes on this machine.

    Args:
        accelerator: its name; any number of processes may share CPUs.
        devices: a number, -1 or ``"auto"``, or a list of GPUs.

    Raises:
        ValueError: if there are fewer GPUs.

    Example:
        >>> count_devices("cpu", "auto"), count_devices("cpu", 2), count_devices("cpu", "3")
        (1, 2, 3)
    """
    there = torch.cuda.device_count() if accelerator in GPU else None
    if isinstance(devices, str):
        devices = devices.strip()
        if devices == "auto" or devices == "-1":
            devices = -1
        elif devices.isdigit():
            devices = int(devices)
        else:
            parts = [part for part in devices.split(",") if part.strip()]
            if not all(part.strip().isdigit() for part in parts):
                raise ValueError(
                    "trainer.devices must be a number, a list of numbers, auto or -1, "
                    f"got {devices!r}."
                )
            devices = [int(part) for part in parts]
    if devices == -1:
        return 1 if there is None else there
    if isinstance(devices, list):
        wanted, count = max(devices, default=-1) + 1, len(devices)
    else:
        wanted = count = devices
    if count < 1:
        raise ValueError(f"trainer.devices must be at least 1, got {devices!r}.")
    if there is not None and wanted > there:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        where = f" (CUDA_VISIBLE_DEVICES={visible})" if visible is not None else ""
        raise ValueError(
            f"trainer.devices asks for {devices!r}, but PyTorch sees {there} GPU(s) here{where}; "
            "for several machines give the GPUs of one, and trainer.num_nodes."
        )
    return int(count)


def check_not_interactive(processes: int) -> None:
    """Refuse several processes in a notebook, which cannot be started once more.

    Raises:
        ValueError: saying what to do instead.
    """
    if hasattr(sys, "ps1") and "LOCAL_RANK" not in os.environ:
        raise ValueError(
            f"{processes} processes cannot be started from a notebook or an interactive session: "
            "run the command in a terminal (in a notebook: !rpn-zoo fit ...), or use "
            "trainer.devices 1."
        )


def check_batch_size(batch_size: Any, processes: int) -> None:
    """Refuse batches with fewer rows than there are processes.

    Args:
        batch_size: rows of a training batch, None if it is not known.
        processes: the number of processes on all machines.

    Raises:
        ValueError: naming both.
    """
    if isinstance(batch_size, int) and batch_size < processes:
        raise ValueError(
            f"batch_size must be at least the number of processes, {processes}, got {batch_size}: "
            "it is the size of the whole batch, of which each process takes its part."
        )


def is_first_process() -> bool:
    """Whether this process is the first of those that were started together, on all machines.

    Known before the processes have met, from what torchrun, SLURM, MPI or Lightning set.
    """
    node = os.environ.get("NODE_RANK", os.environ.get("GROUP_RANK", "0"))
    for name in ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"):
        if name in os.environ:
            return int(os.environ[name]) == 0 and int(node) == 0
    return int(node) == 0


def describe_devices(trainer: Trainer, batch_size: int | None) -> str:
    """One line: processes and devices, strategy, batch, accumulation, precision.

    Args:
        trainer: the trainer.
        batch_size: rows of a whole training batch; None if it is not known.
    """
    strategy = trainer.strategy
    kind = strategy.root_device.type
    device = torch.cuda.get_device_name(strategy.root_device) if kind == "cuda" else kind
    nodes = f" on {trainer.num_nodes} machines" if trainer.num_nodes > 1 else ""
    count = trainer.world_size
    sharded = isinstance(strategy, ModelParallelStrategy)
    name = "fsdp" if sharded else type(strategy).__name__.removesuffix("Strategy").lower()
    backend = getattr(strategy, "process_group_backend", None) or getattr(
        strategy, "_process_group_backend", None
    )
    shown = [f"{count} x {device}{nodes}"]
    if count > 1:
        backend = backend or ("nccl" if kind == "cuda" else "gloo")
        shown.append(f"strategy {name} ({backend})")
    if batch_size is not None:
        few, more = divmod(batch_size, count)
        each = f"{few} to {few + 1}" if more else f"{few}"
        shown.append(f"batch {batch_size}" + (f" ({each} per device)" if count > 1 else ""))
    steps = trainer.accumulate_grad_batches
    if steps > 1:
        shown.append(f"{steps} batches per optimiser step")
    shown.append(f"precision {trainer.precision}")
    return "devices: " + ", ".join(shown)
