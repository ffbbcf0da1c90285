"""Networks with interdependence: a CNN against torch.nn, graph networks, kernels, LPHM scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.results import Goal, Quantity, Row, Section
from benchmarks.settings import Settings
from benchmarks.timing import Samples, Work, interleave
from rpn_zoo import functions, models
from rpn_zoo.nn import RPN

NODES, LINKS, FEATURES, HIDDEN, CLASSES = 2708, 5278, 1433, 16, 7
"""The sizes of the Cora citation graph (undirected links)."""
TOLERANCE = 0.05
"""Slack of the CNN's ratio for the noise of timings."""


def measure(settings: Settings) -> Section:
    """Time every architecture against its yardstick."""
    section = Section("architectures", f"Networks with interdependence, b = {settings.batch}")
    _cnn(section, settings)
    _graphs(section, settings)
    _lphm(section, settings)
    _kernels(section, settings)
    _channels(section, settings)
    section.notes.append(
        "All are forward and backward passes. The graph has the size of Cora: "
        f"{NODES} nodes, {LINKS} undirected links, widths {FEATURES}-{HIDDEN}-{CLASSES}."
    )
    return section


def torch_cnn() -> nn.Sequential:
    """The network of :func:`rpn_cnn` in torch.nn."""
    return nn.Sequential(
        nn.Unflatten(1, (3, 32, 32)),
        nn.Conv2d(3, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8192, 64),
        nn.BatchNorm1d(64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def rpn_cnn() -> RPN:
    """32 x 32, channels 3-16-32, 3 x 3 patches, 2 x 2 max pooling, perceptrons 64-10."""
    return models.cnn((3, 32, 32), [16, 32], [64, 10], pool_every=2)


def copy_weights(network: RPN, reference: nn.Sequential) -> None:
    """Give an RPN the weights and the statistics of the same network in torch.nn."""
    weighted = [m for m in reference if isinstance(m, (nn.Conv2d, nn.Linear))]
    norms = [m for m in reference if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d))]
    heads: list[Any] = [m.heads[0] for m in network.layers]  # type: ignore[index]
    heads = [head for head in heads if head.reconciliation is not None]
    with torch.no_grad():
        for head, module in zip(heads, weighted, strict=True):
            assert isinstance(module.bias, Tensor)
            head.reconciliation.w.copy_(module.weight.reshape(1, -1))
            head.bias.copy_(module.bias)
        for head, norm in zip(heads, norms, strict=False):
            head.output_functions[0].load_state_dict(norm.state_dict())


def _cnn(section: Section, settings: Settings) -> None:
    ours, theirs = rpn_cnn(), torch_cnn()
    copy_weights(ours, theirs)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(settings.batch, 3072, generator=generator).to(settings.device)
    for network in (ours, theirs):
        network.to(settings.device)
    difference = (ours.eval()(x) - theirs.eval()(x)).abs().max().item()
    samples = interleave(
        {"ours": _step(ours.train(), x), "torch": _step(theirs.train(), x)}, settings
    )
    ratio = samples.ratio("ours", "torch")
    section.rows.append(_row("CNN 3-16-32, fc 64-10", samples, "torch", "torch.nn"))
    section.goals += [
        Goal(
            f"CNN step over the same network in torch.nn (noise {TOLERANCE:.0%})",
            ratio,
            1.25,
            tolerance=TOLERANCE,
        ),
        Goal("CNN logits against torch.nn, same weights", Quantity(difference, "rel"), 1e-5),
    ]


def cora_like(seed: int = 0) -> dict[str, Any]:
    """A random graph of Cora's size, as options of a graph interdependence function."""
    generator = torch.Generator().manual_seed(seed)
    found: set[tuple[int, int]] = set()
    while len(found) < LINKS:
        for pair in torch.randint(NODES, (LINKS, 2), generator=generator).tolist():
            low, high = sorted(pair)
            if low != high and len(found) < LINKS:
                found.add((low, high))
    return {"nodes": NODES, "links": [list(pair) for pair in sorted(found)]}


