"""Data modules: small data in memory, handed out by whole batches."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpn_zoo.data.augment import RandomAffine
    from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset, NodeBatch
    from rpn_zoo.data.block_model import stochastic_block_model
    from rpn_zoo.data.catalogue import Equation, equation, equations, own_equation
    from rpn_zoo.data.cifar10 import CIFAR10
    from rpn_zoo.data.crop import RandomCrop
    from rpn_zoo.data.degree import degree_normalize
    from rpn_zoo.data.equation_suites import Equations
    from rpn_zoo.data.expression import Expression
    from rpn_zoo.data.fashion_mnist import FashionMNIST
    from rpn_zoo.data.forecasts import Autoregression, last_value
    from rpn_zoo.data.graph import load_graph
    from rpn_zoo.data.idx import read_idx
    from rpn_zoo.data.image_folder import ImageFolder
    from rpn_zoo.data.known_tables import Banknote, BreastCancer, Iris, Pima, Wine
    from rpn_zoo.data.locate import find_raw_folder
    from rpn_zoo.data.mnist import MNIST
    from rpn_zoo.data.node_data import NodeData
    from rpn_zoo.data.node_table import NodeTable, read_nodes, write_nodes
    from rpn_zoo.data.planetoid import Planetoid
    from rpn_zoo.data.series import SeriesTable, read_series
    from rpn_zoo.data.splits import stratified_split
    from rpn_zoo.data.standardize import Standardization
    from rpn_zoo.data.standardize_columns import StandardizeColumns
    from rpn_zoo.data.standardize_images import StandardizeImages
    from rpn_zoo.data.table import Table
    from rpn_zoo.data.table_encoder import TableEncoder
    from rpn_zoo.data.time_series import TimeSeries
    from rpn_zoo.data.torchvision_transforms import TorchvisionTransforms
    from rpn_zoo.data.transforms import StandardizePixels
    from rpn_zoo.functions.graph import Graph

# Where each name is defined. They are imported when they are first used: a network that needs a
# graph loads it without importing Lightning.
_HOMES = {
    "CIFAR10": "cifar10",
    "MNIST": "mnist",
    "Autoregression": "forecasts",
    "Banknote": "known_tables",
    "BatchIndexSampler": "batches",
    "BreastCancer": "known_tables",
    "Equation": "catalogue",
    "Equations": "equation_suites",
    "Expression": "expression",
    "FashionMNIST": "fashion_mnist",
    "Graph": "graph",
    "ImageFolder": "image_folder",
    "InMemoryDataset": "batches",
    "Iris": "known_tables",
    "NodeBatch": "batches",
    "NodeData": "node_data",
    "NodeTable": "node_table",
    "Pima": "known_tables",
    "Planetoid": "planetoid",
    "RandomAffine": "augment",
    "RandomCrop": "crop",
    "SeriesTable": "series",
    "Standardization": "standardize",
    "StandardizeColumns": "standardize_columns",
    "StandardizeImages": "standardize_images",
    "StandardizePixels": "transforms",
    "Table": "table",
    "TableEncoder": "table_encoder",
    "TimeSeries": "time_series",
    "TorchvisionTransforms": "torchvision_transforms",
    "Wine": "known_tables",
    "degree_normalize": "degree",
    "equation": "catalogue",
    "equations": "catalogue",
    "find_raw_folder": "locate",
    "last_value": "forecasts",
    "load_graph": "graph",
    "own_equation": "catalogue",
    "read_idx": "idx",
    "read_nodes": "node_table",
    "read_series": "series",
    "stochastic_block_model": "block_model",
    "stratified_split": "splits",
    "write_nodes": "node_table",
}

__all__ = [
    "CIFAR10",
    "MNIST",
    "Autoregression",
    "Banknote",
    "BatchIndexSampler",
    "BreastCancer",
    "Equation",
    "Equations",
    "Expression",
    "FashionMNIST",
    "Graph",
    "ImageFolder",
    "InMemoryDataset",
    "Iris",
    "NodeBatch",
    "NodeData",
    "NodeTable",
    "Pima",
    "Planetoid",
    "RandomAffine",
    "RandomCrop",
    "SeriesTable",
    "Standardization",
    "StandardizeColumns",
    "StandardizeImages",
    "StandardizePixels",
    "Table",
    "TableEncoder",
    "TimeSeries",
    "TorchvisionTransforms",
    "Wine",
    "degree_normalize",
    "equation",
    "equations",
    "find_raw_folder",
    "last_value",
    "load_graph",
    "own_equation",
    "read_idx",
    "read_nodes",
    "read_series",
    "stochastic_block_model",
    "stratified_split",
    "write_nodes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rpn_zoo.data' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"rpn_zoo.data.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
