"""Values of heads, layers and models against plain loops, over many combinations of arguments."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from rpn_zoo.interop import tinybig
from rpn_zoo.interop.tinybig.parameter_names import names_of
from tests.interop.tinybig import oracle

BOTH = (False, True)
FABRICATION: dict[str, Any] = {
    "with_dual_lphm": BOTH, "with_lorr": BOTH, "r": (1, 2), "enable_bias": BOTH,
    "with_residual": BOTH,
}  # fmt: skip
LOW_RANK = {k: v for k, v in FABRICATION.items() if k != "with_dual_lphm"}
OUTPUT = {"with_batch_norm": BOTH, "with_relu": BOTH, "with_softmax": BOTH, "with_dropout": BOTH}
CHANNELS = {"channel_num": (1, 2)}
NODES: dict[str, Any] = {
    "nodes": (["a", "b", "c", "d", "e"],),
    "links": (
        [["a", "b"], ["b", "c"], ["c", "a"], ["d", "c"], ["a", "b"]],
        [["a", "a"], ["b", "e"]],
        [],
    ),
}
GRAPH: dict[str, Any] = {
    **NODES,
    "directed": BOTH, "normalization": BOTH, "self_dependence": BOTH,
    "normalization_mode": ("row", "column", "row_column"), "with_multihop": BOTH, "h": (1, 2, 3),
    "accumulative": BOTH, "c": (0.15, 0.6),
}  # fmt: skip
# PageRank needs a matrix that has an inverse: the normalised one.
PAGERANK: dict[str, Any] = {**GRAPH, "with_pagerank": (True,), "normalization": (True,)}
CHAIN: dict[str, Any] = {
    "bi_directional": BOTH, "with_multihop": BOTH, "h": (1, 2, 3), "accumulative": BOTH,
    "with_inverse_approx": (False, False, True), "with_exponential_approx": (False, False, True),
    "self_dependence": BOTH, "self_scaling": (1.0, 0.5),
}  # fmt: skip
SCORES: dict[str, Any] = {
    "with_dual_lphm_interdependence": BOTH, "with_lorr_interdependence": BOTH,
    "r_interdependence": (1, 2),
}  # fmt: skip
CUBOID: dict[str, Any] = {
    "h": (3, 4), "w": (2, 5), "d": (1, 2), "p_h": (0, 1, 2), "p_h_prime": (None, 0, 1),
    "p_w": (None, 0, 1), "p_w_prime": (None, 2), "p_d": (0, 1), "cd_h": (None, 1, 2),
    "cd_w": (None, 2), "packing_strategy": ("densest_packing", "sparse_square", "complete_square"),
}  # fmt: skip
ROUND: dict[str, Any] = {
    "h": (3, 4), "w": (3, 5), "d": (1, 3), "patch_shape": ("cylinder", "sphere"), "p_r": (1, 2),
    "p_d": (0, 1), "packing_strategy": ("densest_packing", "sparse_square", "complete_hexagonal",
                                        "sparse_simple_cubic", "dense_hexagonal"),
}  # fmt: skip
SIZES = {"m": (2, 4), "n": (3, 4)}
PERCEPTRON = {"with_taylor": BOTH, "with_bspline": BOTH, "d": (1, 2)}
SVM = {
    "kernel": ("linear", "gaussian_rbf", "inverse_quadratic_rbf"), "num_interval": (1, 4),
    "epsilon": (0.7, 1.0), "base_range": ([-1, 1], [0, 2]),
}  # fmt: skip
KAN = {"grid_range": ([-1, 1], [-2, 2]), "t": (2, 5), "d": (1, 3)}
BAYES = {"distribution": ("normal", "exponential", "cauchy", "gamma", "chi2", "laplace")}
POOLING = {"channel_num": (1, 3), "pooling_metric": tuple(oracle.POOLED), "with_dropout": BOTH}
IN_OUT = {"in_channel": (1, 2), "out_channel": (1, 3)}
NORM_SOFTMAX = {"with_batch_norm": BOTH, "with_softmax": BOTH}

HEADS: dict[str, list[dict[str, Any]]] = {
    "perceptron": [{**SIZES, **PERCEPTRON, **FABRICATION, **OUTPUT, **CHANNELS}],
    "svm": [{**SIZES, **SVM, **LOW_RANK, **NORM_SOFTMAX, **CHANNELS}],
    "kan": [
        {**SIZES, **KAN, "with_lorr": BOTH, "r": (1, 2), "enable_bias": BOTH, **NORM_SOFTMAX,
         **CHANNELS}
    ],
    "naive_bayes": [{**SIZES, **BAYES, **LOW_RANK, **CHANNELS}],
    "pgm": [{**SIZES, "d": (1, 2), **LOW_RANK, **CHANNELS}],
    "bilinear_interdependence": [
        {**SIZES, **SCORES, **FABRICATION, **OUTPUT, **CHANNELS, "with_taylor": BOTH}
    ],
    "graph_interdependence": [
        {**SIZES, **GRAPH, **FABRICATION, **OUTPUT, **CHANNELS},
        {**SIZES, **PAGERANK, **FABRICATION, **OUTPUT, **CHANNELS},
    ],
    "graph_bilinear_interdependence": [
        {**SIZES, **GRAPH, **SCORES, **FABRICATION, **OUTPUT, **CHANNELS},
        {**SIZES, **PAGERANK, **SCORES, **FABRICATION, **OUTPUT, **CHANNELS},
    ],
    "chain_interdependence": [
        {**SIZES, "chain_length": (1, 2, 5), **CHAIN, **FABRICATION, **OUTPUT, **CHANNELS}
    ],
    "grid_interdependence": [
        {**CUBOID, **IN_OUT, **FABRICATION, "with_batch_norm": BOTH, "with_relu": BOTH},
        {**ROUND, **IN_OUT, **FABRICATION, "with_batch_norm": BOTH, "with_relu": BOTH},
    ],
    "grid_compression": [{**CUBOID, **POOLING}, {**ROUND, **POOLING}],
}  # fmt: skip
DIMS = {"dims": ([3, 4], [4, 3, 2], [2, 4, 4, 4])}
IMAGES: dict[str, Any] = {
    "h": (4, 5), "w": (3, 4), "channel_nums": ([1, 2], [2, 1, 3], [1, 2, 2, 3]),
    "fc_dims": ([2], [4, 3]), "p_h": (1, 2), "p_w": (None, 1), "pooling_layer_gaps": (1, 2),
    "pooling_p_h": (None, 0, 4), "pooling_p_h_prime": (None, 1), "pooling_cd_h": (None, 2),
    "pooling_cd_w": (None, 2), "pooling_metric": ("batch_max", "batch_sum"),
    "patch_size_half_after_pooling": BOTH, "with_perceptron_residual": (None, True),
    "with_perceptron_lorr": (None, True, False), "perceptron_r": (None, 1),
    "enable_perceptron_bias": (None, True, False), "packing_strategy": (None, "dense_square"),
    **FABRICATION, **OUTPUT,
}  # fmt: skip
SEQUENCES: dict[str, Any] = {
    "chain_length": (1, 4), **DIMS, **CHAIN, **FABRICATION, **OUTPUT, **PERCEPTRON, **CHANNELS,
}  # fmt: skip
MODELS: dict[str, list[dict[str, Any]]] = {
    "mlp": [{**DIMS, **LOW_RANK, "with_taylor": BOTH, "d": (1, 2), **CHANNELS}],
    "kan": [{**DIMS, **KAN, "with_lorr": BOTH, "enable_bias": BOTH, **CHANNELS}],
    "svm": [{**DIMS, **SVM, **LOW_RANK, **CHANNELS}],
    "naive_bayes": [{**DIMS, **BAYES, **LOW_RANK, **CHANNELS}],
    "pgm": [{**DIMS, "d": (1, 2), **LOW_RANK, **CHANNELS}],
    "gcn": [{**DIMS, **GRAPH, **FABRICATION, **OUTPUT, **CHANNELS}],
    "gat": [{**DIMS, **GRAPH, **SCORES, **FABRICATION, **OUTPUT, **CHANNELS}],
    "rnn": [SEQUENCES],
    "regression_rnn": [SEQUENCES],
    "cnn": [IMAGES],
    "resnet": [IMAGES],
    "transformer": [
        {**DIMS, "fc_dims": ([2], [4, 3]), **SCORES, **FABRICATION, **OUTPUT, **CHANNELS,
         "with_taylor": BOTH}
    ],
}  # fmt: skip
NEEDED = {
    *SIZES, *NODES, *IN_OUT, "dims", "chain_length", "h", "w", "channel_num", "p_r", "p_h",
    "channel_nums", "fc_dims", "patch_shape", "with_pagerank", "normalization",
}  # fmt: skip
SAMPLES = 8


def sample(choices: dict[str, Any], seed: str) -> dict[str, Any]:
    """Some of the arguments, each with one of its values; those that are needed always."""
    draw = random.Random(seed)
    chosen = {}
    for name, values in choices.items():
        if name in NEEDED or draw.random() < 0.6:
            chosen[name] = draw.choice(values)
    return {k: v for k, v in chosen.items() if v is not None}


def random_state(model: torch.nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    """Random arrays under tinybig's names, variances positive."""
    state = {}
    for name, entry in names_of(model).entries.items():
        value = torch.randn(entry.shape, generator=generator, dtype=torch.float64) * 0.7
        if name.endswith("running_var"):
            value = value.abs() + 0.5
        if name.endswith("num_batches_tracked"):
            value = torch.tensor(3)
        state[name] = value
    return state


