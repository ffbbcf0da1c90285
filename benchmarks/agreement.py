"""Structured against dense in float64: largest relative differences of values and gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.networks import NetworkConfig, dense_bytes, free_bytes, zoo_networks
from benchmarks.pairs import Pair, rule_pairs
from benchmarks.results import Goal, Quantity, Row, Section, worst
from benchmarks.settings import Settings
from benchmarks.ways import dense_contraction
from rpn_zoo.functions.contraction import contract, contract_dense
from rpn_zoo.nn import RPN

BATCH = 8
LARGEST_DIFFERENCE = 1e-10


def measure(
    settings: Settings,
    networks: Mapping[str, NetworkConfig] | None = None,
    pairs: Iterable[Pair] | None = None,
) -> Section:
    """Compare every network and every pair of the rule table.

    Args:
        settings: the device.
        networks: configs by name; None takes those of the zoo.
        pairs: pairs with a rule; None takes all.
    """
    section = Section("agreement", f"Structured against dense in float64, b = {BATCH}")
    for name, config in (zoo_networks() if networks is None else networks).items():
        network = RPN(config).double().to(settings.device)
        if 2 * dense_bytes(network, BATCH) > 0.7 * free_bytes():
            section.notes.append(f"{name}: the dense way needs more memory than is free.")
            continue
        x = _input(network.dims[0], settings)
        parts = compare(network, x, network, partial(_dense, network))
        section.rows.append(_row(name, "network", parts))
    for pair in rule_pairs() if pairs is None else pairs:
        kappa = pair.expansion.double().to(settings.device)
        psi = pair.reconciliation.double().to(settings.device)
        parts = compare(
            nn.ModuleList([kappa, psi]),
            _input(kappa.m, settings),
            partial(contract, kappa, psi),
            partial(contract_dense, kappa, psi),
        )
        section.rows.append(_row(pair.label, pair.rule, parts))
    values = [c.value for row in section.rows for c in row.values() if isinstance(c, Quantity)]
    section.goals.append(
        Goal(
            f"largest relative difference of {len(section.rows)} networks and pairs",
            Quantity(worst(values) if values else float("nan"), "rel"),
            LARGEST_DIFFERENCE,
        )
    )
    section.notes.append("Relative difference of a tensor: max |structured - dense| / max |dense|.")
    return section


def compare(
    module: nn.Module,
    x: Tensor,
    structured: Callable[[Tensor], Tensor],
    dense: Callable[[Tensor], Tensor],
) -> dict[str, float]:
    """Relative differences of the output, of the input's gradient and of each parameter's.

    Args:
        module: holds the parameters that both ways use.
        x: the input.
        structured: x -> output.
        dense: the same by the definition.

    Returns:
        ``output``, ``input`` and one entry for each parameter, by name.
    """
    parameters = tuple(module.parameters())
    names = [name for name, _ in module.named_parameters()]
    a, grads_a = _evaluate(structured, x, parameters)
    b, grads_b = _evaluate(dense, x, parameters)
    differences = {"output": relative_difference(a, b)}
    for name, g, h in zip(("input", *names), grads_a, grads_b, strict=True):
        differences[name] = relative_difference(g, h)
    return differences


def relative_difference(a: Tensor, b: Tensor) -> float:
    """The largest |a - b| over the largest |b|; 0 where both are equal.

    Example:
        >>> relative_difference(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 2.0]))
        0.5
    """
    difference, scale = (a - b).abs().max().item(), b.abs().max().item()
    return 0.0 if difference == 0 else difference / scale if scale else float("inf")


def _evaluate(
    f: Callable[[Tensor], Tensor], x: Tensor, parameters: tuple[nn.Parameter, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    x = x.clone().requires_grad_()
    y = f(x)
    generator = torch.Generator().manual_seed(2)
    weights = torch.randn(y.shape, generator=generator, dtype=torch.float64).to(y.device)
    return y.detach(), torch.autograd.grad(y, (x, *parameters), weights)


def _dense(network: RPN, x: Tensor) -> Tensor:
    with dense_contraction():
        return network(x)


def _input(width: int, settings: Settings) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(BATCH, width, generator=generator, dtype=torch.float64)
    return x.to(settings.device)


def _row(name: str, rule: str, parts: dict[str, float]) -> Row:
    parameters = [v for k, v in parts.items() if k not in ("output", "input")]
    return {
        "case": name,
        "rule": rule,
        "output": Quantity(parts["output"], "rel"),
        "gradient of x": Quantity(parts["input"], "rel"),
        "gradient of parameters": Quantity(worst(parameters) if parameters else 0.0, "rel"),
    }
