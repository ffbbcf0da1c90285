"""Data modules: small data in memory, handed out by whole batches."""

from __future__ import annotations

from rpn_zoo.data.augment import RandomAffine
from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.cifar10 import CIFAR10
from rpn_zoo.data.crop import RandomCrop
from rpn_zoo.data.fashion_mnist import FashionMNIST
from rpn_zoo.data.idx import read_idx
from rpn_zoo.data.image_folder import ImageFolder
from rpn_zoo.data.locate import find_raw_folder
from rpn_zoo.data.mnist import MNIST
from rpn_zoo.data.splits import stratified_split
from rpn_zoo.data.standardize_images import StandardizeImages
from rpn_zoo.data.transforms import StandardizePixels

__all__ = [
    "CIFAR10",
    "MNIST",
    "BatchIndexSampler",
    "FashionMNIST",
    "ImageFolder",
    "InMemoryDataset",
    "RandomAffine",
    "RandomCrop",
    "StandardizeImages",
    "StandardizePixels",
    "find_raw_folder",
    "read_idx",
    "stratified_split",
]
