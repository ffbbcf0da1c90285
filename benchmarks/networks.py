"""The networks that are measured: the zoo's configs, their dense twins and MLPs beside them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
import yaml
from torch import Tensor, nn

from benchmarks.settings import Settings
from benchmarks.ways import dense_contraction
from rpn_zoo.assets import asset_path
from rpn_zoo.nn import RPN
from rpn_zoo.nn.head import Head

NetworkConfig: TypeAlias = "dict[str, Any]"
DENSE_COPIES = 4
"""Arrays as large as kappa(x) and W that a dense step holds at its peak (values and gradients)."""


def zoo_networks() -> dict[str, NetworkConfig]:
    """The network of every ``configs/*.yaml`` that has ``model.init_args.network``, by name."""
    found: dict[str, NetworkConfig] = {}
    for path in sorted(asset_path("configs").glob("*.yaml")):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        model = config.get("model") if isinstance(config, dict) else None
        network = (model or {}).get("init_args", {}).get("network")
        if network is not None:
            found[path.stem] = network
    return found


def mlp(dims: list[int]) -> nn.Sequential:
    """Linear layers of the same widths with ReLU between.

    Example:
        >>> mlp([4, 3, 2])
        Sequential(
          (0): Linear(in_features=4, out_features=3, bias=True)
          (1): ReLU()
          (2): Linear(in_features=3, out_features=2, bias=True)
        )
    """
    layers: list[nn.Module] = []
    for m, n in itertools.pairwise(dims):
        layers += [nn.Linear(m, n), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def dense_bytes(network: RPN, batch: int) -> int:
    """Roughly the peak memory of a dense training step."""
    heads = [head for head in network.modules() if isinstance(head, Head)]
    numbers = [
        head.expansion.D * (batch + head.reconciliation.n * head.reconciliation.channels)
        for head in heads
        if head.reconciliation is not None
    ]
    return 4 * DENSE_COPIES * max(numbers, default=0)


def free_bytes() -> int:
    """Memory that is free now (a huge number where the system does not tell)."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 2**62


def gradients(network: nn.Module, dims: list[int], settings: Settings) -> Callable[[], object]:
    """A function that does one forward and backward pass on a fixed random batch.

    Args:
        network: classifies (b, dims[0]) into dims[-1] classes.
        dims: the widths.
        settings: batch and device.
    """
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(settings.batch, dims[0], generator=generator).to(settings.device)
    target = torch.randint(dims[-1], (settings.batch,), generator=generator).to(settings.device)
    parameters = list(network.to(settings.device).parameters())

    def work() -> object:
        loss = nn.functional.cross_entropy(network(x), target)
        return torch.autograd.grad(loss, parameters)

    return work


def outputs(network: nn.Module, dims: list[int], settings: Settings) -> Callable[[], object]:
    """A function that evaluates a network on a fixed random batch without gradients."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(settings.batch, dims[0], generator=generator).to(settings.device)
    return torch.no_grad()(lambda: network(x))


class TrainingStep:
    """Forward, loss, backward and one AdamW step on a fixed random batch; call it to do one.

    Args:
        network: maps (b, dims[0]) to (b, dims[-1]).
        dims: the widths.
        settings: batch and device.
        dense: whether heads contract densely.
    """

    def __init__(
        self, network: nn.Module, dims: list[int], settings: Settings, dense: bool = False
    ) -> None:
        generator = torch.Generator().manual_seed(0)
        self.network = network.to(settings.device)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=1e-3)
        self.dense = dense
        x = torch.randn(settings.batch, dims[0], generator=generator)
        self.x = x.to(settings.device)
        self.loss: Callable[[Tensor, Tensor], Tensor]
        if dims[-1] > 1:
            target = torch.randint(dims[-1], (settings.batch,), generator=generator)
            self.loss = nn.functional.cross_entropy
        else:
            target = torch.randn(settings.batch, 1, generator=generator)
            self.loss = nn.functional.mse_loss
        self.target = target.to(settings.device)

    def __call__(self) -> None:
        """One step."""
        if self.dense:
            with dense_contraction():
                self._step()
        else:
            self._step()

    def _step(self) -> None:
        self.optimizer.zero_grad()
        self.loss(self.network(self.x), self.target).backward()
        self.optimizer.step()


def training_step(config: NetworkConfig, way: str, settings: Settings) -> TrainingStep:
    """The training step of a network.

    Args:
        config: the network's config.
        way: ``"structured"``, ``"dense"`` or ``"mlp"`` (of the same widths).
        settings: batch and device.
    """
    dims = list(config["dims"])
    if way == "mlp":
        return TrainingStep(mlp(dims), dims, settings)
    return TrainingStep(RPN(config), dims, settings, dense=way == "dense")
