"""Data modules: small data in memory, handed out by whole batches."""

from __future__ import annotations

from rpn_zoo.data.augment import RandomAffine
from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.fashion_mnist import FashionMNIST
from rpn_zoo.data.idx import read_idx
from rpn_zoo.data.locate import find_raw_folder
from rpn_zoo.data.mnist import MNIST
from rpn_zoo.data.splits import stratified_split
from rpn_zoo.data.transforms import StandardizePixels

__all__ = [
    "MNIST",
    "BatchIndexSampler",
    "FashionMNIST",
    "InMemoryDataset",
    "RandomAffine",
    "StandardizePixels",
    "find_raw_folder",
    "read_idx",
    "stratified_split",
]
