"""The dense oracle of heads, layers and networks, put together from the components' oracles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from rpn_zoo.nn import RPN, HeadConfig, LayerConfig, RPNConfig
from tests.functions.oracles import ORACLES, Array, process

Parameters = Mapping[str, Array]


def network(config: RPNConfig, model: RPN, x: Array) -> Array:
    """The layers one after the other."""
    depth = len(config.dims) - 1
    configs = config.layers if len(config.layers) == depth else config.layers * depth
    for i, layer_config in enumerate(configs):
        sizes = config.dims[i], config.dims[i + 1]
        x = layer(layer_config, *sizes, below(parameters(model), f"layers.{i}."), x)
    return x


def layer(config: LayerConfig, m: int, n: int, given: Parameters, x: Array) -> Array:
    """Every head on the same input, then their fusion."""
    count = len(config.heads)
    width = n // count if name(config.fusion) == "concatenation_fusion" else n
    named = {} if isinstance(config.fusion, str) else config.fusion
    widths = named.get("dims", [width] * count)
    outputs = [
        head(head_config, m, widths[h], below(given, f"heads.{h}."), x)
        for h, head_config in enumerate(config.heads)
    ]
    return fuse(config.fusion, outputs, below(given, "fusion."))


def head(config: HeadConfig, m: int, n: int, given: Parameters, x: Array) -> Array:
    """y = output(fusion_c < kappa(x), psi(w_c) > + b + pi(x)), x = input(data)."""
    x = process(config.input_functions, x)
    k = evaluate(config.expansion, {"m": m}, [x], {})
    concatenated = config.channels > 1 and name(config.channel_fusion) == "concatenation_fusion"
    sizes = {"n": n // config.channels if concatenated else n, "D": k.shape[1]}
    weights = evaluate(config.reconciliation, sizes, [], below(given, "reconciliation."))
    assert len(weights) == config.channels
    channels = [dense(k, W) for W in weights]
    if config.bias and config.bias_place == "channels":
        channels = [channel + given["bias"] for channel in channels]
    y = fuse(config.channel_fusion, channels, below(given, "channel_fusion."))
    if config.bias and config.bias_place == "output":
        y = y + given["bias"]
    sizes = {"m": m, "n": n}
    y = y + evaluate(config.remainder, sizes, [x], below(given, "remainder."))
    return process(config.output_functions, y)


def dense(k: Array, W: Array) -> Array:
    return np.array([[sum(a * b for a, b in zip(row, w, strict=True)) for w in W] for row in k])


def fuse(spec: Any, xs: Sequence[Array], given: Parameters) -> Array:
    if len(xs) == 1 and spec == "mean_fusion":
        return xs[0]
    return evaluate(spec, {"dims": [x.shape[1] for x in xs]}, xs, given)


def evaluate(
    spec: Any, sizes: Mapping[str, Any], inputs: Sequence[Array], given: Parameters
) -> Array:
    options = {} if isinstance(spec, str) else {k: v for k, v in spec.items() if k != "name"}
    return np.asarray(ORACLES[name(spec)]({**sizes, **options}, inputs, given))


def name(spec: Any) -> str:
    return spec if isinstance(spec, str) else str(spec["name"])


def parameters(model: nn.Module) -> dict[str, Array]:
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {k: p.detach().double().numpy() for k, p in state.items()}


def below(given: Parameters, prefix: str) -> dict[str, Array]:
    """The entries whose names start with a prefix, without it."""
    return {k.removeprefix(prefix): p for k, p in given.items() if k.startswith(prefix)}
