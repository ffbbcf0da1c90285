"""Evaluating the cases of data sets: sampling, normalisation, graphs, windows, equations.

The recorded loaders normalise before they split, keep graphs directed and cut windows by their
number. rpn_zoo's data modules do none of that; these adapters put the pure functions beneath them
together in that order, so that the functions are compared and not the faults.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rpn_zoo.data import (
    Graph,
    Standardization,
    StandardizeImages,
    StandardizePixels,
    degree_normalize,
    equation,
)
from rpn_zoo.data.equation_rows import split_rows
from rpn_zoo.data.windows import windows
from tests.reference_cases.adapters import TOLERANCE, Evaluation
from tests.reference_cases.cases import Case, CaseError

SINGLE = 2e-5
"""Tolerance where the recorded numbers were computed in float32."""

EPSILON = 1e-8
"""What the recorded standardisation adds to the deviation."""

GLOBAL_MODES = {
    "row_column",
    "column_row",
    "instance_time",
    "time_instance",
    "global",
    "all",
    "both",
}
MODES = {"column": "column", "instance": "column", "row": "row", "time": "row"}


def data(case: Case) -> Evaluation:
    """A case of the family ``data``: one function for each kind of data set."""
    return FUNCTIONS[case.function](case)


def equations(case: Case) -> Evaluation:
    """``points`` -> ``values``: an equation of the catalogue at given points, in float64."""
    found = equation(str(case.call["suite"]), str(case.call["id"]))
    points = case.call["points"]
    values = {
        name: torch.tensor([point[name] for point in points], dtype=torch.float64)
        for name in points[0]
    }
    return Evaluation({"values": found(**values)})


def suite(case: Case) -> Evaluation:
    """Sampling from an equation: float32, a generator seeded just before."""
    options = {**case.kwargs, **case.call}
    index = options.get("index", options.get("equation_index", 0))
    found = equation(case.function.removesuffix("_function"), int(index))
    num = int(options.get("num", 2000))
    x, y = found.sample(num, torch.Generator().manual_seed(int(options["seed"])))
    train, test = split_rows(
        num,
        float(options.get("train_percentage", 0.5)),
        bool(options.get("shuffle", False)),
        int(options.get("random_state", 1234)),
    )
    values = {
        "x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test],
    }  # fmt: skip
    return Evaluation({name: value.double() for name, value in values.items()}, tolerance=SINGLE)


def train_test_split(case: Case) -> Evaluation:
    """The rows of a shuffled or unshuffled split."""
    options = {"train_percentage": 0.9, "random_state": 123, "shuffle": True, **case.kwargs}
    train, test = split_rows(int(case.call["n"]), **options)
    return Evaluation({"train_rows": train, "test_rows": test})


def mnist(case: Case) -> Evaluation:
    """Bytes of pictures -> their standardised pixels, with the published figures."""
    pixels = torch.from_numpy(case.array("x")).to(torch.uint8)
    y = StandardizePixels(mean=0.1307, std=0.3081)(pixels.view(-1, 28, 28))
    return Evaluation({"y": y.double().view(case.shape("y"))}, tolerance=SINGLE)


def cifar10(case: Case) -> Evaluation:
    """The same for colour pictures, whose channels come last in the file and first in a row."""
    pixels = torch.from_numpy(case.array("x")).to(torch.uint8)
    height, width, channels = pixels.shape[-3:]
    pixels = pixels.view(-1, height, width, channels).permute(0, 3, 1, 2).contiguous()
    mean, std = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
    y = StandardizeImages(mean, std, (channels, height, width))(pixels)
    return Evaluation({"y": y.double().view(case.shape("y"))}, tolerance=SINGLE)


def standardize(x: Tensor, mode: str | None) -> Tensor:
    """The recorded standardisation over a whole matrix; ``mode`` under any of its names."""
    if mode is None:
        return x
    if mode not in MODES and mode not in GLOBAL_MODES:
        raise CaseError(f"there is no normalisation mode {mode!r}")
    return Standardization.fit(x, MODES.get(mode, "global"), EPSILON)(x)


def mean_std_normalize(case: Case) -> Evaluation:
    """``x`` -> ``y``."""
    return Evaluation({"y": standardize(case.tensor("x"), case.kwargs.get("mode", "row_column"))})


def time_series(case: Case) -> Evaluation:
    """A table -> windows of single series, the first of which are the training part."""
    options: dict[str, Any] = {
        "x_len": 10, "y_len": 1, "xy_gap": 1, "train_percentage": 0.8,
        "normalization_mode": "instance_time", **case.kwargs,
    }  # fmt: skip
    table, mode = case.tensor("x"), options["normalization_mode"]
    if mode == "time" and table.shape[1] == 1:
        mode = "instance"
    if not options.get("normalize", True):
        mode = None
    x, y = windows(standardize(table, mode), options["x_len"], options["y_len"], options["xy_gap"])
    count = len(x) // table.shape[1]
    rows = int(options["train_percentage"] * count) * table.shape[1]
    values = {
        "x_train": x[:rows], "y_train": y[:rows], "x_test": x[rows:], "y_test": y[rows:],
    }  # fmt: skip
    return Evaluation(values, tolerance=SINGLE)


def graph(case: Case) -> Evaluation:
    """Node ids and links in terms of them -> adjacency matrices; features -> their row shares."""
    links = case.array("links").tolist()
    made = Graph.from_pairs(case.array("node_ids").tolist(), links)
    if case.function == "graph_undirected":
        made = made.undirected()
    adjacency = made.adjacency(torch.float64)
    dense = adjacency.to_dense()
    values = {
        "adjacency": dense,
        "adjacency_row": degree_normalize(adjacency, "row").to_dense(),
        "adjacency_self_row_column": degree_normalize(
            dense + torch.eye(made.num_nodes, dtype=torch.float64), "row_column"
        ),
    }
    if "x" in case.inputs:
        values["x_normalised"] = degree_normalize(case.tensor("x"), "row")
    return Evaluation(values, tolerance=SINGLE)


def degree(case: Case) -> Evaluation:
    """``x`` -> ``y``, dense and sparse alike."""
    x, mode = case.tensor("x"), case.kwargs.get("mode", "row")
    y = degree_normalize(x, mode)
    sparse = degree_normalize(x.to_sparse_csr(), mode).to_dense()
    if not torch.allclose(y, sparse, rtol=TOLERANCE, atol=TOLERANCE):
        raise CaseError("the sparse result differs from the dense one")
    return Evaluation({"y": y})


FUNCTIONS: dict[str, Callable[[Case], Evaluation]] = {
    "elementary_function": suite,
    "composite_function": suite,
    "feynman_function": suite,
    "dimensionless_feynman_function": suite,
    "train_test_split": train_test_split,
    "mnist": mnist,
    "cifar10": cifar10,
    "mean_std_normalize": mean_std_normalize,
    "time_series": time_series,
    "graph_file": graph,
    "graph_undirected": graph,
    "degree_normalize": degree,
}
"""The functions of the family ``data`` that are compared; the others are reported as missing."""
