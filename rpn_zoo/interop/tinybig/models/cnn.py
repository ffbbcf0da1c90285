"""Convolutional models: grid layers with pooling, then perceptrons."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rpn_zoo.functions.geometry.packing import DENSEST
from rpn_zoo.interop.tinybig.binding import Variant
from rpn_zoo.interop.tinybig.context import Context
from rpn_zoo.interop.tinybig.layers import LAYERS
from rpn_zoo.interop.tinybig.models.stacked import widths
from rpn_zoo.interop.tinybig.patches import PatchArguments, patch_grid
from rpn_zoo.interop.tinybig.plans import LayerPlan, NetworkPlan, network

PATCH = tuple(entry.name for entry in fields(PatchArguments))
SIZES = ("p_h", "p_h_prime", "p_w", "p_w_prime", "p_d", "p_d_prime", "p_r")


def cnn(
    context: Context,
    h: int,
    w: int,
    channel_nums: list[int],
    fc_dims: list[int],
    d: int = 1,
    fc_channel_num: int = 1,
    width: int = 1,
    patch_shape: str = "cuboid",
    p_h: int | None = None,
    p_h_prime: int | None = None,
    p_w: int | None = None,
    p_w_prime: int | None = None,
    p_d: int | None = 0,
    p_d_prime: int | None = None,
    p_r: int | None = None,
    cd_h: int | None = None,
    cd_w: int | None = None,
    cd_d: int | None = 1,
    packing_strategy: str = DENSEST,
    pooling_metric: str = "batch_max",
    pooling_layer_gaps: int = 2,
    patch_size_half_after_pooling: bool = False,
    pooling_patch_shape: str | None = None,
    pooling_p_h: int | None = None,
    pooling_p_h_prime: int | None = None,
    pooling_p_w: int | None = None,
    pooling_p_w_prime: int | None = None,
    pooling_p_d: int | None = None,
    pooling_p_d_prime: int | None = None,
    pooling_p_r: int | None = None,
    pooling_cd_h: int | None = None,
    pooling_cd_w: int | None = None,
    pooling_cd_d: int | None = None,
    pooling_packing_strategy: str | None = None,
    with_batch_norm: bool = True,
    with_relu: bool = True,
    with_softmax: bool = False,
    with_residual: bool = False,
    with_dropout: bool = True,
    p_pooling: float = 0.25,
    p_fc: float = 0.5,
    with_dual_lphm: bool = False,
    with_lorr: bool = False,
    r: int = 3,
    enable_bias: bool = True,
    with_perceptron_residual: bool | None = None,
    with_perceptron_dual_lphm: bool | None = None,
    with_perceptron_lorr: bool | None = None,
    perceptron_r: int | None = None,
    enable_perceptron_bias: bool | None = None,
) -> NetworkPlan:
    """``tinybig.model.cnn``: after every ``pooling_layer_gaps`` convolutions a pooling.

    Pooling patches and perceptrons take the convolutions' values where they have none of their own.
    """
    given = dict(locals())
    if pooling_layer_gaps < 1:
        raise ValueError(f"pooling_layer_gaps must be at least 1, got {pooling_layer_gaps}.")
    convolution = {
        "width": width,
        "with_batch_norm": with_batch_norm,
        "with_relu": with_relu,
        "with_residual": with_residual,
        "with_dual_lphm": with_dual_lphm,
        "with_lorr": with_lorr,
        "r": r,
        "enable_bias": enable_bias,
    }
    pooling = {
        "width": width,
        "pooling_metric": pooling_metric,
        "with_dropout": with_dropout,
        "p": p_pooling,
    }
    grid = (h, w, d)
    patch = {name: given[name] for name in PATCH}
    pool = {name: _own(given[f"pooling_{name}"], given[name]) for name in PATCH}
    layers: list[LayerPlan] = []
    for in_channel, out_channel in widths(channel_nums):
        place = {**_grid_arguments(grid, patch), "in_channel": in_channel}
        convolve = LAYERS["grid_interdependence_layer"]
        layers.append(convolve(context, out_channel=out_channel, **place, **convolution))
        grid = _after(context, grid, in_channel, patch)
        if len(layers) % (pooling_layer_gaps + 1) == pooling_layer_gaps:
            place = {**_grid_arguments(grid, pool), "channel_num": out_channel}
            layers.append(LAYERS["grid_compression_layer"](context, **place, **pooling))
            grid = _after(context, grid, out_channel, pool)
            if patch_size_half_after_pooling:
                patch, pool = _halved(patch), _halved(pool)
    shared = {
        "with_residual": _own(with_perceptron_residual, with_residual),
        "with_dual_lphm": _own(with_perceptron_dual_lphm, with_dual_lphm),
        "with_lorr": _own(with_perceptron_lorr, with_lorr),
        "r": _own(perceptron_r, r),
        "enable_bias": _own(enable_perceptron_bias, enable_bias),
        "channel_num": fc_channel_num,
        "width": width,
        "p": p_fc,
    }
    hidden = {
        "with_batch_norm": with_batch_norm, "with_relu": with_relu, "with_dropout": with_dropout,
    }  # fmt: skip
    layers += perceptrons(context, [layers[-1].n, *fc_dims], hidden, with_softmax, shared)
    return network(layers)


resnet = Variant(cnn, defaults={"with_residual": True})
"""``tinybig.model.resnet``: the same with a dense residual matrix in every layer."""


def perceptrons(
    context: Context,
    dims: list[int],
    hidden: dict[str, bool],
    with_softmax: bool,
    shared: dict[str, Any],
) -> list[LayerPlan]:
    """Perceptron layers at the end of a model.

    Args:
        context: the model's place.
        dims: their widths.
        hidden: switches of all but the last.
        with_softmax: whether the last one, and it alone, ends in a softmax.
        shared: arguments of all of them.
    """
    pairs = widths(dims)
    layers = []
    for place, (m, n) in enumerate(pairs):
        last = place == len(pairs) - 1
        switches = dict.fromkeys(hidden, False) if last else hidden
        layers.append(
            LAYERS["perceptron_layer"](
                context, m=m, n=n, with_softmax=last and with_softmax, **switches, **shared
            )
        )
    return layers


def _own(own: Any, general: Any) -> Any:
    return general if own is None else own


def _grid_arguments(grid: tuple[int, int, int], patch: dict[str, Any]) -> dict[str, Any]:
    h, w, d = grid
    return {"h": h, "w": w, "d": d, **patch}


def _after(
    context: Context, grid: tuple[int, int, int], channels: int, patch: dict[str, Any]
) -> tuple[int, int, int]:
    """The grid of a layer's centres."""
    h, w, d = grid
    return patch_grid(context, h, w, d, channels, PatchArguments(**patch)).after


def _halved(patch: dict[str, Any]) -> dict[str, Any]:
    """All sizes halved, at least 1; what is 0 or not given stays."""
    half = {name: max(patch[name] // 2, 1) for name in SIZES if patch[name]}
    return {**patch, **half}
