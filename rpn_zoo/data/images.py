"""The common part of image data modules: parts in memory, loaders, augmentation."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any, ClassVar, TypeAlias

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.augment import RandomAffine
from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.crop import RandomCrop
from rpn_zoo.data.resumable_loader import ResumableLoader
from rpn_zoo.data.shards import Shard
from rpn_zoo.data.splits import ImageSplits, Preprocess
from rpn_zoo.data.torchvision_transforms import TorchvisionTransforms
from rpn_zoo.functions.checks import check_choice, check_positive_int

logger = logging.getLogger(__name__)

Augmentation: TypeAlias = RandomAffine | RandomCrop | TorchvisionTransforms


def make_augmentation(amounts: dict[str, Any]) -> Augmentation:
    """The augmentation that has these arguments.

    Raises:
        ValueError: if none has.

    Example:
        >>> make_augmentation({"padding": 2})
        RandomCrop(padding=2, flip=True, cutout=0)
    """
    for kind in (RandomAffine, RandomCrop, TorchvisionTransforms):
        if amounts.keys() <= {field.name for field in dataclasses.fields(kind)}:
            return kind(**amounts)
    raise ValueError(
        "augmentation must have the arguments of RandomAffine (rotation, translation, scale, "
        "shear), of RandomCrop (padding, flip, cutout) or of TorchvisionTransforms (transforms, "
        f"groups), got {amounts!r}."
    )


class ImageData(LightningDataModule):
    """Images kept in memory as bytes, standardised and augmented batch by batch.

    Batches are pairs of float32 (b, num_features) and int64 (b,). A subclass implements
    :meth:`_load`.

    Args:
        root: folder of the data, searched first; None searches ``$RPN_ZOO_DATA``, then
            ``datasets/`` of the working directory.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are the validation part.
        augmentation: random affine maps, random crops and flips, or transforms of torchvision, of
            training batches; None: none.

    Raises:
        ValueError: an argument is invalid.
    """

    num_features: ClassVar[int]
    num_classes: ClassVar[int]
    class_names: ClassVar[tuple[str, ...]]
    has_subset: ClassVar[bool] = False
    """Whether a part of the data ships with the project, as ``source="subset"``."""

    def __init__(
        self,
        root: str | None,
        batch_size: int,
        eval_batch_size: int,
        seed: int | None,
        split_seed: int,
        augmentation: Augmentation | dict[str, Any] | None,
    ) -> None:
        super().__init__()
        if root is not None and (not isinstance(root, str) or not root):
            raise ValueError(f"root must be the path of a folder as text, or None, got {root!r}.")
        self.root = root
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self.split_seed = check_positive_int("split_seed", split_seed, minimum=0)
        if isinstance(augmentation, dict):  # as it comes back from a checkpoint
            augmentation = make_augmentation(augmentation)
        self.augmentation = augmentation
        self._splits: ImageSplits | None = None

    def _save_augmentation(self) -> None:
        """Keep the augmentation as plain values, after ``save_hyperparameters`` without it."""
        if self.augmentation is not None:
            amounts = {"augmentation": dataclasses.asdict(self.augmentation)}
            self.save_hyperparameters(amounts, logger=False)

    def _load(self) -> ImageSplits:
        """Read the data and split it."""
        raise NotImplementedError(f"{type(self).__name__} must implement _load().")

    def setup(self, stage: str | None = None) -> None:
        """Read the data, split it and take the figures of the training part; once only.

        Args:
            stage: not used, as all parts come from the same files.
        """
        if self._splits is None:
            self._splits = self._load()
            logger.info("data: %s", self._splits.name)

    def split(self, part: str) -> tuple[Tensor, Tensor]:
        """The raw arrays of a part, without loaders.

        Args:
            part: ``"train"``, ``"val"`` or ``"test"``.

        Returns:
            images, uint8, (N, h, w) or (N, channels, h, w), and labels, int64, (N,). Do not change
            them.

        Raises:
            ValueError: another ``part``.
            RuntimeError: before :meth:`setup`.
        """
        return self._ready.parts[check_choice("part", part, ("train", "val", "test"))]

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of the training part, in an order of its own in each epoch."""
        return self._loader("train", self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of the validation part in fixed order."""
        return self._loader("val", self.eval_batch_size)

    def test_dataloader(self) -> DataLoader[Any]:
        """Batches of the test part in fixed order."""
        return self._loader("test", self.eval_batch_size)

    def predict_dataloader(self) -> DataLoader[Any]:
        """The batches of :meth:`test_dataloader`, still with their targets."""
        return self.test_dataloader()

    @property
    def preprocess(self) -> Preprocess:
        """Raw bytes to network inputs; belongs to a trained network like its weights."""
        return self._ready.preprocess

    @property
    def split_name(self) -> str:
        """Data set and split in words, e.g. ``MNIST, official split, 55,000/5,000/10,000``."""
        return self._ready.name

    @property
    def comparable(self) -> bool:
        """Whether figures on the test part may stand beside published ones."""
        return self._ready.comparable

    @property
    def train_size(self) -> int:
        """Number of training images."""
        return len(self.split("train")[1])

    @property
    def val_size(self) -> int:
        """Number of validation images."""
        return len(self.split("val")[1])

    @property
    def test_size(self) -> int:
        """Number of test images."""
        return len(self.split("test")[1])

    @property
    def _ready(self) -> ImageSplits:
        if self._splits is None:
            raise RuntimeError(
                f"{type(self).__name__} holds no data yet: call prepare_data() and setup() first."
            )
        return self._splits

    def _loader(self, part: str, batch_size: int, shuffle: bool = False) -> DataLoader[Any]:
        images, labels = self.split(part)
        augment = self._augment if part == "train" and self.augmentation is not None else None
        dataset = InMemoryDataset(images, labels, self.preprocess, augment, self.seed)
        return ResumableLoader(
            dataset,
            sampler=BatchIndexSampler(len(dataset), batch_size, shuffle, self.seed),
            batch_size=None,
            pin_memory=torch.cuda.is_available(),
            # Each pass draws a seed for workers, by default from the global generator.
            generator=torch.Generator(),
        )

    def _augment(self, x: Tensor, generator: torch.Generator, part: Shard) -> Tensor:
        """Augment standardised rows; what comes in from outside an image is black (0)."""
        assert self.augmentation is not None
        shape = self.preprocess.image_shape
        images = x.view(-1, *shape) if len(shape) == 3 else x.view(-1, 1, *shape)
        if isinstance(self.augmentation, TorchvisionTransforms):  # these want values in [0, 1]
            mean, std = (
                torch.as_tensor(figures).view(-1, 1, 1).to(images)
                for figures in (self.preprocess.mean, self.preprocess.std)
            )
            changed = self.augmentation(images * std + mean, generator, shard=part)
            return ((changed - mean) / std).flatten(1)
        return self.augmentation(images, generator, self.preprocess.black, part).flatten(1)
