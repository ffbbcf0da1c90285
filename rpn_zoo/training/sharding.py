"""Fully sharded data parallelism: each process keeps a part of every parameter."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from lightning.pytorch.strategies import DeepSpeedStrategy, ModelParallelStrategy, Strategy
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard

from rpn_zoo.nn import RPN

PREFIX = "network."


def fully_sharded(processes: int) -> ModelParallelStrategy:
    """The strategy whose processes share out parameters, gradients and the optimiser's state.

    Checkpoints are whole files, the same as those of one process.

    Args:
        processes: their number on all machines.
    """
    return ModelParallelStrategy(
        data_parallel_size=processes, tensor_parallel_size=1, save_distributed_checkpoint=False
    )


def shard_network(network: RPN, mesh: DeviceMesh) -> None:
    """Divide the parameters of every layer among the processes, in place.

    A layer's parameters are whole in every process while it is at work, forward and backward, and
    gradients are averaged over the processes.
    """
    for layer in network.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(network, mesh=mesh)


def is_sharded(strategy: Strategy) -> bool:
    """Whether the processes of a strategy hold parts of the parameters."""
    return isinstance(strategy, (ModelParallelStrategy, DeepSpeedStrategy))


def whole_network(config: dict[str, Any], checkpoint: Path) -> RPN:
    """The network of a checkpoint, whole and on the CPU.

    Args:
        config: the network's config.
        checkpoint: a file, or a folder as DeepSpeed writes it.
    """
    state = read_checkpoint(checkpoint)["state_dict"]
    network = RPN(config)
    network.load_state_dict(
        {name.removeprefix(PREFIX): value for name, value in state.items() if PREFIX in name}
    )
    return network


def read_checkpoint(checkpoint: Path) -> dict[str, Any]:
    """The content of a checkpoint; a folder of DeepSpeed is put together first."""
    if not checkpoint.is_dir():
        return torch.load(checkpoint, map_location="cpu", weights_only=True)
    from lightning.pytorch.utilities.deepspeed import convert_zero_checkpoint_to_fp32_state_dict

    with TemporaryDirectory() as folder:
        file = Path(folder) / "whole.ckpt"
        convert_zero_checkpoint_to_fp32_state_dict(checkpoint, file)
        return torch.load(file, map_location="cpu", weights_only=True)