def _graphs(section: Section, settings: Settings) -> None:
    graph, dims = cora_like(), [FEATURES, HIDDEN, CLASSES]
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(NODES, FEATURES, generator=generator)
    x = (x * (x > 0.99)).to(settings.device)
    goals = {"GCN": 0.020, "GAT": 0.060}
    networks = {"GCN": models.gcn(dims, graph), "GAT": models.gat(dims, graph)}
    for name, network in networks.items():
        samples = interleave({"ours": _step(network.to(settings.device), x)}, settings)
        section.rows.append(_row(f"{name} at Cora's size", samples))
        section.goals.append(Goal(f"{name} step, one core", samples.time("ours"), goals[name]))


def _lphm(section: Section, settings: Settings) -> None:
    """Scores X W X^T with W of the factors A and S T, applied to X, against forming W."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(settings.batch, 784, generator=generator).to(settings.device)
    x.requires_grad_()
    for layout in ("kronecker", "flat"):
        f = functions.create(
            "lphm_parameterized_bilinear_interdependence", m=784, p=28, r=2, layout=layout
        ).to(settings.device)

        def formed(f: Any = f) -> Tensor:
            W = f.reconciliation.weight()[0]
            return (x @ W @ x.T).T @ x

        torch.testing.assert_close(f(x), formed(), rtol=1e-3, atol=1e-3)
        passes: dict[str, Callable[[], Tensor]] = {"ours": partial(f, x), "formed": formed}
        wrt = [x, *f.parameters()]
        samples = interleave({k: _backward(v, wrt) for k, v in passes.items()}, settings)
        with torch.no_grad():
            forward = interleave(dict(passes), settings)
            scores: dict[str, Work] = {
                "ours": partial(f.matrix, x),
                "formed": lambda f=f: x @ f.reconciliation.weight()[0] @ x.T,  # type: ignore[misc]
            }
            alone = interleave(scores, settings)
        what = f"LPHM bilinear ({layout}), m = 784, p = 28"
        section.rows.append(_row(what, samples, "formed", "W formed"))
        section.rows.append(_row(f"{what}, forward", forward, "formed", "W formed"))
        section.rows.append(_row(f"{what}, scores alone", alone, "formed", "W formed"))
        section.goals.append(
            Goal(f"{what} over forming W", samples.ratio("formed", "ours"), 20, at_least=True)
        )


def _channels(section: Section, settings: Settings) -> None:
    """A head of eight averaged channels, against one product for each of them."""
    kappa = functions.create("taylor_expansion", m=64).to(settings.device)
    psi = functions.create("identity_reconciliation", n=64, D=kappa.D, channels=8)
    psi = psi.to(settings.device)
    mean = functions.create("mean_fusion", dims=[64] * 8)
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(settings.batch, 64, generator=generator).to(settings.device)

    def looped() -> Tensor:
        return torch.stack([kappa(x) @ W.T for W in psi.weight()]).mean(0)

    fused = partial(functions.contract_fused, kappa, psi, mean, x)
    torch.testing.assert_close(fused(), looped(), rtol=1e-3, atol=1e-4)
    ways = {"ours": _backward(fused, [psi.w]), "looped": _backward(looped, [psi.w])}
    samples = interleave(ways, settings)
    section.rows.append(
        _row("8 averaged channels, Taylor 64 -> 64", samples, "looped", "channel by channel")
    )


def _kernels(section: Section, settings: Settings) -> None:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(settings.batch, 784, generator=generator).to(settings.device)
    x.requires_grad_()
    for name in ("mutual_information_interdependence", "rv_coefficient_interdependence"):
        f = functions.create(name, m=784, b=settings.batch).to(settings.device)
        samples = interleave({"ours": _backward(lambda f=f: f(x), [x])}, settings)  # type: ignore[misc]
        section.rows.append(_row(name, samples))
        section.goals.append(Goal(f"{name}, m = 784", samples.time("ours"), 0.2))


def _step(network: nn.Module, x: Tensor) -> Work:
    parameters = list(network.parameters())
    return _backward(lambda: network(x), parameters)


def _backward(evaluate: Callable[[], Tensor], wrt: Sequence[Tensor]) -> Work:
    def work() -> object:
        return torch.autograd.grad(evaluate().square().sum(), wrt)

    return work


def _row(what: str, samples: Samples, other: str | None = None, yardstick: str = "-") -> Row:
    return {
        "what": what,
        "ours": samples.time("ours"),
        "yardstick": yardstick,
        "its time": None if other is None else samples.time(other),
        "its time / ours": None if other is None else samples.ratio(other, "ours"),
    }
