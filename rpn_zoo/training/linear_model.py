"""Networks that are linear in their parameters, and their features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.func import functional_call

from rpn_zoo.data.batches import NodeBatch
from rpn_zoo.functions import processing
from rpn_zoo.functions.fusion import Fusion
from rpn_zoo.functions.reconciliation import IdentityReconciliation, Reconciliation
from rpn_zoo.functions.remainder import LinearRemainder
from rpn_zoo.nn import RPN
from rpn_zoo.nn.head import Head


class NotLinearError(ValueError):
    """The network is not linear in its parameters."""


class Design(Protocol):
    """A network as y = X B + offset: what a least-squares problem needs of it.

    Attributes:
        features: number p of columns of X.
        targets: number t of columns of Y.
        free: number of leading columns that are a bias.
    """

    features: int
    targets: int
    free: int

    def rows(self, batch: Any, y: Tensor) -> tuple[Tensor, Tensor]:
        """Rows of X and Y of a batch with targets y (b, n), float64, on the CPU."""
        ...

    def assign(self, network: RPN, coefficients: Tensor) -> None:
        """Write the coefficients (p, t) into the parameters of the network."""
        ...


def make_design(network: RPN) -> Design:
    """The cheapest design of a network that is linear in its parameters.

    Args:
        network: is not changed and not kept.

    Raises:
        NotLinearError: naming the part that is not linear.

    Example:
        >>> make_design(RPN({"dims": [4, 3]})).features
        4
        >>> two = {"dims": [4, 2, 3]}
        >>> make_design(RPN(two))
        Traceback (most recent call last):
            ...
        rpn_zoo.training.linear_model.NotLinearError: solver lstsq needs a network that is linear in
        its parameters, but network.layers: there are 2 layers, and a product of parameters is not
        linear.
    """
    check_linear(network)
    copy = RPN(network.config)  # on the CPU, wherever the network is
    copy.load_state_dict(network.state_dict())
    copy = copy.double().eval()
    heads: Any = copy.layers[0].heads
    if len(heads) == 1 and _is_shared(heads[0]):
        return SharedDesign(heads[0])
    return TiedDesign(copy)


class SharedDesign:
    """One head with a free weight matrix: every output has the same features, [1, kappa(x), x].

    Args:
        head: in float64 and evaluation mode.
    """

    def __init__(self, head: Head) -> None:
        self.head = head
        remainder = head.remainder
        self.linear = isinstance(remainder, LinearRemainder) and remainder.w is not None
        self.free = int(head.bias is not None or getattr(remainder, "b", None) is not None)
        self.features = self.free + head.expansion.D + (head.remainder.m if self.linear else 0)
        self.targets = head.n

    def rows(self, batch: Any, y: Tensor) -> tuple[Tensor, Tensor]:
        """[1, kappa(x), x] and y less what has no parameters."""
        x, pick = _inputs(batch)
        head = self.head
        with torch.no_grad():
            x = processing.apply(head.input_functions, x)
            view = x
            for function in head.attribute_interdependences:
                view = function(view)
            expanded = head.expansion(view)
            parts = [expanded.new_ones(len(expanded), 1)] if self.free else []
            parts += [expanded, x] if self.linear else [expanded]
            features = pick(torch.cat([_dense(part) for part in parts], dim=1))
            offset = 0.0 if self.linear else pick(head.remainder(x))
        return features, y.cpu().double() - offset

    def assign(self, network: RPN, coefficients: Tensor) -> None:
        """Split the coefficients into bias, weights and remainder."""
        layer: Any = network.layers[0]
        head = layer.heads[0]
        D = head.expansion.D
        weights = coefficients[self.free : self.free + D]
        with torch.no_grad():
            head.reconciliation.w.copy_(weights.mT.reshape(1, -1))
            if self.linear:
                head.remainder.w.copy_(coefficients[self.free + D :].mT)
            biases = [b for b in (head.bias, getattr(head.remainder, "b", None)) if b is not None]
            for bias in biases:
                bias.copy_(coefficients[0] / len(biases))


class TiedDesign:
    """Any linear network: column l of X is the output for the l-th unit vector of parameters.

    The outputs of a sample are rows of their own, since parameters are shared among them. Costs a
    forward pass for each parameter and batch.

    Args:
        network: in float64 and evaluation mode.
    """

    targets = 1

    def __init__(self, network: RPN) -> None:
        self.network = network
        self.shapes = {name: p.shape for name, p in _bias_first(network)}
        self.features = sum(shape.numel() for shape in self.shapes.values())
        first = next(iter(self.shapes))
        self.free = self.shapes[first].numel() if first.endswith(".bias") else 0
        if not self.features:
            raise NotLinearError("solver lstsq needs a network with parameters, this one has none.")

    def rows(self, batch: Any, y: Tensor) -> tuple[Tensor, Tensor]:
        """All outputs of a sample one after the other."""
        x, pick = _inputs(batch)
        with torch.no_grad():
            theta = torch.zeros(self.features, dtype=torch.float64)
            offset = pick(self._outputs(x, theta))
            columns = []
            for place in range(self.features):
                theta[place] = 1.0
                columns.append((pick(self._outputs(x, theta)) - offset).flatten())
                theta[place] = 0.0
        return torch.stack(columns, dim=1), (y.cpu().double() - offset).reshape(-1, 1)

    def _outputs(self, x: Tensor, theta: Tensor) -> Tensor:
        return functional_call(self.network, dict(self._split(theta)), (x,))

    def _split(self, theta: Tensor) -> Iterator[tuple[str, Tensor]]:
        parts = theta.split([shape.numel() for shape in self.shapes.values()])
        for (name, shape), part in zip(self.shapes.items(), parts, strict=True):
            yield name, part.view(shape)

    def assign(self, network: RPN, coefficients: Tensor) -> None:
        """Copy the coefficients into the parameters."""
        parameters = dict(network.named_parameters())
        with torch.no_grad():
            for name, part in self._split(coefficients[:, 0]):
                parameters[name].copy_(part)


def check_linear(network: RPN) -> None:
    """Make sure that a network is linear in its parameters.

    Raises:
        NotLinearError: naming the part that is not.
    """
    if len(network.layers) != 1:
        raise _not_linear(
            "network.layers",
            f"there are {len(network.layers)} layers, and a product of parameters is not linear",
        )
    layer: Any = network.layers[0]
    for place, head in enumerate(layer.heads):
        _check_head(f"layers[0].heads[{place}]", head)
    _check_fusion("layers[0].fusion", layer.fusion, layer.n)


def _check_head(place: str, head: Head) -> None:
    for slot in (
        "input_functions", "attribute_interdependences", "instance_interdependences", "expansion",
    ):  # fmt: skip
        part: nn.Module = getattr(head, slot)
        name = slot.removesuffix("s") if "interdependence" in slot else slot
        if any(p.requires_grad for p in part.parameters()):
            raise _not_linear(f"{place}.{name}", "it has parameters, which multiply the weights")
        _check_deterministic(f"{place}.{name}", part)
    reconciliation = head.reconciliation
    if reconciliation is not None and not _reconciles_linearly(reconciliation):
        raise _not_linear(
            f"{place}.reconciliation",
            f"{reconciliation.key()} fabricates its matrix by products of its parameters",
        )
    _check_fusion(f"{place}.channel_fusion", head.channel_fusion, head.n)
    remainder = head.remainder
    if len(remainder.activations) and any(True for _ in remainder.parameters()):
        raise _not_linear(
            f"{place}.remainder", "its activation functions follow the product with its parameters"
        )
    for slot in ("output_functions", "row_functions"):
        if any(not isinstance(f, nn.Identity) for f in getattr(head, slot)):
            raise _not_linear(f"{place}.{slot}", "functions follow the product with the parameters")


def _check_deterministic(place: str, part: nn.Module) -> None:
    for module in part.modules():
        if "dropout" in type(module).__name__.lower() or hasattr(module, "running_mean"):
            raise _not_linear(
                place, f"{type(module).__name__} is another function in training and evaluation"
            )


def _check_fusion(place: str, fusion: Fusion | None, n: int) -> None:
    if fusion is None:
        return
    if any(True for _ in fusion.parameters()):
        raise _not_linear(place, f"{fusion.key()} has parameters, which multiply the weights")
    generator = torch.Generator().manual_seed(0)

    def fused(*factors: float) -> Tensor:
        return fusion([sum(f * d for f, d in zip(factors, pair, strict=True)) for pair in draws])

    draws = [
        [torch.rand(2, d, generator=generator, dtype=torch.float64) - 0.5 for _ in range(2)]
        for d in fusion.dims
    ]
    if not _is_linear(fused):
        raise _not_linear(place, f"{fusion.key()} is not linear in what it fuses")


def _reconciles_linearly(reconciliation: Reconciliation) -> bool:
    """Whether W(a w1 + b w2) = a W(w1) + b W(w2), for random w1 and w2 (or W has no w)."""
    if isinstance(reconciliation, IdentityReconciliation) or not reconciliation.l:
        return True
    parameters = {n: p.detach().double() for n, p in reconciliation.named_parameters()}
    buffers = {
        n: b.double() if b.is_floating_point() else b for n, b in reconciliation.named_buffers()
    }
    generator = torch.Generator().manual_seed(0)
    draws = [
        {n: torch.rand(p.shape, generator=generator).to(p) - 0.5 for n, p in parameters.items()}
        for _ in range(2)
    ]

    def weight(a: float, b: float) -> Tensor:
        mixed = {n: a * draws[0][n] + b * draws[1][n] for n in parameters}
        return functional_call(reconciliation, {**buffers, **mixed}, ())

    return _is_linear(weight)


def _is_linear(function: Callable[[float, float], Tensor]) -> bool:
    with torch.no_grad():
        mixed = function(0.75, -1.5)
        summed = 0.75 * function(1.0, 0.0) - 1.5 * function(0.0, 1.0)
    return torch.allclose(mixed, summed, rtol=1e-8, atol=1e-10)


def _is_shared(head: Head) -> bool:
    reconciliation = head.reconciliation
    return (
        type(reconciliation) is IdentityReconciliation
        and head.channels == 1
        and head.positions is None
        and not len(head.instance_interdependences)
        and (isinstance(head.remainder, LinearRemainder) or not head.remainder.state_dict())
    )


def _bias_first(network: RPN) -> list[tuple[str, nn.Parameter]]:
    """The parameters, the first bias of a head before the others."""
    named = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
    first = next((n for n, _ in named if n.endswith(".bias")), None)
    return sorted(named, key=lambda item: item[0] != first)


def _inputs(batch: Any) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """The input of a batch, in float64 on the CPU, and how its scored rows are picked."""
    if isinstance(batch, NodeBatch):
        nodes = batch.nodes.cpu()
        return batch.x.cpu().double(), lambda rows: rows.index_select(0, nodes)
    return batch[0].cpu().double(), lambda rows: rows


def _dense(x: Tensor) -> Tensor:
    return x.to_dense() if x.layout != torch.strided else x


def _not_linear(place: str, why: str) -> NotLinearError:
    return NotLinearError(
        f"solver lstsq needs a network that is linear in its parameters, but {place}: {why}."
    )