def compare(key: str, arguments: dict[str, Any], evaluate: Any) -> None:
    """Build, fill at random, evaluate both ways."""
    generator = torch.Generator().manual_seed(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # arguments without effect
        model = tinybig.build(key, arguments).double().eval()
        state = random_state(model, generator)
        tinybig.load_state_dict(model, state)
    width = model.dims[0] if hasattr(model, "dims") else model.m
    rows = len(arguments["nodes"]) if "nodes" in arguments else 4
    x = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    given = {name: value.numpy() for name, value in state.items()}
    expected = evaluate(key, arguments, given, x.numpy())
    actual = model(x).detach().numpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9, err_msg=repr(arguments))


def cases(table: dict[str, list[dict[str, Any]]]) -> Any:
    return pytest.mark.parametrize(
        ("key", "choices", "number"),
        [
            pytest.param(key, choices, number, id=f"{key}-{place}-{number}")
            for key, sets in table.items()
            for place, choices in enumerate(sets)
            for number in range(SAMPLES)
        ],
    )


@cases(HEADS)
def test_heads(key: str, choices: dict[str, Any], number: int) -> None:
    arguments = sample(choices, f"{key} {sorted(choices)} {number}")
    compare(f"{key}_head", arguments, oracle.head)


@cases(HEADS)
def test_layers(key: str, choices: dict[str, Any], number: int) -> None:
    arguments = sample(choices, f"layer {key} {sorted(choices)} {number}")
    if key != "grid_compression":
        arguments["width"] = 1 + number % 3
    compare(f"{key}_layer", arguments, oracle.layer)


@cases(MODELS)
def test_models(key: str, choices: dict[str, Any], number: int) -> None:
    arguments = sample(choices, f"model {key} {number}")
    arguments["width"] = 1 + number % 2
    compare(key, arguments, oracle.model)
