"""MNIST as a LightningDataModule: the official split, or the shipped 10,000 digits."""

from __future__ import annotations

import dataclasses
import logging
import warnings
from typing import Any, ClassVar

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from rpn_zoo.data.augment import RandomAffine
from rpn_zoo.data.batches import BatchIndexSampler, InMemoryDataset
from rpn_zoo.data.download import DownloadError, download_files
from rpn_zoo.data.idx_images import load_official_splits
from rpn_zoo.data.locate import download_folder, find_raw_folder
from rpn_zoo.data.splits import ImageSplits
from rpn_zoo.data.subset import load_subset_splits
from rpn_zoo.data.transforms import StandardizePixels
from rpn_zoo.functions.checks import check_choice, check_positive_int

logger = logging.getLogger(__name__)


class MNIST(LightningDataModule):
    """Handwritten digits, 28 x 28 bytes kept in memory, standardised batch by batch.

    Batches are pairs of float32 (b, 784) and int64 (b,) with classes 0..9. Mean and standard
    deviation come from the training part only. The validation part is drawn from the official
    training images, stratified by class; the test part is the official one, in file order.

    Args:
        root: folder that holds ``MNIST/raw`` with the four IDX files, plain or ``.gz``; searched
            first. None searches ``$RPN_ZOO_DATA``, then ``datasets/`` of the working directory.
        batch_size: rows of a training batch.
        eval_batch_size: rows of a validation, test or prediction batch.
        source: ``"full"`` complete MNIST only; ``"subset"`` the shipped 10,000 digits, split
            8,000/1,000/1,000 always alike (``root``, ``split_seed`` and ``validation_size`` have no
            effect); ``"auto"`` complete MNIST, else, with a warning, the shipped digits.
        download: whether complete MNIST may be downloaded, into ``root`` or else ``datasets/``,
            if it is not found. When off, an explicit ``root`` without MNIST is an error.
        seed: determines the order of the training batches together with the epoch; None is 0.
        split_seed: determines which images are the validation part.
        validation_size: number of official training images held out.
        augmentation: random affine maps applied to training batches, or None.

    Attributes:
        num_features: 784.
        num_classes: 10.
        class_names: ``("0", ..., "9")``.

    Raises:
        ValueError: an argument is invalid (here), or a data file is damaged (in ``setup``).
        FileNotFoundError: in ``setup``, if there is no complete MNIST where there has to be.

    Example:
        >>> import warnings
        >>> mnist = MNIST(source="subset")
        >>> with warnings.catch_warnings():  # the subset always warns
        ...     warnings.simplefilter("ignore")
        ...     mnist.setup()
        >>> mnist.split_name
        'MNIST subset shipped with rpn_zoo, 8,000/1,000/1,000'
        >>> x, y = next(iter(mnist.train_dataloader()))
        >>> tuple(x.shape), tuple(y.shape)
        ((64, 784), (64,))

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
    recognition", Proceedings of the IEEE 86(11), 1998.
    """

    folder: ClassVar[str] = "MNIST"
    official_sizes: ClassVar[dict[str, int]] = {"train": 60_000, "t10k": 10_000}

    num_features: ClassVar[int] = 784
    num_classes: ClassVar[int] = 10
    class_names: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def __init__(
        self,
        root: str | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 1000,
        source: str = "auto",
        download: bool = True,
        seed: int | None = None,
        split_seed: int = 0,
        validation_size: int = 5000,
        augmentation: RandomAffine | dict[str, float] | None = None,
    ) -> None:
        """Check the arguments; no file is read before :meth:`setup`."""
        super().__init__()
        if root is not None and (not isinstance(root, str) or not root):
            raise ValueError(f"root must be the path of a folder as text, or None, got {root!r}.")
        self.root = root
        self.batch_size = check_positive_int("batch_size", batch_size)
        self.eval_batch_size = check_positive_int("eval_batch_size", eval_batch_size)
        self.source = check_choice("source", source, ("auto", "full", "subset"))
        self.download = download
        self.seed = 0 if seed is None else check_positive_int("seed", seed, minimum=0)
        self.split_seed = check_positive_int("split_seed", split_seed, minimum=0)
        self.validation_size = check_positive_int("validation_size", validation_size)
        if validation_size >= self.official_sizes["train"]:
            raise ValueError(
                "validation_size must leave training images, i.e. be below "
                f"{self.official_sizes['train']}, got {validation_size}."
            )
        # The complete config is logged by the command line; names shared with the task clash.
        self.save_hyperparameters(ignore="augmentation", logger=False)
        if isinstance(augmentation, dict):  # as it comes back from a checkpoint
            augmentation = RandomAffine(**augmentation)
        if augmentation is not None:
            amounts = {"augmentation": dataclasses.asdict(augmentation)}
            self.save_hyperparameters(amounts, logger=False)
        self.augmentation = augmentation
        self._splits: ImageSplits | None = None

    def prepare_data(self) -> None:
        """Download complete MNIST if that is wanted, allowed and needed; a failure is only logged.

        What then follows in the order of the search is decided by :meth:`setup`.
        """
        if self.source == "subset" or not self.download:
            return
        if find_raw_folder(self.folder, self.root).raw is not None:
            return
        from torchvision import datasets  # here, since it takes long to import

        official = getattr(datasets, self.folder)
        target = download_folder(self.folder, self.root)
        try:
            download_files(target, official.resources, official.mirrors)
        except DownloadError as error:
            logger.warning("%s could not be downloaded: %s", self.folder, error)

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
            images, uint8, shape (N, 28, 28), and labels, int64, shape (N,). Do not change them.

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
    def preprocess(self) -> StandardizePixels:
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
        return DataLoader(
            dataset,
            sampler=BatchIndexSampler(len(dataset), batch_size, shuffle, self.seed),
            batch_size=None,
            pin_memory=torch.cuda.is_available(),
            # Each pass draws a seed for workers, by default from the global generator.
            generator=torch.Generator(),
        )

    def _augment(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Augment standardised images (b, 784); what comes in from outside is background (0)."""
        assert self.augmentation is not None
        fill = -self.preprocess.mean / self.preprocess.std
        images = x.view(-1, 1, *self.preprocess.image_shape)
        return self.augmentation(images, generator, fill).flatten(1)

    def _load(self) -> ImageSplits:
        if self.source == "subset":
            return self._load_subset('as source="subset" asks for')
        search = find_raw_folder(self.folder, self.root)
        if self.root is not None and not search.in_root:
            if not self.download:
                raise FileNotFoundError(
                    f"root={self.root!r} does not hold {self.folder}: {search.searched[0]}. "
                    + self._advice()
                )
            logger.warning("root=%r does not hold %s; looking further", self.root, self.folder)
        if search.raw is not None:
            return load_official_splits(
                search.raw,
                self.folder,
                sizes=self.official_sizes,
                validation_size=self.validation_size,
                split_seed=self.split_seed,
            )
        if self.source == "full":
            raise FileNotFoundError(
                f"source='full' needs complete {self.folder}, which was not found; searched: "
                f"{search.describe()}. A download was "
                f"{'not successful, see the log' if self.download else 'not allowed'}. "
                + self._advice()
            )
        return self._load_subset(f"since complete MNIST was not found: {search.describe()}")

    def _advice(self) -> str:
        return (
            f"Put the four IDX files under <root>/{self.folder}/raw, give that root or set "
            "RPN_ZOO_DATA to it, or run with download=True on a machine with network."
        )

    def _load_subset(self, reason: str) -> ImageSplits:
        warnings.warn(
            f"MNIST: the 10,000 digits shipped with rpn_zoo are used, {reason}. Figures measured "
            "on them are not comparable with results on complete MNIST; all of them are official "
            "training images, so a network trained on complete MNIST has seen most of them.",
            stacklevel=4,
        )
        return load_subset_splits()
